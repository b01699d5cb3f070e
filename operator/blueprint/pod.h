#pragma once

// The pod of a blueprint: the main container and what surrounds it. Sidecars start before the
// initContainers, which may need them (a proxy, say). Pods share nothing with their
// node and have no token of the API server unless the blueprint asks for one.

#include <nlohmann/json.hpp>

#include "blueprint/context.h"

namespace blueprint {

// core/v1 PodTemplateSpec.
nlohmann::json pod_template(const Context& context);

}  // namespace blueprint
