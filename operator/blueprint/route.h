#pragma once

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// How the service is reached from outside: a gateway.networking.k8s.io/v1 HTTPRoute where a gateway
// is given, else a networking.k8s.io/v1 Ingress, whose class is the cluster's default unless given.
// One path for all hosts.
Object render_route(const Context& context, const api::Expose& expose);

}  // namespace blueprint
