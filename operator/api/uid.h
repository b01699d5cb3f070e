#pragma once

// An object's UID in 16 bytes. Kubernetes UIDs are UUIDs (RFC 9562, v4 by the API server);
// ownership is always decided by them and never by names, because a name may belong to another
// object by now.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace api {

class Uid {
 public:
  // No object's UID.
  Uid() = default;
  // Empty when `text` is not a UUID in its 36-character form.
  static std::optional<Uid> parse(std::string_view text);

  std::string text() const;
  bool empty() const { return *this == Uid{}; }
  auto operator<=>(const Uid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace api
