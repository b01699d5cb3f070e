#include "blueprint/rollout.h"

#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;

json strategy_of(const std::string& rollout) {
  return rollout_fields(spec_of("rollout: " + rollout)).at("strategy");
}

json rolling(const json& surge, const json& unavailable) {
  return {{"type", "RollingUpdate"},
          {"rollingUpdate", {{"maxSurge", surge}, {"maxUnavailable", unavailable}}}};
}

TEST(Rollout, WritesTypeAndBothValuesOfARollingUpdate) {
  EXPECT_EQ(strategy_of("{}"), rolling("25%", 0));
}

TEST(Rollout, NeverDerivesTwoZeros) {
  EXPECT_EQ(strategy_of("{maxSurge: 0}"), rolling(0, 1));
  EXPECT_EQ(strategy_of("{maxSurge: 0%}"), rolling("0%", 1));
  EXPECT_EQ(strategy_of("{maxUnavailable: 0}"), rolling("25%", 0));
}

TEST(Rollout, RecreatesWithoutTheValuesOfARollingUpdate) {
  EXPECT_EQ(strategy_of("{strategy: Recreate}"), (json{{"type", "Recreate"}}));
}

TEST(Rollout, RecreatesASinglePodWithAClaim) {
  const auto type = [](const std::string& spec) {
    return rollout_fields(spec_of("{volumes: [{name: d, mountPath: /d, persistentVolumeClaim: "
                                  "{claimName: d}}], " +
                                  spec + "}"))
        .at("strategy")
        .at("type");
  };
  EXPECT_EQ(type("replicas: 1"), "Recreate");
  EXPECT_EQ(type("profile: staging"), "Recreate");
  EXPECT_EQ(type("replicas: 2"), "RollingUpdate");
  EXPECT_EQ(type("replicas: 1, rollout: {strategy: RollingUpdate}"), "RollingUpdate");
  EXPECT_EQ(type("replicas: 1, rollout: {maxSurge: 1}"), "RollingUpdate");
  EXPECT_EQ(rollout_fields(spec_of("{replicas: 1, volumes: [{name: d, mountPath: /d, emptyDir: "
                                   "{}}]}"))
                .at("strategy")
                .at("type"),
            "RollingUpdate");
}

TEST(Rollout, RecreatesNoAutoscaledPods) {
  api::BlueprintSpec spec = spec_of(
      "{profile: staging, volumes: [{name: d, mountPath: /d, persistentVolumeClaim: {claimName: "
      "d}}]}");
  spec.autoscaling = api::Autoscaling{.max_replicas = 3};
  EXPECT_EQ(rollout_fields(spec).at("strategy"), rolling("25%", 0));
}

TEST(Rollout, DerivesADeadlineThatCoversTheStart) {
  const auto deadline = [](const std::string& spec) {
    return rollout_fields(spec_of(spec)).at("progressDeadlineSeconds");
  };
  EXPECT_EQ(deadline(""), 600);
  EXPECT_EQ(deadline("probes: {startup: {budgetSeconds: 480}}"), 600);
  EXPECT_EQ(deadline("probes: {startup: {budgetSeconds: 481}}"), 601);
  EXPECT_EQ(deadline("rollout: {minReadySeconds: 200}"), 620);
  EXPECT_EQ(
      deadline("{rollout: {progressDeadlineSeconds: 60}, probes: {startup: {budgetSeconds: 900}}}"),
      60);
}

}  // namespace
}  // namespace blueprint
