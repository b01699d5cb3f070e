#pragma once

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// policy/v1 PodDisruptionBudget. It counts what may be away and never what must be there, and lets
// unhealthy pods go, so that it cannot block the draining of a node for ever.
Object render_disruption_budget(const Context& context);

}  // namespace blueprint
