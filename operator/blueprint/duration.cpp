#include "blueprint/duration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace blueprint {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array kUnits = {
    Unit{"y", 31'536'000'000}, Unit{"w", 604'800'000}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
    Unit{"m", 60'000},         Unit{"s", 1000},        Unit{"ms", 1}};
constexpr std::int64_t kLongest = kUnits.front().milliseconds;

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  // Units come from the largest to the smallest.
  const auto* next = kUnits.begin();
  while (!text.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || count > kLongest) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name =
        text.substr(0, static_cast<std::size_t>(
                           std::find_if(text.begin(), text.end(),
                                        [](char letter) { return letter < 'a' || letter > 'z'; }) -
                           text.begin()));
    const auto* unit =
        std::find_if(next, kUnits.end(), [name](const Unit& each) { return each.name == name; });
    if (unit == kUnits.end() || count > kLongest / unit->milliseconds) return std::nullopt;
    total += count * unit->milliseconds;
    next = unit + 1;
    text.remove_prefix(name.size());
  }
  if (total > kLongest) return std::nullopt;
  return std::chrono::milliseconds(total);
}

}  // namespace blueprint
