#include "blueprint/defaults.h"

#include <gtest/gtest.h>

#include "blueprint/image.h"

#include "specs.h"

namespace blueprint {
namespace {

TEST(Defaults, ComeFromTheProfile) {
  EXPECT_EQ(profile_of(spec_of("")), api::Profile::kProduction);
  EXPECT_EQ(replicas_of(spec_of("")), 2);
  EXPECT_EQ(replicas_of(spec_of("profile: staging")), 1);
  EXPECT_EQ(replicas_of(spec_of("profile: development")), 1);
  EXPECT_TRUE(disruption_enabled(spec_of("profile: staging")));
  EXPECT_FALSE(disruption_enabled(spec_of("profile: development")));
}

TEST(Defaults, GiveWayToGivenValues) {
  EXPECT_EQ(replicas_of(spec_of("replicas: 0")), 0);
  EXPECT_TRUE(disruption_enabled(spec_of("{profile: development, disruption: {enabled: true}}")));
}

TEST(Ports, AreHttpOn8080BehindPort80ByDefault) {
  const std::vector<api::Port> ports = ports_of(spec_of(""));
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(ports[0].name, "http");
  EXPECT_EQ(ports[0].port, 8080);
  EXPECT_EQ(ports[0].service_port, 80);
  EXPECT_EQ(ports[0].protocol, "TCP");
}

TEST(Ports, HaveTheirOwnNumberAsServicePortWhereGiven) {
  EXPECT_EQ(ports_of(spec_of("ports: [{name: a, port: 9000}]")).at(0).service_port, 9000);
  EXPECT_EQ(ports_of(spec_of("ports: [{name: a, port: 9000, servicePort: 90}]")).at(0).service_port,
            90);
}

TEST(Ports, AreNoneForAWorker) { EXPECT_TRUE(ports_of(spec_of("ports: []")).empty()); }

struct ImageCase {
  const char* image;
  const char* version;
  const char* pull_policy;
};

std::ostream& operator<<(std::ostream& stream, const ImageCase& parameter) {
  return stream << as_name(parameter.image);
}

class Image : public testing::TestWithParam<ImageCase> {};

TEST_P(Image, DecidesOnVersionAndPullPolicy) {
  const api::BlueprintSpec spec = spec_of(std::string("image: \"") + GetParam().image + "\"");
  EXPECT_EQ(version_of(spec), GetParam().version);
  EXPECT_EQ(pull_policy_of(spec), GetParam().pull_policy);
}

INSTANTIATE_TEST_SUITE_P(
    References, Image,
    testing::Values(ImageCase{"shop:1.4.2", "1.4.2", "IfNotPresent"},
                    ImageCase{"shop", "latest", "Always"},
                    ImageCase{"shop:latest", "latest", "Always"},
                    ImageCase{"registry:5000/team/shop", "latest", "Always"},
                    ImageCase{"registry:5000/team/shop:2", "2", "IfNotPresent"},
                    ImageCase{"shop@sha256:0123456789abcdef", "0123456789ab", "IfNotPresent"},
                    ImageCase{"shop:3@sha256:0123456789abcdef", "3", "IfNotPresent"},
                    ImageCase{"shop:latest@sha256:0123456789abcdef", "latest", "IfNotPresent"}));

TEST(PullPolicy, IsThePlatformsUnlessGiven) {
  api::BlueprintSpec spec = spec_of("image: 'shop:1'");
  spec.defaults.image_pull_policy = "Always";
  EXPECT_EQ(pull_policy_of(spec), "Always");
  spec.image_pull_policy = "Never";
  EXPECT_EQ(pull_policy_of(spec), "Never");
}

TEST(Version, IsTheGivenOne) { EXPECT_EQ(version_of(spec_of("version: v9+x")), "v9+x"); }

TEST(ToleratedUnavailable, IsTheBudgets) {
  EXPECT_EQ(tolerated_unavailable(spec_of(""), 5), 1);
  EXPECT_EQ(tolerated_unavailable(spec_of("disruption: {maxUnavailable: 3}"), 5), 3);
}

TEST(ToleratedUnavailable, RoundsPercentagesUp) {
  EXPECT_EQ(tolerated_unavailable(spec_of("disruption: {maxUnavailable: 25%}"), 5), 2);
  EXPECT_EQ(tolerated_unavailable(spec_of("disruption: {maxUnavailable: 20%}"), 5), 1);
  EXPECT_EQ(tolerated_unavailable(spec_of("disruption: {maxUnavailable: 1%}"), 2), 1);
}

TEST(ToleratedUnavailable, IsOneWithoutABudget) {
  EXPECT_EQ(tolerated_unavailable(spec_of("disruption: {enabled: false, maxUnavailable: 4}"), 5),
            1);
  EXPECT_EQ(tolerated_unavailable(spec_of("profile: development"), 1), 1);
}

TEST(Monitoring, IsOnUnlessTurnedOffOrAWorker) {
  EXPECT_TRUE(monitoring_enabled(spec_of("")));
  EXPECT_FALSE(monitoring_enabled(spec_of("monitoring: {enabled: false}")));
  EXPECT_FALSE(monitoring_enabled(spec_of("{ports: [], monitoring: {enabled: true}}")));
}

}  // namespace
}  // namespace blueprint
