#pragma once

// The files of a pod. Two kinds of places: what belongs to one container (its Secrets; of the main
// one the ConfigMaps and `config` too), and what the pod shares, so that an initContainer can leave
// something for the service and a sidecar can read what it writes: `volumes` and the writable paths
// of an otherwise read-only root filesystem. Where both are at one path, the container's own wins.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "blueprint/context.h"

namespace blueprint {

// Where `config.files` are when nothing else is said.
inline constexpr const char* kConfigMountPath = "/etc/config";

// Sorted by mount path, which puts a mount before those inside it.
nlohmann::json main_mounts(const Context& context);
nlohmann::json container_mounts(const api::BlueprintSpec& spec, const api::Container& container);

// Every volume that one of the pod's mounts needs, once: the main container's by mount path, then
// those of each other container.
nlohmann::json pod_volumes(const Context& context);

// Without trailing and doubled slashes, so that two spellings of one place are equal.
std::string normal_path(std::string_view path);

// A name for the volume at `path` that depends on nothing else, so that adding a volume renames no
// other: the path in letters where it can be read back from them, else with a digest.
std::string volume_name(std::string_view prefix, std::string_view path);

}  // namespace blueprint
