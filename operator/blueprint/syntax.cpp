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

// Some part between slashes is "..".
bool climbs(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (path.substr(0, slash) == "..") return true;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return false;
}

bool is_hex(char letter) {
  return is_digit(letter) || (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
}

// Letters that a path may have as they are, and '%' with two hexadecimal digits, but for "%2f".
bool has_url_letters(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      if (!consists_of(path.substr(i, 1), "-/._~!$&'()*+,;=:@")) return false;
      continue;
    }
    const std::string_view code = path.substr(i + 1, 2);
    if (code.size() < 2 || !is_hex(code[0]) || !is_hex(code[1])) return false;
    if (code == "2f" || code == "2F") return false;
  }
  return true;
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

bool is_host_pattern(std::string_view text) {
  if (text.size() > kLongestSubdomain) return false;
  if (text.starts_with("*.")) text.remove_prefix(2);
  const std::string_view last = text.substr(text.rfind('.') + 1);
  if (std::none_of(last.begin(), last.end(), is_lower)) return false;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_dns1123_label(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_dns1123_label(text);
}

bool is_url_path(std::string_view text) {
  if (!text.starts_with('/') || !has_url_letters(text)) return false;
  for (text.remove_prefix(1); !text.empty();) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return true;
}

bool is_mount_path(std::string_view text) {
  return text.size() > 1 && text.front() == '/' && text.find(':') == std::string_view::npos &&
         !climbs(text);
}

bool is_path_below(std::string_view text) {
  return !text.empty() && text.front() != '/' && !text.starts_with("..") && !climbs(text);
}

}  // namespace blueprint
