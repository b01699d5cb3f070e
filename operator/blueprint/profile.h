#pragma once

// The table "Defaults by profile" of the API.

#include <cstdint>
#include <string_view>

#include "api/blueprint.h"

namespace blueprint {

enum class Spread { kNone, kHost, kZoneAndHost };

struct ProfileDefaults {
  std::int64_t replicas;
  std::string_view cpu_request;
  std::string_view memory_request;
  std::string_view memory_limit;
  bool disruption;
  std::int64_t delay_seconds;
  std::int64_t drain_seconds;
  Spread spread;
  std::string_view log_level;
};

inline constexpr ProfileDefaults kProduction{.replicas = 2,
                                             .cpu_request = "100m",
                                             .memory_request = "128Mi",
                                             .memory_limit = "128Mi",
                                             .disruption = true,
                                             .delay_seconds = 10,
                                             .drain_seconds = 20,
                                             .spread = Spread::kZoneAndHost,
                                             .log_level = "info"};
inline constexpr ProfileDefaults kStaging{.replicas = 1,
                                          .cpu_request = "50m",
                                          .memory_request = "128Mi",
                                          .memory_limit = "128Mi",
                                          .disruption = true,
                                          .delay_seconds = 5,
                                          .drain_seconds = 20,
                                          .spread = Spread::kHost,
                                          .log_level = "info"};
inline constexpr ProfileDefaults kDevelopment{.replicas = 1,
                                              .cpu_request = "10m",
                                              .memory_request = "64Mi",
                                              .memory_limit = "256Mi",
                                              .disruption = false,
                                              .delay_seconds = 0,
                                              .drain_seconds = 5,
                                              .spread = Spread::kNone,
                                              .log_level = "debug"};

inline const ProfileDefaults& profile_defaults(const api::BlueprintSpec& spec) {
  switch (spec.profile.value_or(api::Profile::kProduction)) {
    case api::Profile::kStaging:
      return kStaging;
    case api::Profile::kDevelopment:
      return kDevelopment;
    case api::Profile::kProduction:
      break;
  }
  return kProduction;
}

}  // namespace blueprint
