#pragma once

// The declared ports, and what refers to them.

#include <vector>

#include <nlohmann/json.hpp>

#include "api/blueprint.h"

namespace blueprint {

// The port that `reference` names, or the main port without one. Null when there is none. A number
// means a TCP port: whatever refers to a port by its number connects over TCP.
const api::Port* find_port(const std::vector<api::Port>& ports,
                           const std::optional<api::PortReference>& reference);

// containerPorts of the main container; empty for a worker.
nlohmann::json container_ports(const std::vector<api::Port>& ports);

}  // namespace blueprint
