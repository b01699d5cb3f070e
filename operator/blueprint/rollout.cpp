#include "blueprint/rollout.h"

#include <algorithm>

#include "blueprint/defaults.h"
#include "blueprint/int_or_percent.h"

namespace blueprint {
namespace {

constexpr std::int64_t kStartupBudget = 300;
constexpr std::int64_t kLeastDeadline = 600;
// For pulling the image and scheduling.
constexpr std::int64_t kDeadlineMargin = 120;
constexpr std::int64_t kHistoryLimit = 5;

bool has_claim(const api::BlueprintSpec& spec) {
  return std::any_of(spec.volumes.begin(), spec.volumes.end(), [](const api::Volume& volume) {
    return std::holds_alternative<api::PersistentVolumeClaim>(volume.source);
  });
}

// A claim is often good for one node only, so that the new pod could not start beside the old one.
// Whoever says how a rolling update is to go wants one.
bool recreates(const api::BlueprintSpec& spec) {
  const api::Rollout& rollout = spec.rollout;
  if (rollout.strategy) return *rollout.strategy == "Recreate";
  return !rollout.max_surge && !rollout.max_unavailable && !spec.autoscaling &&
         replicas_of(spec) <= 1 && has_claim(spec);
}

nlohmann::json strategy(const api::BlueprintSpec& spec) {
  const api::Rollout& rollout = spec.rollout;
  if (recreates(spec)) return {{"type", "Recreate"}};
  const api::IntOrPercent surge = rollout.max_surge.value_or("25%");
  // Both 0 would never roll; the one that was not given gives way.
  const std::int64_t unavailable = is_zero(surge) ? 1 : 0;
  return {{"type", "RollingUpdate"},
          {"rollingUpdate",
           {{"maxSurge", to_json(surge)},
            {"maxUnavailable", to_json(rollout.max_unavailable.value_or(unavailable))}}}};
}

}  // namespace

std::int64_t startup_budget_of(const api::Probes& probes) {
  return probes.startup ? probes.startup->budget_seconds.value_or(kStartupBudget) : kStartupBudget;
}

nlohmann::json rollout_fields(const api::BlueprintSpec& spec) {
  const api::Rollout& rollout = spec.rollout;
  const std::int64_t min_ready = rollout.min_ready_seconds.value_or(0);
  const std::int64_t derived =
      std::max(kLeastDeadline, startup_budget_of(spec.probes) + min_ready + kDeadlineMargin);
  return {{"strategy", strategy(spec)},
          {"minReadySeconds", min_ready},
          {"progressDeadlineSeconds", rollout.progress_deadline_seconds.value_or(derived)},
          {"revisionHistoryLimit", rollout.revision_history_limit.value_or(kHistoryLimit)}};
}

}  // namespace blueprint
