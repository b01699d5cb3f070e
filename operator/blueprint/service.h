#pragma once

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// core/v1 Service of type ClusterIP. Its targets are named, so that a container port can move in a
// rolling update. REQUIRES: there are ports.
Object render_service(const Context& context);

}  // namespace blueprint
