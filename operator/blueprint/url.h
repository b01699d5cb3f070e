#pragma once

// As much of a URL as decides where a connection goes (RFC 3986, section 3).

#include <cstdint>
#include <optional>
#include <string_view>

namespace blueprint {

// Views into the text that was parsed.
struct Url {
  std::string_view scheme;  // http, https
  std::string_view host;    // an IPv6 address without its brackets
  std::int64_t port = 0;    // given, else the scheme's
};

// Empty when `text` is not a URL with http or https, a host (a name or an address) and no user.
std::optional<Url> parse_url(std::string_view text);

}  // namespace blueprint
