#pragma once

// A Kubernetes quantity ("100m", "128Mi", "0.5", "1e3"): exact, comparable, and kept in the
// author's words. Grammar: k8s.io/apimachinery/pkg/api/resource, Quantity.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace api {

__extension__ using Int128 = __int128;  // a GCC and Clang type that -Wpedantic asks to name as such

class Quantity {
 public:
  // Empty when `text` is not a quantity, is finer than a nano, or is too large (over 2^63 units).
  static std::optional<Quantity> parse(std::string_view text);

  // As it was written. Two quantities may be equal and have different texts ("1" and "1000m").
  const std::string& text() const { return text_; }
  // Whole units, rounded down: bytes for memory. milli() is rounded up, as Kubernetes does for CPU.
  std::int64_t whole() const;
  std::int64_t milli() const;

  std::strong_ordering operator<=>(const Quantity& other) const;
  bool operator==(const Quantity& other) const;

 private:
  Quantity(std::string text, Int128 nano) : text_(std::move(text)), nano_(nano) {}

  std::string text_;
  Int128 nano_;
};

}  // namespace api
