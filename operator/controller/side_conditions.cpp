#include "controller/side_conditions.h"

#include <algorithm>

namespace controller {
namespace {

using api::ConditionStatus;

const ChildTrouble* trouble_of(const Observation& seen, const api::Resource& resource) {
  const auto found =
      std::find_if(seen.troubles.begin(), seen.troubles.end(),
                   [&](const ChildTrouble& trouble) { return trouble.resource == resource; });
  return found == seen.troubles.end() ? nullptr : &*found;
}

bool is_there(const Observation& seen, const api::Resource& resource) {
  return std::any_of(seen.inventory.begin(), seen.inventory.end(), [&](const auto& entry) {
    return entry.group == resource.group && entry.kind == resource.kind;
  });
}

std::string the(const api::Resource& resource) { return "the " + std::string(resource.kind); }

Word not_written(const api::Resource& resource) {
  return {ConditionStatus::kUnknown, "RetryingError", the(resource) + " has not been written yet"};
}

Word not_installed(const api::Resource& resource) {
  return {ConditionStatus::kFalse, "APINotInstalled",
          "the cluster has no " + std::string(resource.kind) + " API (" + resource.api_version() +
              "); it is picked up when it is installed"};
}

// What stands in the way of one of monitoring's two children; empty: nothing.
std::optional<Word> monitoring_obstacle(const Observation& seen, const api::Resource& resource) {
  if (const auto* const trouble = trouble_of(seen, resource))
    return Word{ConditionStatus::kFalse, reason_of(trouble->trouble), trouble->message};
  if (!is_there(seen, resource)) return not_written(resource);
  return std::nullopt;
}

bool wants_alerts(const Observation& seen) { return seen.blueprint->spec.monitoring.alerts; }

Word exposed_by_route(const Observation& seen) {
  const kube::ConditionWords words = seen.route.value_or(kube::ConditionWords{});
  switch (words.status) {
    case ConditionStatus::kTrue:
      return {ConditionStatus::kTrue, "Accepted", "the gateway has accepted the HTTPRoute"};
    case ConditionStatus::kFalse:
      return {ConditionStatus::kFalse, "NotAccepted", words.reason + ": " + words.message};
    case ConditionStatus::kUnknown:
      break;
  }
  return {ConditionStatus::kUnknown, "NotAccepted", "no gateway has answered yet"};
}

}  // namespace

Word monitoring_ready(const Observation& seen) {
  if (seen.monitoring == MonitoringState::kDisabled) {
    return {ConditionStatus::kFalse, "Disabled",
            "there is nothing to scrape: monitoring is off, or there are no ports"};
  }
  if (seen.monitoring == MonitoringState::kNotInstalled) return not_installed(api::kServiceMonitor);
  if (auto obstacle = monitoring_obstacle(seen, api::kServiceMonitor)) return std::move(*obstacle);
  if (!wants_alerts(seen))
    return {ConditionStatus::kTrue, "Configured", "the ServiceMonitor selects the Service"};
  if (!seen.rules_installed) return not_installed(api::kPrometheusRule);
  if (auto obstacle = monitoring_obstacle(seen, api::kPrometheusRule)) return std::move(*obstacle);
  return {ConditionStatus::kTrue, "Configured",
          "the ServiceMonitor selects the Service, the PrometheusRule has its alerts"};
}

std::optional<Word> exposed(const Observation& seen) {
  if (!seen.blueprint->spec.expose) return std::nullopt;
  const bool by_route = seen.blueprint->spec.expose->gateway.has_value();
  const api::Resource& resource = by_route ? api::kHttpRoute : api::kIngress;
  if (const auto* const trouble = trouble_of(seen, resource))
    return Word{ConditionStatus::kFalse, "NotAccepted", trouble->message};
  if (by_route && !seen.routes_installed) return not_installed(resource);
  if (!is_there(seen, resource)) return not_written(resource);
  if (by_route) return exposed_by_route(seen);
  // No controller says of an Ingress whether it takes it.
  return Word{ConditionStatus::kTrue, "Accepted", "the Ingress is written"};
}

std::optional<Word> autoscaling(const Observation& seen) {
  if (!seen.blueprint->spec.autoscaling) return std::nullopt;
  const api::Resource& resource = api::kHorizontalPodAutoscaler;
  if (const auto* const trouble = trouble_of(seen, resource))
    return Word{ConditionStatus::kFalse, reason_of(trouble->trouble), trouble->message};
  if (!is_there(seen, resource)) return not_written(resource);
  const kube::ConditionWords words = seen.scaling.value_or(kube::ConditionWords{});
  if (words.status == ConditionStatus::kTrue)
    return Word{ConditionStatus::kTrue, "Active", "the autoscaler has its metrics"};
  // At zero replicas an autoscaler stands still on purpose.
  if (words.reason == "ScalingDisabled")
    return Word{ConditionStatus::kFalse, words.reason, words.message};
  const std::string why = words.reason.empty() ? "the autoscaler has not looked yet"
                                               : words.reason + ": " + words.message;
  return Word{words.status, "MetricsUnavailable", why};
}

}  // namespace controller
