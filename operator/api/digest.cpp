#include "api/digest.h"

#include <bit>
#include <cstring>

namespace api {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the digests in stored statuses are of little-endian words");

// Both odd, with well-mixed bits; the finaliser is that of splitmix64 (Steele, Lea, Flood: "Fast
// Splittable Pseudorandom Number Generators", 2014).
constexpr std::uint64_t kMultiplier = 0xff51afd7ed558ccdU;
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::uint64_t kLengthMultiplier = 0xc4ceb9fe1a85ec53U;

std::uint64_t mix(std::uint64_t state, std::uint64_t word) {
  return std::rotl((state ^ word) * kMultiplier, 29);
}

}  // namespace

Digest& Digest::add(std::string_view bytes) {
  state_ = mix(state_, bytes.size() * kLengthMultiplier);
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    state_ = mix(state_, word);
    bytes.remove_prefix(sizeof(word));
  }
  std::uint64_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  state_ = mix(state_, rest);
  return *this;
}

std::uint64_t Digest::value() const {
  std::uint64_t value = state_;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::uint64_t digest_of(std::string_view bytes) { return Digest().add(bytes).value(); }

std::string to_hex(std::uint64_t digest) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; digest >>= 4U) text[i] = kHex[digest & 0xfU];
  return text;
}

}  // namespace api
