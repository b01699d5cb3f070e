#include "blueprint/autoscaler.h"

#include <gtest/gtest.h>

#include "blueprint/defaults.h"

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;

ReplicaBounds bounds_of(const api::BlueprintSpec& spec) {
  return replica_bounds(spec.autoscaling.value(), spec.defaults);
}
ReplicaBounds bounds_of(const std::string& spec) { return bounds_of(spec_of(spec)); }

json autoscaler_of(const std::string& spec) {
  return child_of(blueprint_of(spec), "HorizontalPodAutoscaler")["spec"];
}

std::optional<std::int64_t> cpu_target(const std::string& autoscaling) {
  return cpu_target_of(*spec_of("autoscaling: " + autoscaling).autoscaling);
}

TEST(ReplicaBounds, BeginAtTheProfilesReplicas) {
  EXPECT_EQ(bounds_of("autoscaling: {maxReplicas: 9}").min, 2);
  EXPECT_EQ(bounds_of("autoscaling: {maxReplicas: 9}").max, 9);
  EXPECT_EQ(bounds_of("{profile: staging, autoscaling: {maxReplicas: 9}}").min, 1);
  EXPECT_EQ(bounds_of("autoscaling: {minReplicas: 5, maxReplicas: 9}").min, 5);
}

TEST(ReplicaBounds, GiveWayToTheMaximumAndAreNeverZero) {
  EXPECT_EQ(bounds_of("autoscaling: {maxReplicas: 1}").min, 1);
  api::BlueprintSpec spec = spec_of("autoscaling: {maxReplicas: 9}");
  spec.defaults.replicas = 0;
  EXPECT_EQ(bounds_of(spec).min, 1);
}

TEST(CpuTarget, IsTheDefaultOnlyWhereNoOtherMetricIsGiven) {
  EXPECT_EQ(cpu_target("{maxReplicas: 9}"), 75);
  EXPECT_EQ(cpu_target("{maxReplicas: 9, metrics: []}"), 75);
  EXPECT_EQ(cpu_target("{maxReplicas: 9, cpuUtilization: 50, memoryUtilization: 80}"), 50);
  EXPECT_EQ(cpu_target("{maxReplicas: 9, memoryUtilization: 80}"), std::nullopt);
  EXPECT_EQ(cpu_target("{maxReplicas: 9, metrics: [{type: External}]}"), std::nullopt);
}

TEST(Autoscaler, TargetsTheDeploymentAndComesLast) {
  const api::Blueprint blueprint = blueprint_of("autoscaling: {maxReplicas: 9}");
  const std::vector<Object> objects = render(blueprint, {});
  EXPECT_EQ(objects.back().resource, api::kHorizontalPodAutoscaler);
  EXPECT_EQ(objects.back().body["spec"]["scaleTargetRef"],
            (json{{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "shop"}}));
}

TEST(Autoscaler, LeavesTheNumberOfReplicasToItself) {
  EXPECT_FALSE(
      child_of(blueprint_of("autoscaling: {maxReplicas: 9}"), "Deployment")["spec"].contains(
          "replicas"));
  EXPECT_TRUE(child_of(blueprint_of(""), "Deployment")["spec"].contains("replicas"));
}

TEST(Autoscaler, HasADisruptionBudgetWhateverTheDefaultNumber) {
  api::Blueprint blueprint = blueprint_of("autoscaling: {maxReplicas: 9}");
  blueprint.spec.defaults.replicas = 0;
  EXPECT_NE(child_of(blueprint, "PodDisruptionBudget"), nullptr);
}

TEST(Autoscaler, MeasuresTheMainContainerAlone) {
  const json metrics =
      autoscaler_of("autoscaling: {maxReplicas: 9, memoryUtilization: 80, cpuUtilization: 60}")
          .at("metrics");
  ASSERT_EQ(metrics.size(), 2U);
  for (const json& metric : metrics) {
    EXPECT_EQ(metric["type"], "ContainerResource");
    EXPECT_EQ(metric["containerResource"]["container"], "shop");
  }
  EXPECT_EQ(metrics[0]["containerResource"]["name"], "cpu");
  EXPECT_EQ(metrics[1]["containerResource"]["target"]["averageUtilization"], 80);
}

TEST(Autoscaler, PassesMetricsAndBehaviourOn) {
  const json spec = autoscaler_of(
      "autoscaling: {maxReplicas: 9, cpuUtilization: 60, metrics: [{type: External}], behavior: "
      "{scaleUp: {selectPolicy: Max}}}");
  EXPECT_EQ(spec["metrics"].size(), 2U);
  EXPECT_EQ(spec["metrics"][1], (json{{"type", "External"}}));
  EXPECT_EQ(spec["behavior"], (json{{"scaleUp", {{"selectPolicy", "Max"}}}}));
}

TEST(Autoscaler, SlowsTheWayDown) {
  EXPECT_EQ(
      autoscaler_of("autoscaling: {maxReplicas: 9, scaleDownStabilizationSeconds: 0}")["behavior"],
      (json{{"scaleDown", {{"stabilizationWindowSeconds", 0}}}}));
  EXPECT_FALSE(autoscaler_of("autoscaling: {maxReplicas: 9}").contains("behavior"));
}

}  // namespace
}  // namespace blueprint
