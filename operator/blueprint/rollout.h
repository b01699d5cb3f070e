#pragma once

// How a Deployment replaces its pods.

#include <cstdint>

#include <nlohmann/json.hpp>

#include "api/blueprint.h"

namespace blueprint {

// How long a pod may take to start, in seconds.
std::int64_t startup_budget_of(const api::Probes& probes);

// The fields of apps/v1 DeploymentSpec that say how it rolls: strategy, minReadySeconds,
// progressDeadlineSeconds and revisionHistoryLimit.
nlohmann::json rollout_fields(const api::BlueprintSpec& spec);

}  // namespace blueprint
