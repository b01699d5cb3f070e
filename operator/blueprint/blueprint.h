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
  // The live pod template stays as it is, whatever `body` holds; everything else of the object is
  // written. For a Deployment whose template this release must not decide on.
  bool keep_template = false;
};

// In the order in which they are to be created: ServiceAccount, ConfigMap, NetworkPolicy,
// Deployment, Service, PodDisruptionBudget, HTTPRoute or Ingress, ServiceMonitor, PrometheusRule,
// HorizontalPodAutoscaler. REQUIRES: validate(blueprint) found nothing. Deterministic.
std::vector<Object> render(const api::Blueprint& blueprint, const Facts& facts);

}  // namespace blueprint
