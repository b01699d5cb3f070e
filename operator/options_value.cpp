#include "options_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>

#include <nlohmann/json.hpp>

#include "blueprint/syntax.h"

namespace options {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr milliseconds kLongestDuration = std::chrono::minutes(10);
constexpr std::string_view kAlphanumeric =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool contains(std::string_view characters, char character) {
  return characters.find(character) != std::string_view::npos;
}

// `ends` may stand anywhere, `inside` only between them; 1 to `longest` characters.
bool is_word(std::string_view text, std::string_view ends, std::string_view inside,
             std::size_t longest) {
  return !text.empty() && text.size() <= longest && contains(ends, text.front()) &&
         contains(ends, text.back()) && std::all_of(text.begin(), text.end(), [&](char character) {
           return contains(ends, character) || contains(inside, character);
         });
}

std::optional<double> nanoseconds_of(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "\xC2\xB5s" || unit == "\xCE\xBCs")
    return 1e3;  // micro sign, Greek mu
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  if (unit == "m") return 60e9;
  if (unit == "h") return 3600e9;
  return std::nullopt;
}

// Digits with at most one point.
std::optional<double> parse_decimal(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Complaint duration_complaint(milliseconds lowest) {
  return "must be a duration from " + duration_text(lowest) + " to " +
         duration_text(kLongestDuration) + ", such as 500ms, 10s or 1m30s";
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

bool is_host(std::string_view host) {
  if (host.empty()) return true;
  if (host.front() == '[' && host.back() == ']') {
    return is_word(host.substr(1, host.size() - 2), ":0123456789abcdefABCDEF", ".%", 45);
  }
  return is_word(host, kAlphanumeric, ".-", 253);
}

}  // namespace

std::string shown(std::string_view text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

Complaint read_text(std::string_view text, std::string& value) {
  value = text;
  return {};
}

Complaint read_boolean(std::string_view text, bool& value) {
  if (text != "true" && text != "false") return "must be true or false";
  value = text == "true";
  return {};
}

Complaint read_integer(std::string_view text, int lowest, int highest, int& value) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < lowest ||
      number > highest) {
    return "must be a number from " + std::to_string(lowest) + " to " + std::to_string(highest);
  }
  value = number;
  return {};
}

std::optional<nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return nanoseconds(0);
  double total = 0;
  do {
    const std::size_t number_end = text.find_first_not_of("0123456789.");
    if (number_end == 0 || number_end == std::string_view::npos) return std::nullopt;
    const auto number = parse_decimal(text.substr(0, number_end));
    if (!number) return std::nullopt;
    text.remove_prefix(number_end);
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    const auto factor = nanoseconds_of(unit);
    if (!factor) return std::nullopt;
    total += *number * *factor;
    text.remove_prefix(unit.size());
  } while (!text.empty());
  constexpr double kLongest = 9e18;  // about what 64 bits hold
  if (total > kLongest) return std::nullopt;
  return nanoseconds(std::llround(total));
}

Complaint read_duration(std::string_view text, milliseconds lowest, milliseconds& value) {
  const auto duration = parse_duration(text);
  if (!duration || *duration < lowest || *duration > kLongestDuration)
    return duration_complaint(lowest);
  value = std::chrono::floor<milliseconds>(*duration);
  return {};
}

Complaint read_seconds(std::string_view text, seconds lowest, seconds& value) {
  milliseconds duration{};
  if (Complaint complaint = read_duration(text, lowest, duration); !complaint.empty()) {
    return complaint;
  }
  if (duration % seconds(1) != milliseconds(0)) {
    return "must be whole seconds, as a Lease keeps them";
  }
  value = std::chrono::floor<seconds>(duration);
  return {};
}

std::string duration_text(milliseconds duration) {
  using std::chrono::minutes;
  if (duration < seconds(1)) return std::to_string(duration.count()) + "ms";
  const auto whole_minutes = std::chrono::floor<minutes>(duration);
  const auto rest = duration - whole_minutes;
  std::string text = whole_minutes.count() > 0 ? std::to_string(whole_minutes.count()) + "m" : "";
  if (rest.count() == 0) return text;
  text += std::to_string(rest.count() / 1000);
  if (rest.count() % 1000 != 0) {
    std::string fraction = std::to_string(1000 + rest.count() % 1000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += "." + fraction;
  }
  return text + "s";
}

Complaint read_address(std::string_view text, std::string& value) {
  if (text == "0") {
    value.clear();
    return {};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1)) ||
      !is_host(text.substr(0, colon))) {
    return "must be HOST:PORT, :PORT or [IPV6]:PORT, or 0 for off";
  }
  value = text;
  return {};
}

Complaint read_namespaces(std::string_view text, std::vector<std::string>& value) {
  std::set<std::string> names;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (!blueprint::is_dns1123_label(text.substr(0, comma)) || comma + 1 == text.size()) {
      return "must be names of namespaces separated by commas, or empty for all";
    }
    names.emplace(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  value.assign(names.begin(), names.end());
  return {};
}

Complaint read_reference_namespaces(std::string_view text, std::vector<std::string>& value) {
  if (text == "*") {
    value = {"*"};
    return {};
  }
  if (read_namespaces(text, value).empty()) return {};
  return "must be names of namespaces separated by commas, * for all, or empty for none";
}

Complaint read_dns_label(std::string_view text, std::string& value) {
  if (!text.empty() && !blueprint::is_dns1123_label(text)) {
    return "must be at most 63 lower-case letters, digits and '-', and begin and end with a letter "
           "or digit";
  }
  return read_text(text, value);
}

Complaint read_dns_subdomain(std::string_view text, std::string& value) {
  if (!blueprint::is_dns1123_subdomain(text)) {
    return "must be at most 253 lower-case letters, digits, '-' and '.', and begin and end with a "
           "letter or digit";
  }
  return read_text(text, value);
}

Complaint check_label_key(std::string_view key) {
  if (blueprint::is_qualified_name(key)) return {};
  return "must be a label key: at most 63 letters, digits, '-', '_' and '.', after an optional DNS "
         "name and '/'";
}

Complaint check_label_value(std::string_view value) {
  if (blueprint::is_label_value(value)) return {};
  return "must be a label value: at most 63 letters, digits, '-', '_' and '.', with a letter or "
         "digit at both ends";
}

}  // namespace options
