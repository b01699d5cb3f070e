#pragma once

// What rendering may depend on besides the blueprint: read from the cluster and from the platform's
// configuration by the caller, so that rendering itself stays a pure function.

#include "api/blueprint.h"

namespace blueprint {

struct Facts {
  // Labels that every ServiceMonitor gets, so that the platform's Prometheus selects it
  // (`monitoring.labels` in the operator's configuration). The blueprint's own labels win.
  api::StringMap monitor_labels;
};

}  // namespace blueprint
