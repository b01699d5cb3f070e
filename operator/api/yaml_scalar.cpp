#include "api/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace api {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

std::string_view without_sign(std::string_view text) {
  return !text.empty() && (text[0] == '-' || text[0] == '+') ? text.substr(1) : text;
}

PlainScalar integer(std::string_view digits, int base, bool negative) {
  std::uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  constexpr std::uint64_t kLowest = std::uint64_t{1} << 63U;
  if (error != std::errc{} || (negative && magnitude > kLowest)) {
    return {nullptr, "an integer that does not fit in 64 bits; quote it if it is a string"};
  }
  if (negative) return {static_cast<std::int64_t>(0 - magnitude), {}};
  if (magnitude < kLowest) return {static_cast<std::int64_t>(magnitude), {}};
  return {magnitude, {}};
}

PlainScalar decimal(std::string_view text) {
  const std::string_view digits = without_sign(text);
  if (digits.size() > 1 && digits[0] == '0') {
    return {
        nullptr,
        "an integer with a leading zero (octal to some readers, decimal to others); write 0o for "
        "octal, or quote it if it is a string"};
  }
  return integer(digits, 10, text[0] == '-');
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  text = without_sign(text);
  const std::size_t exponent = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent);
  if (exponent != std::string_view::npos &&
      !consists_of(without_sign(text.substr(exponent + 1)), kDigits)) {
    return false;
  }
  const std::size_t point = mantissa.find('.');
  if (point == std::string_view::npos) return consists_of(mantissa, kDigits);
  const std::string_view fraction = mantissa.substr(point + 1);
  if (point == 0) return consists_of(fraction, kDigits);
  return consists_of(mantissa.substr(0, point), kDigits) &&
         (fraction.empty() || consists_of(fraction, kDigits));
}

PlainScalar floating(std::string_view text) {
  if (text[0] == '+') text.remove_prefix(1);  // from_chars knows no plus sign
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) {
    return {nullptr, "a number out of the range of a double; quote it if it is a string"};
  }
  constexpr double kExact = 9007199254740992;  // 2^53: whole numbers up to here are exact
  if (std::trunc(value) == value && std::abs(value) <= kExact) {
    return {static_cast<std::int64_t>(value), {}};
  }
  return {value, {}};
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Bytes of the sequence that `lead` begins; 0 for a byte that begins none.
std::size_t sequence_bytes(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

bool looks_like_number_or_date(std::string_view text) {
  constexpr std::string_view kFirst = "0123456789+-.";
  constexpr std::string_view kRest = "0123456789abcdefABCDEFxXoO_.:+-tTzZ, ";
  return kFirst.find(text[0]) != std::string_view::npos && consists_of(text, kRest) &&
         text.find_first_of(kDigits) != std::string_view::npos;
}

bool looks_like_word_of_yaml(std::string_view text) {
  constexpr std::array<std::string_view, 16> kWords{"null", "true",  "false", "yes", "no", "on",
                                                    "off",  "y",     "n",     "~",   "=",  "<<",
                                                    ".inf", "-.inf", "+.inf", ".nan"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return c < 0x80 ? static_cast<char>(std::tolower(c)) : '?';
  });
  return is_one_of(lower, kWords);
}

bool begins_plain(std::string_view text) {
  constexpr std::string_view kFirst =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.$(+^;";
  if (text.starts_with("---") || text.starts_with("...")) return false;
  if (text[0] == '-') return text.size() > 1 && text[1] != ' ';
  return kFirst.find(text[0]) != std::string_view::npos;
}

}  // namespace

std::optional<CodePoint> decode_utf8(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = sequence_bytes(lead);
  if (bytes == 0 || bytes > text.size()) return std::nullopt;
  if (bytes == 1) return CodePoint{lead, 1};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!is_continuation(text[i])) return std::nullopt;
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  if (overlong || surrogate || code > 0x10FFFF) return std::nullopt;
  return CodePoint{code, bytes};
}

bool is_yaml_printable(char32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  if (code < 0xA0) return code < 0x7F || code == 0x85;
  return code != 0xFFFE && code != 0xFFFF;
}

PlainScalar resolve_plain(std::string_view text) {
  constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};
  constexpr std::array<std::string_view, 3> kTrue{"true", "True", "TRUE"};
  constexpr std::array<std::string_view, 3> kFalse{"false", "False", "FALSE"};
  constexpr std::array<std::string_view, 3> kInfinity{".inf", ".Inf", ".INF"};
  constexpr std::array<std::string_view, 3> kNotANumber{".nan", ".NaN", ".NAN"};
  if (is_one_of(text, kNull)) return {nullptr, {}};
  if (is_one_of(text, kTrue)) return {true, {}};
  if (is_one_of(text, kFalse)) return {false, {}};
  if (is_one_of(without_sign(text), kInfinity) || is_one_of(text, kNotANumber)) {
    return {nullptr,
            "infinity or not-a-number, which JSON cannot hold; quote it if it is a string"};
  }
  if (text.starts_with("0x") && consists_of(text.substr(2), kHexDigits)) {
    return integer(text.substr(2), 16, false);
  }
  if (text.starts_with("0o") && consists_of(text.substr(2), kDigits.substr(0, 8))) {
    return integer(text.substr(2), 8, false);
  }
  if (consists_of(without_sign(text), kDigits)) return decimal(text);
  if (is_float(text)) return floating(text);
  return {std::string(text), {}};
}

bool is_plain_string(std::string_view text) {
  constexpr std::string_view kInside =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./"
      ":+=,~$%^&*()<>@;?!'\"|#[]{}\\ ";
  if (text.empty() || text.back() == ' ' || text.back() == ':') return false;
  if (!begins_plain(text) || !consists_of(text, kInside)) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
    return false;
  }
  return !looks_like_word_of_yaml(text) && !looks_like_number_or_date(text);
}

}  // namespace api
