#pragma once

// The files of a pod: Secrets that are mounted, and the writable places of an otherwise read-only
// root filesystem.

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/blueprint.h"

namespace blueprint {

// Two lists that belong together, both sorted by mount path, which puts a mount before those inside
// it.
struct Volumes {
  nlohmann::json volumes = nlohmann::json::array();
  nlohmann::json mounts = nlohmann::json::array();
};

Volumes volumes_of(const api::BlueprintSpec& spec);

// Where an emptyDir goes: given, or the default paths that no mount of the user replaces.
std::vector<std::string> writable_paths_of(const api::BlueprintSpec& spec);

// Without trailing and doubled slashes, so that two spellings of one place are equal.
std::string normal_path(std::string_view path);

// A name for the volume at `path` that depends on nothing else, so that adding a volume renames no
// other: the path in letters where it can be read back from them, else with a digest.
std::string volume_name(std::string_view prefix, std::string_view path);

}  // namespace blueprint
