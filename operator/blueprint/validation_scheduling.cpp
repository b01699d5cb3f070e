#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto field = object.find(key);
  return field != object.end() && field->is_string() ? field->get<std::string>() : "";
}

// core/v1 Toleration, as the API server would refuse the pods.
void check_toleration(const nlohmann::json& toleration, const std::string& path,
                      Problems& problems) {
  const std::string key = text_at(toleration, "key");
  const bool exists = text_at(toleration, "operator") == "Exists";
  problems.require(key.empty() || is_qualified_name(key), path + ".key",
                   "must be the key of a taint, such as node.kubernetes.io/not-ready");
  problems.require(!key.empty() || exists, path + ".operator",
                   "must be Exists where key is left out, which tolerates every taint");
  problems.require(!exists || text_at(toleration, "value").empty(), path + ".value",
                   "only allowed with the operator Equal");
  problems.require(
      !toleration.contains("tolerationSeconds") || text_at(toleration, "effect") == "NoExecute",
      path + ".tolerationSeconds", "only allowed with the effect NoExecute");
}

}  // namespace

void check_scheduling(const api::Scheduling& scheduling, Problems& problems) {
  for (const auto& [key, value] : scheduling.node_selector) {
    const std::string path = keyed_path("spec.scheduling.nodeSelector", key);
    problems.require(is_qualified_name(key), path,
                     "the key must be the label of a node, such as kubernetes.io/arch");
    problems.require(is_label_value(value), path,
                     "the value must be at most 63 letters, digits, '-', '_' and '.', beginning "
                     "and ending with a letter or digit");
  }
  for (std::size_t i = 0; i < scheduling.tolerations.size(); ++i) {
    check_toleration(scheduling.tolerations[i], entry_path("spec.scheduling.tolerations", i),
                     problems);
  }
  problems.require(
      !scheduling.priority_class_name || is_dns1123_subdomain(*scheduling.priority_class_name),
      "spec.scheduling.priorityClassName", kObjectNameForm);
}

}  // namespace blueprint
