#include "blueprint/scheduling.h"

#include "blueprint/container.h"
#include "blueprint/metadata.h"

namespace blueprint {
namespace {

api::Spread spread_of(const api::BlueprintSpec& spec) {
  return spec.scheduling.spread ? api::spread_named(*spec.scheduling.spread) : spec.defaults.spread;
}

nlohmann::json constraint(const Context& context, const char* topology_key) {
  return {{"maxSkew", 1},
          {"topologyKey", topology_key},
          {"whenUnsatisfiable", "ScheduleAnyway"},
          {"labelSelector", label_selector(context)},
          {"matchLabelKeys", nlohmann::json::array({"pod-template-hash"})}};
}

constexpr std::int64_t kAntiAffinityVersion = 2;

nlohmann::json prefer_other_hosts(const Context& context) {
  constexpr int kHighestWeight = 100;
  nlohmann::json term{{"topologyKey", "kubernetes.io/hostname"},
                      {"labelSelector", label_selector(context)}};
  return {{"preferredDuringSchedulingIgnoredDuringExecution",
           nlohmann::json::array(
               {{{"weight", kHighestWeight}, {"podAffinityTerm", std::move(term)}}})}};
}

// The author's, and where pods are spread over hosts and the author says nothing of
// podAntiAffinity, a preference for a node without another pod of the service: the scheduler scores
// it besides the spread, and tools that judge manifests look for it.
nlohmann::json affinity(const Context& context) {
  const api::BlueprintSpec& spec = context.spec();
  nlohmann::json result = spec.scheduling.affinity.value_or(nlohmann::json::object());
  const bool wanted =
      context.facts.render_version >= kAntiAffinityVersion && spread_of(spec) != api::Spread::kNone;
  if (wanted && !result.contains("podAntiAffinity"))
    result["podAntiAffinity"] = prefer_other_hosts(context);
  return result;
}

}  // namespace

nlohmann::json topology_spread(const Context& context) {
  nlohmann::json constraints = nlohmann::json::array();
  const api::Spread spread = spread_of(context.spec());
  if (spread == api::Spread::kNone) return constraints;
  if (spread == api::Spread::kZoneAndHost)
    constraints.push_back(constraint(context, "topology.kubernetes.io/zone"));
  constraints.push_back(constraint(context, "kubernetes.io/hostname"));
  return constraints;
}

nlohmann::json placement(const Context& context) {
  const api::BlueprintSpec& spec = context.spec();
  const api::Scheduling& given = spec.scheduling;
  nlohmann::json fields = nlohmann::json::object();
  set_if_filled(fields, "nodeSelector", given.node_selector);
  set_if_filled(fields, "tolerations", given.tolerations);
  set_if_filled(fields, "affinity", affinity(context));
  const std::optional<std::string>& priority =
      given.priority_class_name ? given.priority_class_name : spec.defaults.priority_class_name;
  if (priority) fields["priorityClassName"] = *priority;
  return fields;
}

}  // namespace blueprint
