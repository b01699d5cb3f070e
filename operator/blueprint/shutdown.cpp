#include "blueprint/shutdown.h"

#include <algorithm>

#include "blueprint/defaults.h"

namespace blueprint {
namespace {

constexpr std::int64_t kDerivedMargin = 5;

// Fits the times that were not given into a grace period that was.
void shrink_to_grace(const api::Shutdown& given, ShutdownTimes& times) {
  const std::int64_t budget = std::max<std::int64_t>(0, times.grace_seconds - kGraceMargin);
  const std::int64_t sum = times.delay_seconds + times.drain_seconds;
  if (sum <= budget) return;
  if (!given.delay_seconds && !given.drain_seconds) {
    times.delay_seconds = times.delay_seconds * budget / sum;
    times.drain_seconds = times.drain_seconds * budget / sum;
  } else if (!given.delay_seconds) {
    times.delay_seconds = std::max<std::int64_t>(0, budget - times.drain_seconds);
  } else if (!given.drain_seconds) {
    times.drain_seconds = std::max<std::int64_t>(0, budget - times.delay_seconds);
  }
}

nlohmann::json given_hook(const nlohmann::json& pre_stop, const std::vector<api::Port>& ports) {
  nlohmann::json hook = pre_stop;
  const auto http = hook.find("httpGet");
  if (http != hook.end() && !http->contains("port") && !ports.empty())
    (*http)["port"] = ports.front().name;
  return hook;
}

}  // namespace

ShutdownTimes shutdown_of(const api::BlueprintSpec& spec) {
  const api::Defaults& profile = spec.defaults;
  const api::Shutdown& given = spec.shutdown;
  ShutdownTimes times{.delay_seconds = given.delay_seconds.value_or(profile.delay_seconds),
                      .drain_seconds = given.drain_seconds.value_or(profile.drain_seconds)};
  if (given.termination_grace_period_seconds) {
    times.grace_seconds = *given.termination_grace_period_seconds;
    shrink_to_grace(given, times);
  } else {
    times.grace_seconds = times.delay_seconds + times.drain_seconds + kDerivedMargin;
  }
  return times;
}

nlohmann::json lifecycle(const api::BlueprintSpec& spec, const std::vector<api::Port>& ports) {
  if (spec.shutdown.pre_stop) return {{"preStop", given_hook(*spec.shutdown.pre_stop, ports)}};
  const std::int64_t delay = shutdown_of(spec).delay_seconds;
  if (delay == 0) return nlohmann::json::object();
  return {{"preStop", {{"sleep", {{"seconds", delay}}}}}};
}

}  // namespace blueprint
