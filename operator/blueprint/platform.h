#pragma once

// What a platform team decides for every blueprint of its cluster, from the operator's
// configuration file:
//
//   defaults:                  # where an author leaves a field out; by profile
//     production: {replicas: 3, resources: {limits: {cpu: "1"}}}
//   enforced:                  # wins over what an author wrote
//     network: {policy: true}
//   network:                   # whose pods may reach a service by default, see Facts
//     monitoringNamespaces: [monitoring]
//     gatewayNamespaces: [gateways]
//   monitoring:
//     labels: {release: prometheus}
//
// A changed default reaches a blueprint when its author changes it next (controller/rendering);
// everything else reaches it at once.

#include <array>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/blueprint.h"
#include "api/settings.h"
#include "blueprint/facts.h"

namespace blueprint {

struct Platform {
  std::array<api::Defaults, 3> defaults{api::built_in_defaults(api::Profile::kProduction),
                                        api::built_in_defaults(api::Profile::kStaging),
                                        api::built_in_defaults(api::Profile::kDevelopment)};
  api::Settings enforced;
  api::StringMap monitor_labels;
  std::vector<std::string> monitoring_namespaces;
  std::vector<std::string> gateway_namespaces;

  const api::Defaults& defaults_of(api::Profile profile) const {
    return defaults[static_cast<std::size_t>(profile)];
  }

  bool operator==(const Platform&) const = default;
};

// Reads `defaults`, `enforced` and `network` of a configuration into `platform`, and passes over
// every other key. Throws api::DecodeError: one line that names each mistake and what is allowed.
void read_platform(const nlohmann::json& configuration, Platform& platform);

// `spec` with what the platform enforces in place of what its author wrote. Resources are those of
// the main container; the pull policy and the security context hold for every container. A number
// of replicas is not enforced on a blueprint that is autoscaled, which cannot have one.
api::BlueprintSpec enforced_on(api::BlueprintSpec spec, const api::Settings& enforced);

// The facts that the platform decides on.
Facts facts_of(const Platform& platform);

}  // namespace blueprint
