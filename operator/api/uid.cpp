#include "api/uid.h"

#include <charconv>

namespace api {
namespace {

constexpr std::size_t kTextLength = 36;
constexpr std::string_view kHex = "0123456789abcdef";

bool is_dash_position(std::size_t index) {
  return index == 8 || index == 13 || index == 18 || index == 23;
}

}  // namespace

std::optional<Uid> Uid::parse(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Uid uid;
  std::size_t byte = 0;
  for (std::size_t i = 0; i < kTextLength;) {
    if (is_dash_position(i)) {
      if (text[i++] != '-') return std::nullopt;
      continue;
    }
    const char* const begin = text.data() + i;
    const auto [end, error] = std::from_chars(begin, begin + 2, uid.bytes_[byte], 16);
    if (error != std::errc{} || end != begin + 2) return std::nullopt;
    ++byte;
    i += 2;
  }
  return uid;
}

std::string Uid::text() const {
  std::string text;
  text.reserve(kTextLength);
  for (const std::uint8_t byte : bytes_) {
    if (is_dash_position(text.size())) text.push_back('-');
    text.push_back(kHex[byte >> 4U]);
    text.push_back(kHex[byte & 0xfU]);
  }
  return text;
}

}  // namespace api
