#pragma once

// The main container: image, environment, resources, probes, hook and security context put
// together.

#include <nlohmann/json.hpp>

#include "blueprint/context.h"

namespace blueprint {

// The main container, named like the blueprint. `mounts` are its volumeMounts.
nlohmann::json main_container(const Context& context, nlohmann::json mounts);

// Sets `key` unless `value` is an empty list or object: an empty value would claim a field that
// means nothing.
void set_if_filled(nlohmann::json& object, const char* key, nlohmann::json value);

}  // namespace blueprint
