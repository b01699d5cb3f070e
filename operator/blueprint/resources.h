#pragma once

// Requests and limits, each key given or a default that gives way: a default limit is at least the
// given request, a default request at most the limit.

#include <nlohmann/json.hpp>

#include "api/blueprint.h"

namespace blueprint {

// core/v1 ResourceRequirements of the main container (resources_of in defaults.h), each quantity in
// the words of whoever gave it (the API server compares by value).
nlohmann::json resource_requirements(const api::BlueprintSpec& spec);

// Of a container beside the main one. What the platform sets for every container, such as a CPU
// limit, holds for it too.
nlohmann::json resource_requirements(const api::Container& container,
                                     const api::Defaults& defaults);

}  // namespace blueprint
