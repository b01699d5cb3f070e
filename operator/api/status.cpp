#include "api/status.h"

#include <nlohmann/json.hpp>

namespace api {
namespace {

using nlohmann::json;

std::string text_of(const json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

json inventory_to_json(const InventoryEntry& entry) {
  return {{"group", entry.group}, {"kind", entry.kind},     {"name", entry.name},
          {"uid", entry.uid},     {"intent", entry.intent}, {"owned", entry.owned}};
}

InventoryEntry inventory_from_json(const json& value) {
  return {text_of(value, "group"), text_of(value, "kind"),   text_of(value, "name"),
          text_of(value, "uid"),   text_of(value, "intent"), text_of(value, "owned")};
}

// The elements of the list `key` that are objects.
template <typename Visit>
void for_each_object(const json& value, const char* key, Visit&& visit) {
  const auto list = value.find(key);
  if (list == value.end() || !list->is_array()) return;
  for (const json& element : *list) {
    if (element.is_object()) visit(element);
  }
}

}  // namespace

json to_json(const BlueprintStatus& status) {
  json conditions = json::array();
  for (const Condition& condition : status.conditions) conditions.push_back(to_json(condition));
  json resources = json::array();
  for (const InventoryEntry& entry : status.resources)
    resources.push_back(inventory_to_json(entry));
  json value{{"observedGeneration", status.observed_generation},
             {"conditions", std::move(conditions)},
             {"replicas", status.counts.replicas},
             {"desiredReplicas", status.counts.desired},
             {"availableReplicas", status.counts.available},
             {"readyReplicas", status.counts.ready},
             {"updatedReplicas", status.counts.updated},
             {"selector", status.selector},
             {"version", status.version},
             {"resources", std::move(resources)}};
  if (status.render_version != 0) value["renderVersion"] = status.render_version;
  if (!status.defaults.empty()) value["defaults"] = status.defaults;
  if (status.pods != PodMemory{}) {
    value["pods"] = {{"template", status.pods.template_digest},
                     {"restartTrigger", status.pods.restart_trigger},
                     {"references", status.pods.references}};
  }
  return value;
}

BlueprintStatus status_from_json(const json& value) {
  BlueprintStatus status;
  if (!value.is_object()) return status;
  status.observed_generation = number_of(value, "observedGeneration");
  for_each_object(value, "conditions", [&](const json& element) {
    status.conditions.push_back(condition_from_json(element));
  });
  status.counts = {number_of(value, "replicas"), number_of(value, "desiredReplicas"),
                   number_of(value, "availableReplicas"), number_of(value, "readyReplicas"),
                   number_of(value, "updatedReplicas")};
  status.selector = text_of(value, "selector");
  status.version = text_of(value, "version");
  status.render_version = number_of(value, "renderVersion");
  status.defaults = text_of(value, "defaults");
  for_each_object(value, "resources", [&](const json& element) {
    status.resources.push_back(inventory_from_json(element));
  });
  if (const auto pods = value.find("pods"); pods != value.end() && pods->is_object()) {
    status.pods = {text_of(*pods, "template"), text_of(*pods, "restartTrigger"),
                   text_of(*pods, "references")};
  }
  return status;
}

}  // namespace api
