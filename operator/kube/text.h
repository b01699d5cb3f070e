#pragma once

// The few text forms that configuration, credentials and requests need.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kube {

// Without blanks, tabs and line ends at both ends.
std::string trim(std::string_view text);

// A value that may stand in an HTTP header: not empty, only visible US-ASCII (RFC 9110, 5.5). A
// line end in it would be sent as a further header.
bool is_header_value(std::string_view text);

// A dotted IPv4 address.
bool is_ipv4(const std::string& host);

// RFC 4648 section 4; line ends are passed over. Nothing if the text is something else.
std::optional<std::string> decode_base64(std::string_view text);

// RFC 3339, such as "2026-01-01T00:00:00Z" or with an offset; fractions of a second are dropped.
std::optional<std::chrono::system_clock::time_point> parse_timestamp(const std::string& text);

// The header Retry-After in its integer form (RFC 9110, 10.2.3); nothing if it is something else.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text);

// Cuts to at most `limit` bytes, not inside a UTF-8 sequence: what the API server keeps must be
// valid text.
void cut(std::string& text, std::size_t limit);

// The same, and what was cut ends in "...". REQUIRES: limit >= 3.
std::string shortened(std::string text, std::size_t limit);

// Everything but RFC 3986's unreserved characters as %XX.
void append_percent_encoded(std::string& target, std::string_view text);

}  // namespace kube
