#pragma once

// Requests and limits of the main container. The arithmetic is in resources_of (defaults.h).

#include <nlohmann/json.hpp>

#include "api/blueprint.h"

namespace blueprint {

// core/v1 ResourceRequirements, each quantity in the words of whoever gave it (the API server
// compares by value).
nlohmann::json resource_requirements(const api::BlueprintSpec& spec);

}  // namespace blueprint
