#include "api/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace api {
namespace {

constexpr Int128 kNanosPerUnit = 1'000'000'000;
constexpr Int128 kLargest = Int128{std::numeric_limits<std::int64_t>::max()} * kNanosPerUnit;
// Beyond this no digits can matter: 19 before the point and 9 after it are all that fits.
constexpr std::size_t kMaxDigits = 30;

struct Suffix {
  std::string_view text;
  int decimal_exponent;
  int binary_exponent;
};

constexpr std::array kSuffixes = {
    Suffix{"", 0, 0},    Suffix{"n", -9, 0},  Suffix{"u", -6, 0},  Suffix{"m", -3, 0},
    Suffix{"k", 3, 0},   Suffix{"M", 6, 0},   Suffix{"G", 9, 0},   Suffix{"T", 12, 0},
    Suffix{"P", 15, 0},  Suffix{"E", 18, 0},  Suffix{"Ki", 0, 10}, Suffix{"Mi", 0, 20},
    Suffix{"Gi", 0, 30}, Suffix{"Ti", 0, 40}, Suffix{"Pi", 0, 50}, Suffix{"Ei", 0, 60}};

// digits * 10^exponent, without a trailing zero.
struct Decimal {
  Int128 digits = 0;
  int exponent = 0;
};

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// Takes "12.5" from the front of `text`.
std::optional<Decimal> take_number(std::string_view& text) {
  Decimal number;
  std::size_t used = 0;
  std::size_t digits = 0;
  bool after_point = false;
  for (; used < text.size(); ++used) {
    if (text[used] == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (!is_digit(text[used])) break;
    ++digits;
    if (number.digits != 0 && digits > kMaxDigits) return std::nullopt;
    number.digits = number.digits * 10 + (text[used] - '0');
    if (after_point) --number.exponent;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(used);
  while (number.digits != 0 && number.digits % 10 == 0) {
    number.digits /= 10;
    ++number.exponent;
  }
  return number;
}

// "e3" or "E-3". A lone E is the suffix for 10^18.
std::optional<Suffix> exponent_suffix(std::string_view text) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  text.remove_prefix(1);
  if (text[0] == '+') text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (std::abs(exponent) > 100) return std::nullopt;
  return Suffix{"", exponent, 0};
}

std::optional<Suffix> parse_suffix(std::string_view text) {
  const auto* found = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                   [text](const Suffix& suffix) { return suffix.text == text; });
  return found != kSuffixes.end() ? std::optional(*found) : exponent_suffix(text);
}

bool scale_up(Int128& value, int factor, int times) {
  for (; times > 0; --times) {
    if (__builtin_mul_overflow(value, Int128{factor}, &value)) return false;
  }
  return true;
}

std::optional<Int128> to_nanos(const Decimal& number, const Suffix& suffix) {
  if (number.digits == 0) return 0;
  Int128 nano = number.digits;
  int exponent = number.exponent + suffix.decimal_exponent + 9;
  if (!scale_up(nano, 2, suffix.binary_exponent) || !scale_up(nano, 10, exponent))
    return std::nullopt;
  for (; exponent < 0; ++exponent) {
    if (nano % 10 != 0) return std::nullopt;
    nano /= 10;
  }
  return nano <= kLargest ? std::optional(nano) : std::nullopt;
}

Int128 divide_down(Int128 value, Int128 by) { return value / by - (value % by < 0 ? 1 : 0); }

}  // namespace

std::optional<Quantity> Quantity::parse(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const std::optional<Decimal> number = take_number(rest);
  if (!number) return std::nullopt;
  const std::optional<Suffix> suffix = parse_suffix(rest);
  if (!suffix) return std::nullopt;
  const std::optional<Int128> nano = to_nanos(*number, *suffix);
  if (!nano) return std::nullopt;
  return Quantity(std::string(text), negative ? -*nano : *nano);
}

std::int64_t Quantity::whole() const {
  return static_cast<std::int64_t>(divide_down(nano_, kNanosPerUnit));
}

std::int64_t Quantity::milli() const {
  constexpr Int128 kNanosPerMilli = kNanosPerUnit / 1000;
  constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp(-divide_down(-nano_, kNanosPerMilli), -kMost, kMost));
}

std::strong_ordering Quantity::operator<=>(const Quantity& other) const {
  if (nano_ == other.nano_) return std::strong_ordering::equal;
  return nano_ < other.nano_ ? std::strong_ordering::less : std::strong_ordering::greater;
}

bool Quantity::operator==(const Quantity& other) const { return nano_ == other.nano_; }

}  // namespace api
