#include "api/defaults.h"

namespace api {

const Defaults& built_in_defaults(Profile profile) {
  static const Defaults production{.replicas = 2,
                                   .cpu_request = "100m",
                                   .memory_request = "128Mi",
                                   .memory_limit = "128Mi",
                                   .cpu_limit = {},
                                   .ephemeral_storage_request = {},
                                   .ephemeral_storage_limit = {},
                                   .disruption = true,
                                   .delay_seconds = 10,
                                   .drain_seconds = 20,
                                   .spread = Spread::kZoneAndHost,
                                   .log_level = "info",
                                   .sampling_ratio = 0.1,
                                   .image_pull_policy = {},
                                   .priority_class_name = {}};
  static const Defaults staging{.replicas = 1,
                                .cpu_request = "50m",
                                .memory_request = "128Mi",
                                .memory_limit = "128Mi",
                                .cpu_limit = {},
                                .ephemeral_storage_request = {},
                                .ephemeral_storage_limit = {},
                                .disruption = true,
                                .delay_seconds = 5,
                                .drain_seconds = 20,
                                .spread = Spread::kHost,
                                .log_level = "info",
                                .sampling_ratio = 0.5,
                                .image_pull_policy = {},
                                .priority_class_name = {}};
  static const Defaults development{.replicas = 1,
                                    .cpu_request = "10m",
                                    .memory_request = "64Mi",
                                    .memory_limit = "256Mi",
                                    .cpu_limit = {},
                                    .ephemeral_storage_request = {},
                                    .ephemeral_storage_limit = {},
                                    .disruption = false,
                                    .delay_seconds = 0,
                                    .drain_seconds = 5,
                                    .spread = Spread::kNone,
                                    .log_level = "debug",
                                    .sampling_ratio = 1.0,
                                    .image_pull_policy = {},
                                    .priority_class_name = {}};
  switch (profile) {
    case Profile::kStaging:
      return staging;
    case Profile::kDevelopment:
      return development;
    case Profile::kProduction:
      break;
  }
  return production;
}

Spread spread_named(std::string_view name) {
  if (name == "None") return Spread::kNone;
  return name == "Host" ? Spread::kHost : Spread::kZoneAndHost;
}

std::string_view name_of(Spread spread) {
  switch (spread) {
    case Spread::kNone:
      return "None";
    case Spread::kHost:
      return "Host";
    case Spread::kZoneAndHost:
      break;
  }
  return "ZoneAndHost";
}

}  // namespace api
