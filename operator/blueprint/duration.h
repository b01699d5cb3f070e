#pragma once

// Durations as Prometheus writes them: "30s", "1m30s", "500ms", from weeks down to milliseconds,
// each unit once, no fractions (prometheus/common, model.ParseDuration).

#include <chrono>
#include <optional>
#include <string_view>

namespace blueprint {

inline constexpr std::chrono::milliseconds kNoTime{0};

// Empty when `text` is not a duration, or is longer than a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace blueprint
