#include "kube/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <vector>

#include <arpa/inet.h>
#include <openssl/evp.h>

namespace kube {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool is_base64(std::string_view text) {
  const auto end = text.find_last_not_of('=');
  const std::string_view digits = text.substr(0, end == std::string_view::npos ? 0 : end + 1);
  if (text.size() % 4 != 0 || text.size() - digits.size() > 2) return false;
  return std::all_of(digits.begin(), digits.end(), [](char c) {
    return (is_unreserved(c) && c != '-' && c != '.' && c != '_' && c != '~') || c == '+' ||
           c == '/';
  });
}

// What follows the seconds: an optional fraction, then Z or +hh:mm. Nothing if it is something
// else.
std::optional<std::chrono::minutes> parse_offset(std::string_view rest) {
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  }
  if (rest == "Z" || rest == "z") return std::chrono::minutes(0);
  int hours = 0;
  int minutes = 0;
  const std::string text(rest);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  // Two digits cannot overflow.
  // NOLINTNEXTLINE(bugprone-unchecked-string-to-number-conversion)
  if (std::sscanf(text.c_str() + 1, "%2d:%2d", &hours, &minutes) != 2) return std::nullopt;
  const std::chrono::minutes offset(hours * 60 + minutes);
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

bool is_header_value(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_ipv4(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string compact;
  compact.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(compact),
               [](char c) { return kBlank.find(c) == std::string_view::npos; });
  if (!is_base64(compact)) return std::nullopt;
  std::vector<unsigned char> bytes(compact.size() / 4 * 3 + 1);
  const int length =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(compact.data()),
                      static_cast<int>(compact.size()));
  if (length < 0) return std::nullopt;
  // EVP_DecodeBlock counts the padding as bytes.
  const auto padding = std::count(compact.begin(), compact.end(), '=');
  return std::string(bytes.begin(), bytes.begin() + length - padding);
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text) {
  std::int32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

std::optional<std::chrono::system_clock::time_point> parse_timestamp(const std::string& text) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int used = 0;
  // Four digits cannot overflow.
  // NOLINTNEXTLINE(bugprone-unchecked-string-to-number-conversion)
  const int fields = std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day,
                                 &hour, &minute, &second, &used);
  if (fields != 6) return std::nullopt;
  const auto date = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) /
                    std::chrono::day(static_cast<unsigned>(day));
  const auto offset = parse_offset(std::string_view(text).substr(static_cast<std::size_t>(used)));
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || !offset) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - *offset;
}

void cut(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  text.resize(limit);
}

std::string shortened(std::string text, std::size_t limit) {
  constexpr std::string_view kEllipsis = "...";
  if (text.size() <= limit) return text;
  cut(text, limit - kEllipsis.size());
  return text.append(kEllipsis);
}

void append_percent_encoded(std::string& target, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      target += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    target += '%';
    target += kDigits[byte >> 4U];
    target += kDigits[byte & 0x0FU];
  }
}

}  // namespace kube
