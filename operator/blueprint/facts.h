#pragma once

// What rendering may depend on besides the blueprint: read from the cluster and from the platform's
// configuration by the caller, so that rendering itself stays a pure function.

#include <cstdint>
#include <string>
#include <vector>

#include "api/blueprint.h"

namespace blueprint {

// The version of the rules by which a blueprint is rendered. A blueprint keeps the one that it was
// rendered with until its author changes it, so that a new release restarts no running pod; this
// release renders the current and the previous one.
//
//   2  pods prefer nodes without another pod of the service (podAntiAffinity), wherever they are
//      spread over hosts
//   1  the first
inline constexpr std::int64_t kRenderVersion = 2;
inline constexpr std::int64_t kPreviousRenderVersion = 1;

struct Facts {
  // kRenderVersion or kPreviousRenderVersion.
  std::int64_t render_version = kRenderVersion;
  // Labels that every ServiceMonitor and PrometheusRule gets, so that the platform's Prometheus
  // selects them
  // (`monitoring.labels` in the operator's configuration). The blueprint's own labels win.
  api::StringMap monitor_labels;
  // Namespaces whose pods may reach a service by default where a NetworkPolicy is made: those of
  // the platform's Prometheus and of its gateways.
  std::vector<std::string> monitoring_namespaces;
  std::vector<std::string> gateway_namespaces;
  // Digest of the Secrets and ConfigMaps whose change restarts the pods; empty when there are none,
  // or they cannot be seen. Becomes an annotation of the pod template.
  std::string restart_trigger;
};

}  // namespace blueprint
