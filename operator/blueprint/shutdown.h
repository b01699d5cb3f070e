#pragma once

// Graceful termination: the pod leaves the endpoints while its preStop hook sleeps (`delay`), then
// gets SIGTERM and has `drain` to finish its work; the grace period covers both (KEP-3960, native
// sleep). The arithmetic is in shutdown_of (defaults.h).

#include <vector>

#include <nlohmann/json.hpp>

#include "api/blueprint.h"

namespace blueprint {

// What the kubelet itself needs of a grace period besides delay and drain.
inline constexpr std::int64_t kGraceMargin = 2;
inline constexpr std::int64_t kLeastGrace = 5;

// core/v1 Lifecycle; empty when there is no hook.
nlohmann::json lifecycle(const api::BlueprintSpec& spec, const std::vector<api::Port>& ports);

}  // namespace blueprint
