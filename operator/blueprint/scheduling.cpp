#include "blueprint/scheduling.h"

#include "blueprint/container.h"
#include "blueprint/metadata.h"

namespace blueprint {
namespace {

api::Spread spread_of(const api::BlueprintSpec& spec) {
  if (!spec.scheduling.spread) return spec.defaults.spread;
  if (*spec.scheduling.spread == "None") return api::Spread::kNone;
  return *spec.scheduling.spread == "Host" ? api::Spread::kHost : api::Spread::kZoneAndHost;
}

nlohmann::json constraint(const Context& context, const char* topology_key) {
  return {{"maxSkew", 1},
          {"topologyKey", topology_key},
          {"whenUnsatisfiable", "ScheduleAnyway"},
          {"labelSelector", label_selector(context)},
          {"matchLabelKeys", nlohmann::json::array({"pod-template-hash"})}};
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

nlohmann::json placement(const api::BlueprintSpec& spec) {
  const api::Scheduling& given = spec.scheduling;
  nlohmann::json fields = nlohmann::json::object();
  set_if_filled(fields, "nodeSelector", given.node_selector);
  set_if_filled(fields, "tolerations", given.tolerations);
  set_if_filled(fields, "affinity", given.affinity.value_or(nlohmann::json::object()));
  const std::optional<std::string>& priority =
      given.priority_class_name ? given.priority_class_name : spec.defaults.priority_class_name;
  if (priority) fields["priorityClassName"] = *priority;
  return fields;
}

}  // namespace blueprint
