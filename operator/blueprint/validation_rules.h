#pragma once

// The rules of validate(), one file of them a group. Private to blueprint/.

#include <functional>
#include <map>
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

// What is taken already -> where.
using Taken = std::map<std::string, std::string, std::less<>>;

// Takes `what`, or adds the problem that it is taken.
void claim(Taken& taken, std::string_view what, const std::string& path, Problems& problems);

// Name, image, version, owner and what else says who the blueprint is.
void check_identity(const api::Blueprint& blueprint, Problems& problems);
// Labels and annotations, wherever they are.
void check_metadata(const api::BlueprintSpec& spec, Problems& problems);
// Ports and what refers to them.
void check_traffic(const api::BlueprintSpec& spec, Problems& problems);
// Autoscaling.
void check_scaling(const api::Blueprint& blueprint, Problems& problems);
// Who may connect, and how the service is reached from outside.
void check_network(const api::BlueprintSpec& spec, Problems& problems);
// Variables.
void check_environment(const api::BlueprintSpec& spec, Problems& problems);
// Mounts, and the ids that their files belong to.
void check_mounts(const api::BlueprintSpec& spec, Problems& problems);
// Where pods run.
void check_scheduling(const api::Scheduling& scheduling, Problems& problems);
// Resources, shutdown, rollout and disruption.
void check_lifecycle(const api::BlueprintSpec& spec, Problems& problems);
// initContainers and sidecars, among themselves and with the main container.
void check_containers(const api::Blueprint& blueprint, Problems& problems);

// Parts of the above that hold for every container. `path` is that of the part.
void check_image(const std::string& image, std::string_view path, Problems& problems);
void check_resources(const api::Resources& given, const std::string& path, Problems& problems);
void check_variables(const std::vector<nlohmann::json>& env, const std::string& path,
                     Taken& variables, Problems& problems);
// What secrets or configMaps set as variables; `kind` is "Secret" or "ConfigMap".
void check_sources(const std::vector<api::DataSource>& sources, std::string_view kind,
                   const std::string& path, Taken& variables, Problems& problems);
// What they mount.
void check_source_mounts(const std::vector<api::DataSource>& sources, const std::string& path,
                         Taken& mounts, Problems& problems);
void check_port_form(const api::Port& port, const std::string& path, Problems& problems);
void check_probes(const std::vector<api::Port>& ports, const api::Probes& probes,
                  const std::string& path, Problems& problems);

// Legal forms that several groups speak of.
inline constexpr std::string_view kObjectNameForm =
    "must be the name of an object: lower-case letters, digits, '-' and '.', beginning and ending "
    "with a letter or digit";
inline constexpr std::string_view kDataKeyForm =
    "must be the key of a Secret or ConfigMap: letters, digits, '-', '_' and '.', not beginning "
    "with '..'";

}  // namespace blueprint
