#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>

namespace api {

// Names one namespaced object of a kind that the context knows.
struct ObjectKey {
  std::string namespace_;
  std::string name;

  auto operator<=>(const ObjectKey&) const = default;
};

// "namespace/name", as kubectl and the logs write it.
std::string to_string(const ObjectKey& key);

}  // namespace api

template <>
struct std::hash<api::ObjectKey> {
  std::size_t operator()(const api::ObjectKey& key) const noexcept;
};
