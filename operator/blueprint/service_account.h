#pragma once

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// core/v1 ServiceAccount of the blueprint's own; not for a blueprint that names an existing one.
Object render_service_account(const Context& context);

}  // namespace blueprint
