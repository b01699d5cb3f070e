#pragma once

// The rules of validate(), one file of them a group. Private to blueprint/.

#include <string>
#include <string_view>
#include <vector>

#include "blueprint/validation.h"

namespace blueprint {

class Problems {
 public:
  // Adds a problem unless `fine`.
  void require(bool fine, std::string_view path, std::string_view message) {
    if (!fine) list_.push_back({std::string(path), std::string(message)});
  }
  std::vector<Problem> take() { return std::move(list_); }

 private:
  std::vector<Problem> list_;
};

// "spec.ports[1]" and what follows.
inline std::string entry_path(std::string_view list, std::size_t index,
                              std::string_view field = "") {
  return std::string(list) + "[" + std::to_string(index) + "]" + std::string(field);
}

// spec.labels["team"]
inline std::string keyed_path(std::string_view map, std::string_view key) {
  return std::string(map).append("[\"").append(key).append("\"]");
}

using Ports = std::vector<api::Port>;

// What a number may be that stands for a port.
enum class Numbers { kAny, kDeclared };

// What `reference` must be: a TCP port among `ports`. Says nothing about an absent one.
void check_reference(const Ports& ports, const std::optional<api::PortReference>& reference,
                     Numbers numbers, const std::string& path, Problems& problems);

// Without a port given, the main port must be one that TCP reaches. `way_out` says what else to
// do, such as "disabled: true"; it may be empty.
void check_main_port(const Ports& ports, const std::string& path, std::string_view way_out,
                     Problems& problems);

// Name, image, version, owner and what else says who the blueprint is.
void check_identity(const api::Blueprint& blueprint, Problems& problems);
// Labels and annotations, wherever they are.
void check_metadata(const api::BlueprintSpec& spec, Problems& problems);
// Ports and what refers to them.
void check_traffic(const api::BlueprintSpec& spec, Problems& problems);
// Variables and mounts.
void check_environment(const api::BlueprintSpec& spec, Problems& problems);
// Resources, shutdown, rollout and disruption.
void check_lifecycle(const api::BlueprintSpec& spec, Problems& problems);

}  // namespace blueprint
