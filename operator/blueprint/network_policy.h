#pragma once

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// networking.k8s.io/v1 NetworkPolicy of the blueprint's pods: who may connect to them and, where
// allowTo is given, to whom they may connect. The pods are selected by one label, because checkers
// of manifests (Polaris) expect exactly one to match. REQUIRES: network_policy_enabled(spec).
Object render_network_policy(const Context& context);

}  // namespace blueprint
