#pragma once

// The blueprint with every default filled in: by profile, by derivation from other fields, or fixed
// (api.md, "Defaults by profile"). Rendering and status read this and never the optionals of the
// blueprint, so a default is decided in one place.

#include <string>
#include <vector>

#include "api/blueprint.h"

namespace blueprint {

struct ShutdownTimes {
  std::int64_t delay_seconds = 0;
  std::int64_t drain_seconds = 0;
  std::int64_t grace_seconds = 0;
};

struct ReplicaBounds {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

api::Profile profile_of(const api::BlueprintSpec& spec);
// Of a blueprint that is not autoscaled.
std::int64_t replicas_of(const api::BlueprintSpec& spec);
// Whether a HorizontalPodAutoscaler decides the number of replicas.
bool is_autoscaled(const api::BlueprintSpec& spec);
// At least 1; where the minimum was not given, it gives way to the maximum.
ReplicaBounds replica_bounds(const api::Autoscaling& given, const api::Defaults& defaults);
std::vector<api::Port> ports_of(const api::BlueprintSpec& spec);
api::Resources resources_of(const api::BlueprintSpec& spec);
ShutdownTimes shutdown_of(const api::BlueprintSpec& spec);
// The raw version: given, else the image's tag, else the first 12 characters of its digest, else
// "latest".
std::string version_of(const api::BlueprintSpec& spec);
bool disruption_enabled(const api::BlueprintSpec& spec);
// How many of `desired` replicas may be away while the service still counts as serving; at least 1
// when disruption is off.
std::int64_t tolerated_unavailable(const api::BlueprintSpec& spec, std::int64_t desired);
bool monitoring_enabled(const api::BlueprintSpec& spec);
// Whether a NetworkPolicy is made. Whoever says who may connect wants it to hold.
bool network_policy_enabled(const api::BlueprintSpec& spec);
bool tracing_enabled(const api::BlueprintSpec& spec);

}  // namespace blueprint
