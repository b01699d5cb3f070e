#pragma once

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// apps/v1 Deployment. Its strategy is always written whole: a later switch of the type is refused
// by the server where the old type's fields are left. Without a number of replicas where an
// autoscaler decides it.
Object render_deployment(const Context& context);

}  // namespace blueprint
