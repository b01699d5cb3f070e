#pragma once

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// What a Prometheus selects its ServiceMonitors and PrometheusRules by: the platform's labels, over
// which the blueprint's own win.
api::StringMap monitor_labels(const Context& context);

// monitoring.coreos.com/v1 ServiceMonitor that selects the blueprint's Service. A scrape's timeout
// never exceeds its interval, which Prometheus refuses: of the two, the one that was not given
// gives way. REQUIRES: there are ports.
Object render_service_monitor(const Context& context);

}  // namespace blueprint
