#pragma once

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// monitoring.coreos.com/v1 PrometheusRule: what a person should be told about this service. Reads
// the metrics of kube-state-metrics, of the kubelet (cAdvisor) and of Prometheus itself under the
// names and labels that the Prometheus Operator's own stack gives them. What is rendered holds no
// number that changes with the service's size, so that scaling writes no rule.
Object render_alerts(const Context& context);

}  // namespace blueprint
