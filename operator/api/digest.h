#pragma once

// A 64-bit digest that is the same on every machine and in every release, because it is kept in the
// status of objects: changing it costs every child one no-op write. For noticing change, not for
// security.

#include <cstdint>
#include <string>
#include <string_view>

namespace api {

class Digest {
 public:
  // Order matters, and so do the boundaries between calls: add("ab") differs from add("a"),
  // add("b").
  Digest& add(std::string_view bytes);
  std::uint64_t value() const;

 private:
  std::uint64_t state_ = 0x9e3779b97f4a7c15U;
};

std::uint64_t digest_of(std::string_view bytes);

// 16 lower-case hexadecimal digits.
std::string to_hex(std::uint64_t digest);

}  // namespace api
