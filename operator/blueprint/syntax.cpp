#include "blueprint/syntax.h"

#include <algorithm>
#include <charconv>

namespace blueprint {
namespace {

constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestSubdomain = 253;

bool is_lower(char letter) { return letter >= 'a' && letter <= 'z'; }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_lower_or_digit(char letter) { return is_lower(letter) || is_digit(letter); }

// All of `text` is alphanumeric or one of `extra`.
bool consists_of(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [extra](char letter) {
    return is_alphanumeric(letter) || extra.find(letter) != std::string_view::npos;
  });
}

// A label of RFC 1123 but for its length.
bool is_dns1123_part(std::string_view text) {
  return !text.empty() && is_lower_or_digit(text.front()) && is_lower_or_digit(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char letter) { return is_lower_or_digit(letter) || letter == '-'; });
}

// A label's value, or the part of its key behind the slash.
bool is_label_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLabel && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && consists_of(text, "-_.");
}

bool is_port_number(std::string_view text) {
  constexpr int kLargest = 65535;
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end && number >= 1 && number <= kLargest;
}

// Some part between slashes is "..".
bool climbs(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (path.substr(0, slash) == "..") return true;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return false;
}

}  // namespace

bool is_alphanumeric(char letter) {
  return is_lower_or_digit(letter) || (letter >= 'A' && letter <= 'Z');
}

bool is_dns1123_label(std::string_view text) {
  return text.size() <= kLongestLabel && is_dns1123_part(text);
}

bool is_dns1035_label(std::string_view text) {
  return is_dns1123_label(text) && is_lower(text.front());
}

bool is_dns1123_subdomain(std::string_view text) {
  if (text.size() > kLongestSubdomain) return false;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_dns1123_part(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_dns1123_part(text);
}

bool is_port_name(std::string_view text) {
  constexpr std::size_t kLongest = 15;
  return is_dns1123_label(text) && text.size() <= kLongest &&
         std::any_of(text.begin(), text.end(), is_lower) &&
         text.find("--") == std::string_view::npos;
}

bool is_qualified_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_label_name(text);
  return is_dns1123_subdomain(text.substr(0, slash)) && is_label_name(text.substr(slash + 1));
}

bool is_label_value(std::string_view text) { return text.empty() || is_label_name(text); }

bool is_env_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestSubdomain && !is_digit(text.front()) &&
         text.front() != '.' && consists_of(text, "-._");
}

bool is_config_key(std::string_view text) {
  return !text.empty() && text.size() <= kLongestSubdomain && consists_of(text, "-._") &&
         text != "." && !text.starts_with("..");
}

bool is_header_name(std::string_view text) { return !text.empty() && consists_of(text, "-"); }

bool is_http_url(std::string_view text) {
  const bool visible = std::all_of(text.begin(), text.end(),
                                   [](char letter) { return letter > ' ' && letter < '\x7f'; });
  const std::string_view scheme = text.starts_with("https://") ? "https://" : "http://";
  if (!visible || !text.starts_with(scheme)) return false;
  text.remove_prefix(scheme.size());
  text = text.substr(0, text.find_first_of("/?#"));
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;  // of an IPv6 address
  if (bracket == std::string_view::npos) return false;
  const std::size_t colon = text.find(':', bracket);
  const std::string_view host = text.substr(0, colon);
  if (host.empty() || !consists_of(host, "-._[]:")) return false;
  return colon == std::string_view::npos || is_port_number(text.substr(colon + 1));
}

bool is_mount_path(std::string_view text) {
  return text.size() > 1 && text.front() == '/' && text.find(':') == std::string_view::npos &&
         !climbs(text);
}

bool is_path_below(std::string_view text) {
  return !text.empty() && text.front() != '/' && text.substr(0, 2) != ".." && !climbs(text);
}

}  // namespace blueprint
