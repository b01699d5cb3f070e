#include "blueprint/defaults.h"
#include "blueprint/int_or_percent.h"
#include "blueprint/ports.h"
#include "blueprint/shutdown.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

void check_limit(const std::optional<api::Quantity>& request,
                 const std::optional<api::Quantity>& limit, const std::string& path,
                 const std::string& key, Problems& problems) {
  problems.require(!request || !limit || *limit >= *request, path + ".limits." + key,
                   "must be at least requests." + key);
}

bool names_declared_port(const nlohmann::json& port, const std::vector<api::Port>& ports) {
  return !port.is_string() || find_port(ports, port.get<std::string>()) != nullptr;
}

void check_http_hook(const nlohmann::json& http, const std::vector<api::Port>& ports,
                     Problems& problems) {
  constexpr std::string_view kPath = "spec.shutdown.preStop.httpGet";
  const auto path = http.find("path");
  const bool fine_path =
      path == http.end() || (path->is_string() && path->get<std::string>().starts_with('/'));
  problems.require(fine_path, std::string(kPath) + ".path", "must begin with '/', such as /drain");
  const auto port = http.find("port");
  const bool fine_port = port == http.end() ? !ports.empty()
                                            : (port->is_string() || port->is_number_integer()) &&
                                                  names_declared_port(*port, ports);
  problems.require(fine_port, std::string(kPath) + ".port",
                   "must be a number or the name of a declared port");
}

void check_hook(const nlohmann::json& hook, const std::vector<api::Port>& ports,
                Problems& problems) {
  constexpr std::string_view kPath = "spec.shutdown.preStop";
  const auto http = hook.find("httpGet");
  const auto exec = hook.find("exec");
  const bool one =
      hook.size() == 1 && (http != hook.end() || exec != hook.end()) && hook.front().is_object();
  problems.require(one, kPath, "must have exactly one of httpGet and exec");
  if (!one) return;
  if (http != hook.end()) return check_http_hook(*http, ports, problems);
  const auto command = exec->find("command");
  problems.require(command != exec->end() && command->is_array() && !command->empty(),
                   std::string(kPath) + ".exec.command", "must be the command and its arguments");
}

void check_shutdown(const api::BlueprintSpec& spec, Problems& problems) {
  constexpr std::string_view kPath = "spec.shutdown.terminationGracePeriodSeconds";
  const api::Shutdown& given = spec.shutdown;
  if (given.pre_stop) check_hook(*given.pre_stop, ports_of(spec), problems);
  if (!given.termination_grace_period_seconds) return;
  const std::int64_t grace = *given.termination_grace_period_seconds;
  const std::int64_t least =
      given.delay_seconds.value_or(0) + given.drain_seconds.value_or(0) + kGraceMargin;
  problems.require(grace >= kLeastGrace, kPath, "must be at least 5");
  problems.require(
      grace >= least, kPath,
      "must be at least delaySeconds + drainSeconds + 2, here " + std::to_string(least));
}

bool is_share(const api::IntOrPercent& value) { return percentage_of(value).value_or(0) <= 100; }

void check_rollout(const api::Rollout& rollout, Problems& problems) {
  constexpr std::string_view kOnlyRolling = "only allowed with the strategy RollingUpdate";
  const bool recreate = rollout.strategy == "Recreate";
  problems.require(!recreate || !rollout.max_surge, "spec.rollout.maxSurge", kOnlyRolling);
  problems.require(!recreate || !rollout.max_unavailable, "spec.rollout.maxUnavailable",
                   kOnlyRolling);
  problems.require(!rollout.max_surge || !rollout.max_unavailable || !is_zero(*rollout.max_surge) ||
                       !is_zero(*rollout.max_unavailable),
                   "spec.rollout.maxUnavailable",
                   "must not be 0 together with maxSurge: no pod could ever be replaced");
  problems.require(!rollout.max_unavailable || is_share(*rollout.max_unavailable),
                   "spec.rollout.maxUnavailable", "must be at most 100%");
  problems.require(!rollout.progress_deadline_seconds ||
                       rollout.min_ready_seconds.value_or(0) < *rollout.progress_deadline_seconds,
                   "spec.rollout.progressDeadlineSeconds", "must be greater than minReadySeconds");
}

void check_disruption(const api::Disruption& disruption, Problems& problems) {
  if (!disruption.max_unavailable) return;
  problems.require(!is_zero(*disruption.max_unavailable), "spec.disruption.maxUnavailable",
                   "must be at least 1 or 1%: with 0 no node could be drained");
  problems.require(is_share(*disruption.max_unavailable), "spec.disruption.maxUnavailable",
                   "must be at most 100%");
}

}  // namespace

void check_resources(const api::Resources& given, const std::string& path, Problems& problems) {
  const auto& [requests, limits] = given;
  check_limit(requests.cpu, limits.cpu, path, "cpu", problems);
  check_limit(requests.memory, limits.memory, path, "memory", problems);
  check_limit(requests.ephemeral_storage, limits.ephemeral_storage, path, "ephemeral-storage",
              problems);
}

void check_lifecycle(const api::BlueprintSpec& spec, Problems& problems) {
  check_resources(spec.resources, "spec.resources", problems);
  check_shutdown(spec, problems);
  check_rollout(spec.rollout, problems);
  check_disruption(spec.disruption, problems);
}

}  // namespace blueprint
