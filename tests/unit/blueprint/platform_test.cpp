#include "blueprint/platform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blueprint/defaults.h"

#include "specs.h"

namespace blueprint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Platform platform_of(const std::string& configuration) {
  Platform platform;
  read_platform(api::parse_yaml(configuration).at(0), platform);
  return platform;
}

std::string error_of(const std::string& configuration) {
  try {
    platform_of(configuration);
  } catch (const api::DecodeError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Platform, HasTheBuiltInTableWhereNothingIsSaid) {
  const Platform platform = platform_of("logLevel: info");
  for (const api::Profile profile :
       {api::Profile::kProduction, api::Profile::kStaging, api::Profile::kDevelopment}) {
    EXPECT_EQ(platform.defaults_of(profile), api::built_in_defaults(profile));
  }
  EXPECT_EQ(platform, Platform());
}

TEST(Platform, SetsEveryDefaultOfTheProfileThatItNames) {
  const Platform platform = platform_of(R"(
defaults:
  staging:
    replicas: 3
    resources:
      requests: {cpu: 1m, memory: 2Mi, ephemeral-storage: 3Mi}
      limits: {cpu: 4, memory: 5Mi, ephemeral-storage: 6Mi}
    disruption: {enabled: false}
    shutdown: {delaySeconds: 7, drainSeconds: 8}
    scheduling: {spread: None, priorityClassName: high}
    logging: {level: trace, format: text}
    tracing: {samplingRatio: 0.25}
    imagePullPolicy: Always
    network: {policy: true}
)");
  const api::Defaults expected{.replicas = 3,
                               .cpu_request = "1m",
                               .memory_request = "2Mi",
                               .memory_limit = "5Mi",
                               .cpu_limit = "4",
                               .ephemeral_storage_request = "3Mi",
                               .ephemeral_storage_limit = "6Mi",
                               .disruption = false,
                               .delay_seconds = 7,
                               .drain_seconds = 8,
                               .spread = api::Spread::kNone,
                               .log_level = "trace",
                               .log_format = "text",
                               .sampling_ratio = 0.25,
                               .image_pull_policy = "Always",
                               .priority_class_name = "high",
                               .network_policy = true};
  EXPECT_EQ(platform.defaults_of(api::Profile::kStaging), expected);
  EXPECT_EQ(platform.defaults_of(api::Profile::kProduction),
            api::built_in_defaults(api::Profile::kProduction));
}

TEST(Platform, NamesTheNamespacesThatMayReachAService) {
  const Platform platform =
      platform_of("network: {monitoringNamespaces: [monitoring], gatewayNamespaces: [edge, mesh]}");
  const Facts facts = facts_of(platform);
  EXPECT_THAT(facts.monitoring_namespaces, ElementsAre("monitoring"));
  EXPECT_THAT(facts.gateway_namespaces, ElementsAre("edge", "mesh"));
}

TEST(Platform, EnforcesWhatItNamesAndNothingElse) {
  const Platform platform = platform_of(R"(
enforced:
  replicas: 3
  resources: {limits: {cpu: 500m}}
  imagePullPolicy: Always
  network: {policy: true}
  security: {identity: Fixed, readOnlyRootFilesystem: true}
)");
  const api::BlueprintSpec spec = enforced_on(
      spec_of("{replicas: 9, imagePullPolicy: Never, shutdown: {delaySeconds: 3}, "
              "resources: {limits: {cpu: 1, memory: 1Gi}}, security: {identity: FromImage}}"),
      platform.enforced);
  EXPECT_EQ(spec.replicas, 3);
  EXPECT_EQ(spec.resources.limits.cpu->text(), "500m");
  EXPECT_EQ(spec.resources.limits.memory->text(), "1Gi");
  EXPECT_EQ(spec.image_pull_policy, "Always");
  EXPECT_EQ(spec.network.policy, true);
  EXPECT_EQ(spec.security.identity, "Fixed");
  EXPECT_EQ(spec.security.read_only_root_filesystem, true);
  EXPECT_EQ(spec.shutdown.delay_seconds, 3);
}

TEST(Platform, EnforcesNoReplicasOnWhatIsAutoscaled) {
  api::BlueprintSpec spec = spec_of("");
  spec.autoscaling = api::Autoscaling{.max_replicas = 5};
  EXPECT_FALSE(enforced_on(spec, api::Settings{.replicas = 3}).replicas);
}

struct Mistake {
  const char* name;
  const char* configuration;
  const char* error;
};

std::ostream& operator<<(std::ostream& stream, const Mistake& mistake) {
  return stream << mistake.name;
}

class PlatformMistake : public testing::TestWithParam<Mistake> {};

TEST_P(PlatformMistake, IsNamedWithWhatIsAllowed) {
  EXPECT_THAT(error_of(GetParam().configuration), HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    Configurations, PlatformMistake,
    testing::Values(
        Mistake{"profile", "defaults: {prod: {}}",
                "defaults: unknown key \"prod\"; allowed are production, staging, development"},
        Mistake{"key", "defaults: {production: {replica: 1}}",
                "defaults.production: unknown key \"replica\"; allowed are replicas, resources, "},
        Mistake{"nested_key", "defaults: {production: {shutdown: {grace: 1}}}",
                "defaults.production.shutdown: unknown key \"grace\"; allowed are delaySeconds, "
                "drainSeconds"},
        Mistake{"field_that_has_no_default", "defaults: {production: {image: shop:1}}",
                "defaults.production: unknown key \"image\""},
        Mistake{"security_in_defaults", "defaults: {staging: {security: {identity: Fixed}}}",
                "defaults.staging: unknown key \"security\""},
        Mistake{"number", "defaults: {production: {replicas: many}}",
                "defaults.production.replicas: must be a whole number from 0 to 10000"},
        Mistake{"quantity", "enforced: {resources: {limits: {cpu: fast}}}",
                "enforced.resources.limits.cpu: must be a quantity"},
        Mistake{"long_quantity",
                "enforced: {resources: {limits: {cpu: '000000000000000000000000000000000001'}}}",
                "enforced.resources.limits.cpu: must be a quantity"},
        Mistake{"word", "enforced: {scheduling: {spread: Zone}}",
                "enforced.scheduling.spread: must be one of ZoneAndHost, Host, None"},
        Mistake{"ratio", "defaults: {staging: {tracing: {samplingRatio: 2}}}",
                "defaults.staging.tracing.samplingRatio: must be a number from 0 to 1"},
        Mistake{"flag", "enforced: {network: {policy: 1}}",
                "enforced.network.policy: must be true or false"},
        Mistake{"no_mapping", "enforced: []", "enforced: must be an object"},
        Mistake{"no_mapping_below", "defaults: {production: {resources: 1}}",
                "defaults.production.resources: must be an object"},
        Mistake{"limit_below_request", "defaults: {production: {resources: {limits: {cpu: 50m}}}}",
                "defaults.production: resources.limits.cpu 50m must be at least "
                "resources.requests.cpu, which is 100m"},
        Mistake{"enforced_limit_below_request",
                "enforced: {resources: {requests: {memory: 2Gi}, limits: {memory: 1Gi}}}",
                "enforced: resources.limits.memory 1Gi must be at least"},
        Mistake{"namespace", "network: {gatewayNamespaces: [Edge]}",
                "network.gatewayNamespaces[0]: must be the name of a namespace"},
        Mistake{"network_key", "network: {policy: true}",
                "network: unknown key \"policy\"; allowed are monitoringNamespaces, "
                "gatewayNamespaces"}),
    testing::PrintToStringParamName());

TEST(PlatformMistakes, AreAllNamedInOneLine) {
  const std::string error = error_of("{defaults: {prod: {}}, enforced: {replicas: -1}}");
  EXPECT_THAT(error, HasSubstr("\"prod\""));
  EXPECT_THAT(error, HasSubstr("; enforced.replicas: "));
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace blueprint
