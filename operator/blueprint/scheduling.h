#pragma once

// Where pods run.

#include <nlohmann/json.hpp>

#include "blueprint/context.h"

namespace blueprint {

// topologySpreadConstraints; empty when pods need not be spread. They only prefer (ScheduleAnyway):
// a small cluster must still run the service. matchLabelKeys counts the pods of one revision only
// (KEP-3243): during a rolling update the old pods would else push the new ones together, and
// uneven is what remains when the old ones are gone.
nlohmann::json topology_spread(const Context& context);

// nodeSelector, tolerations, priorityClassName and affinity, each only where it is to be.
nlohmann::json placement(const Context& context);

}  // namespace blueprint
