#include "blueprint/url.h"

#include <algorithm>
#include <charconv>

#include "blueprint/syntax.h"

namespace blueprint {
namespace {

constexpr std::int64_t kHighestPort = 65535;

bool is_visible_ascii(char letter) { return letter > ' ' && letter <= '~'; }

bool is_of_host(char letter) {
  return is_alphanumeric(letter) || letter == '-' || letter == '.' || letter == '_';
}
bool is_of_address(char letter) {
  return is_alphanumeric(letter) || letter == ':' || letter == '.';
}

// The text before `end`, which is then cut off `rest` together with `end`; empty when there is no
// `end`.
std::optional<std::string_view> cut(std::string_view& rest, std::string_view end) {
  const std::size_t place = rest.find(end);
  if (place == std::string_view::npos) return std::nullopt;
  const std::string_view head = rest.substr(0, place);
  rest.remove_prefix(place + end.size());
  return head;
}

std::optional<std::int64_t> parse_port(std::string_view digits) {
  std::int64_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || port < 1 || port > kHighestPort) return std::nullopt;
  return port;
}

// Splits "host", "host:port", "[address]" or "[address]:port". False: it is none of these.
bool read_host_and_port(std::string_view text, Url& url) {
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    const auto address = cut(text, "]");
    if (!address || (!text.empty() && text.front() != ':')) return false;
    if (!std::all_of(address->begin(), address->end(), is_of_address)) return false;
    url.host = *address;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    url.host = text.substr(0, colon);
    if (!std::all_of(url.host.begin(), url.host.end(), is_of_host)) return false;
    text.remove_prefix(colon);
  }
  if (url.host.empty()) return false;
  if (text.empty()) return true;
  const auto port = parse_port(text.substr(1));
  url.port = port.value_or(0);
  return port.has_value();
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_visible_ascii)) return std::nullopt;
  Url url;
  url.scheme = cut(text, "://").value_or("");
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  url.port = url.scheme == "http" ? 80 : 443;
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (!read_host_and_port(authority, url)) return std::nullopt;
  return url;
}

}  // namespace blueprint
