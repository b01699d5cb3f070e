#include "api/object_key.h"

namespace api {

std::string to_string(const ObjectKey& key) { return key.namespace_ + "/" + key.name; }

}  // namespace api

std::size_t std::hash<api::ObjectKey>::operator()(const api::ObjectKey& key) const noexcept {
  const std::size_t first = std::hash<std::string>{}(key.namespace_);
  return first ^
         (std::hash<std::string>{}(key.name) + 0x9e3779b97f4a7c15U + (first << 6U) + (first >> 2U));
}
