#pragma once

// Liveness, readiness and startup probes. Everything that was not given is derived so that the
// probes fit each other: a timeout within its period, a liveness window of at least twice
// readiness's (a busy pod is drained before it is killed), and a startup window that covers the
// budget.

#include <vector>

#include <nlohmann/json.hpp>

#include "api/blueprint.h"

namespace blueprint {

// By default a service is probed and a worker is not.
bool is_probed(const std::optional<api::Probe>& probe, const std::vector<api::Port>& ports);

// Without the default probes: each that is not given is disabled.
api::Probes given_probes(api::Probes probes);

// livenessProbe, readinessProbe and startupProbe of a container, each only where it is to
// be. Startup has the handler of liveness, or readiness's where there is no liveness. REQUIRES: the
// ports that the probes name are among `ports`, and a probe gives a port where these are empty.
nlohmann::json container_probes(const api::Probes& probes, const std::vector<api::Port>& ports);

}  // namespace blueprint
