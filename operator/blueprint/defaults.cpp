#include "blueprint/defaults.h"

#include <algorithm>

#include "blueprint/image.h"
#include "blueprint/int_or_percent.h"

namespace blueprint {

api::Profile profile_of(const api::BlueprintSpec& spec) {
  return spec.profile.value_or(api::Profile::kProduction);
}

std::int64_t replicas_of(const api::BlueprintSpec& spec) {
  return spec.replicas.value_or(spec.defaults.replicas);
}

bool is_autoscaled(const api::BlueprintSpec& spec) { return spec.autoscaling.has_value(); }

ReplicaBounds replica_bounds(const api::Autoscaling& given, const api::Defaults& defaults) {
  const std::int64_t max = given.max_replicas;
  const std::int64_t by_default = std::clamp<std::int64_t>(defaults.replicas, 1, max);
  return {.min = given.min_replicas.value_or(by_default), .max = max};
}

std::string version_of(const api::BlueprintSpec& spec) {
  constexpr std::size_t kDigestCharacters = 12;
  if (spec.version) return *spec.version;
  const ImageReference image = parse_image(spec.image);
  if (!image.tag.empty()) return std::string(image.tag);
  if (!image.digest.empty()) return std::string(image.digest.substr(0, kDigestCharacters));
  return "latest";
}

bool disruption_enabled(const api::BlueprintSpec& spec) {
  return spec.disruption.enabled.value_or(spec.defaults.disruption);
}

std::int64_t tolerated_unavailable(const api::BlueprintSpec& spec, std::int64_t desired) {
  if (!disruption_enabled(spec) || !spec.disruption.max_unavailable) return 1;
  return share_of(*spec.disruption.max_unavailable, desired);
}

bool monitoring_enabled(const api::BlueprintSpec& spec) {
  const bool worker = spec.ports && spec.ports->empty();
  return !worker && spec.monitoring.enabled.value_or(true);
}

bool network_policy_enabled(const api::BlueprintSpec& spec) {
  const api::Network& network = spec.network;
  return network.policy.value_or(spec.defaults.network_policy || network.allow_from ||
                                 network.allow_to);
}

bool tracing_enabled(const api::BlueprintSpec& spec) {
  return spec.tracing.enabled.value_or(false);
}

}  // namespace blueprint
