#include "api/condition.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace api {
namespace {

std::string text_of(const nlohmann::json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ConditionStatus status_from(std::string_view text) {
  if (text == "True") return ConditionStatus::kTrue;
  return text == "False" ? ConditionStatus::kFalse : ConditionStatus::kUnknown;
}

}  // namespace

std::string_view to_string(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kTrue:
      return "True";
    case ConditionStatus::kFalse:
      return "False";
    case ConditionStatus::kUnknown:
      break;
  }
  return "Unknown";
}

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto found =
      std::find_if(conditions.begin(), conditions.end(),
                   [type](const Condition& condition) { return condition.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

void carry_transition_times(std::vector<Condition>& wanted, const std::vector<Condition>& previous,
                            const std::string& now) {
  for (Condition& condition : wanted) {
    const Condition* const before = find_condition(previous, condition.type);
    const bool same = before != nullptr && before->status == condition.status &&
                      !before->last_transition_time.empty();
    condition.last_transition_time = same ? before->last_transition_time : now;
  }
}

nlohmann::json to_json(const Condition& condition) {
  return {{"type", condition.type},
          {"status", to_string(condition.status)},
          {"reason", condition.reason},
          {"message", condition.message},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", condition.last_transition_time}};
}

Condition condition_from_json(const nlohmann::json& value) {
  Condition condition;
  if (!value.is_object()) return condition;
  condition.type = text_of(value, "type");
  condition.status = status_from(text_of(value, "status"));
  condition.reason = text_of(value, "reason");
  condition.message = text_of(value, "message");
  const auto generation = value.find("observedGeneration");
  if (generation != value.end() && generation->is_number_integer())
    condition.observed_generation = *generation;
  condition.last_transition_time = text_of(value, "lastTransitionTime");
  return condition;
}

}  // namespace api
