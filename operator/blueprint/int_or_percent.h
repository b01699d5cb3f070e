#pragma once

// core/v1 IntOrString where the string is a percentage, as the decoder makes sure.

#include <charconv>

#include "api/blueprint.h"

namespace blueprint {

// 25 for "25%", empty for a count.
inline std::optional<std::int64_t> percentage_of(const api::IntOrPercent& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  std::int64_t percentage = 0;
  std::from_chars(text->data(), text->data() + text->size(), percentage);
  return percentage;
}

inline bool is_zero(const api::IntOrPercent& value) {
  return percentage_of(value).value_or(1) == 0 || value == api::IntOrPercent(std::int64_t{0});
}

// A count as it is; a percentage of `total`, rounded up as the disruption controller does.
inline std::int64_t share_of(const api::IntOrPercent& value, std::int64_t total) {
  const std::optional<std::int64_t> percentage = percentage_of(value);
  return percentage ? (*percentage * total + 99) / 100 : std::get<std::int64_t>(value);
}

inline nlohmann::json to_json(const api::IntOrPercent& value) {
  return std::visit([](const auto& alternative) { return nlohmann::json(alternative); }, value);
}

}  // namespace blueprint
