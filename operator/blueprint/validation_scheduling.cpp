#include <algorithm>
#include <initializer_list>

#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto field = object.find(key);
  return field != object.end() && field->is_string() ? field->get<std::string>() : "";
}

constexpr std::string_view kLabelValue =
    "must be at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or "
    "digit";

bool is_one_of(std::initializer_list<std::string_view> choices, std::string_view text) {
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

// core/v1 Toleration, as the API server would refuse it in a pod.
void check_toleration(const nlohmann::json& toleration, const std::string& path,
                      Problems& problems) {
  const std::string key = text_at(toleration, "key");
  const std::string comparison = text_at(toleration, "operator");
  const std::string value = text_at(toleration, "value");
  const std::string effect = text_at(toleration, "effect");
  problems.require(key.empty() || is_qualified_name(key), path + ".key",
                   "must be the key of a taint, such as node.kubernetes.io/not-ready");
  problems.require(is_one_of({"", "Equal", "Exists"}, comparison), path + ".operator",
                   "must be one of Exists, Equal");
  problems.require(!key.empty() || comparison == "Exists", path + ".operator",
                   "must be Exists where key is left out, which tolerates every taint");
  problems.require(comparison != "Exists" || value.empty(), path + ".value",
                   "is not for the operator Exists");
  problems.require(is_label_value(value), path + ".value", kLabelValue);
  problems.require(is_one_of({"", "NoSchedule", "PreferNoSchedule", "NoExecute"}, effect),
                   path + ".effect", "must be one of NoSchedule, PreferNoSchedule, NoExecute");
  problems.require(!toleration.contains("tolerationSeconds") || effect == "NoExecute",
                   path + ".tolerationSeconds", "is only for the effect NoExecute");
}

}  // namespace

void check_scheduling(const api::Scheduling& scheduling, Problems& problems) {
  for (const auto& [key, value] : scheduling.node_selector) {
    const std::string path = keyed_path("spec.scheduling.nodeSelector", key);
    problems.require(is_qualified_name(key), path,
                     "the key must be the label of a node, such as kubernetes.io/arch");
    problems.require(is_label_value(value), path, "the value " + std::string(kLabelValue));
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
