#pragma once

// Security contexts that Pod Security "restricted" accepts by construction (KEP-2579). The ids are
// repeated on the container, where checkers of manifests look for them.

#include <nlohmann/json.hpp>

#include "api/blueprint.h"

namespace blueprint {

nlohmann::json pod_security_context(const api::Security& security);
nlohmann::json container_security_context(const api::Security& security);

}  // namespace blueprint
