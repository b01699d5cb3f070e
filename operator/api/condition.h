#pragma once

// metav1.Condition (Kubernetes API conventions, "Typical status properties").

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace api {

enum class ConditionStatus { kTrue, kFalse, kUnknown };

std::string_view to_string(ConditionStatus status);

struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;   // CamelCase, from the closed lists of controller/status
  std::string message;  // at most 1 KiB, never a Secret's value
  std::int64_t observed_generation = 0;
  std::string last_transition_time;  // RFC 3339, UTC; moves only when `status` does

  bool operator==(const Condition&) const = default;
};

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type);

// The only code that moves lastTransitionTime: each of `wanted` keeps the time of the condition of
// its type in `previous` if the status is the same, else it gets `now`.
void carry_transition_times(std::vector<Condition>& wanted, const std::vector<Condition>& previous,
                            const std::string& now);

nlohmann::json to_json(const Condition& condition);
// Missing fields are empty: our own status may have been edited by anyone.
Condition condition_from_json(const nlohmann::json& value);

}  // namespace api
