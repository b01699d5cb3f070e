#pragma once

// Containers: image, environment, resources, probes, hook and security context put together.

#include <nlohmann/json.hpp>

#include "blueprint/context.h"

namespace blueprint {

// The main container, named like the blueprint.
nlohmann::json main_container(const Context& context);

// What runs to its end, in order, before the main container starts.
nlohmann::json init_container(const Context& context, const api::Container& container);

// A native sidecar (KEP-753): an init container that keeps running. Probed only where a probe is
// given: it is somebody else's program, of which we know no default path.
nlohmann::json sidecar(const Context& context, const api::Container& container);

// Sets `key` unless `value` is an empty list or object: an empty value would claim a field that
// means nothing.
void set_if_filled(nlohmann::json& object, const char* key, nlohmann::json value);

}  // namespace blueprint
