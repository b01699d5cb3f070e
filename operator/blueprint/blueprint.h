#pragma once

// The whole decision of the operator: one blueprint in, the objects that it stands for out. Pure:
// no clock, client, logger, environment or global, so that the controller, the command line, the
// golden tests and the benchmark use the same code.

#include <vector>

#include <nlohmann/json.hpp>

#include "api/blueprint.h"
#include "api/resource.h"
#include "blueprint/facts.h"

namespace blueprint {

// One child as it is to be written: apiVersion, kind, metadata (name, namespace, labels,
// annotations) and what follows. Owner references are added by the applier, because they need the
// UID.
struct Object {
  api::Resource resource;
  api::ObjectKey key;
  nlohmann::json body;
  // Of a Deployment: its pod template is not to be changed now. What is written keeps the template
  // that this operator owns in the live object; where there is no live object, none is made.
  bool keep_template = false;
};

// In the order in which they are to be created: ServiceAccount, ConfigMap, Deployment, Service,
// PodDisruptionBudget, ServiceMonitor. REQUIRES: validate(blueprint) found nothing. Deterministic.
std::vector<Object> render(const api::Blueprint& blueprint, const Facts& facts);

}  // namespace blueprint
