// initContainers and sidecars, and what the containers of a pod have in common.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blueprint/pod.h"

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;
using testing::ElementsAre;

json pod_of(const api::Blueprint& blueprint) {
  return child_of(blueprint, "Deployment").at("/spec/template/spec"_json_pointer);
}

json first_init_of(const std::string& spec) {
  return pod_of(blueprint_of(spec)).at("initContainers").at(0);
}

TEST(Containers, StartSidecarsBeforeInitContainersWhichMayNeedThem) {
  const json pod = pod_of(blueprint_of(
      "{initContainers: [{name: b, image: i}, {name: a, image: i}], sidecars: [{name: z, image: "
      "i}, {name: y, image: i}]}"));
  std::vector<std::string> names;
  for (const json& container : pod.at("initContainers")) names.push_back(container.at("name"));
  EXPECT_THAT(names, ElementsAre("z", "y", "b", "a"));
}

TEST(Containers, OnlyKeepSidecarsRunning) {
  EXPECT_EQ(first_init_of("sidecars: [{name: a, image: i}]").at("restartPolicy"), "Always");
  EXPECT_FALSE(first_init_of("initContainers: [{name: a, image: i}]").contains("restartPolicy"));
}

TEST(Containers, HaveTheSecurityContextOfTheMainOne) {
  const std::string spec =
      "{security: {runAsUser: 5, readOnlyRootFilesystem: false}, sidecars: [{name: a, image: i}], "
      "initContainers: [{name: b, image: i}]}";
  const json main = main_container_of(spec).at("securityContext");
  const json pod = pod_of(blueprint_of(spec));
  for (const json& container : pod.at("initContainers"))
    EXPECT_EQ(container.at("securityContext"), main);
}

TEST(Containers, AreSmallUnlessTheySayMore) {
  EXPECT_EQ(
      first_init_of("sidecars: [{name: a, image: i}]").at("resources"),
      json::parse(
          R"({"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}})"));
  EXPECT_EQ(
      first_init_of("initContainers: [{name: a, image: i, resources: {requests: {memory: "
                    "1Gi}, limits: {cpu: 5m}}}]")
          .at("resources"),
      json::parse(
          R"({"requests": {"cpu": "5m", "memory": "1Gi"}, "limits": {"cpu": "5m", "memory": "1Gi"}})"));
}

TEST(Containers, HaveWhatThePlatformSetsForAll) {
  api::Blueprint blueprint = blueprint_of("sidecars: [{name: a, image: 'i:1'}]");
  blueprint.spec.defaults.cpu_limit = "1";
  blueprint.spec.defaults.ephemeral_storage_limit = "1Gi";
  blueprint.spec.defaults.image_pull_policy = "Always";
  const json container = pod_of(blueprint).at("initContainers").at(0);
  EXPECT_EQ(container.at("/resources/limits"_json_pointer),
            json::parse(R"({"cpu": "1", "memory": "128Mi", "ephemeral-storage": "1Gi"})"));
  EXPECT_EQ(container.at("imagePullPolicy"), "Always");
}

TEST(Containers, PullAsTheirOwnImageAsks) {
  EXPECT_EQ(first_init_of("{imagePullPolicy: Never, sidecars: [{name: a, image: i}]}")
                .at("imagePullPolicy"),
            "Always");
  EXPECT_EQ(first_init_of("sidecars: [{name: a, image: 'i:1'}]").at("imagePullPolicy"),
            "IfNotPresent");
}

TEST(Containers, HaveTheirOwnVariablesOnly) {
  const json container = first_init_of(
      "{env: [{name: MAIN, value: m}], sidecars: [{name: a, image: i, env: [{name: Z, value: z}], "
      "secrets: [{name: s, env: {A: a}}, {name: t, envPrefix: ''}]}]}");
  EXPECT_EQ(container.at("env"), json::parse(R"([
      {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a"}}},
      {"name": "Z", "value": "z"}])"));
  EXPECT_EQ(container.at("envFrom"), json::parse(R"([{"secretRef": {"name": "t"}}])"));
}

TEST(Sidecar, IsProbedOnlyWhereAProbeIsGiven) {
  const json quiet = first_init_of("sidecars: [{name: a, image: i, ports: [{name: p, port: 1}]}]");
  EXPECT_FALSE(quiet.contains("livenessProbe"));
  EXPECT_FALSE(quiet.contains("readinessProbe"));
  EXPECT_FALSE(quiet.contains("startupProbe"));
  const json probed = first_init_of(
      "sidecars: [{name: a, image: i, ports: [{name: p, port: 1}], probes: {readiness: {}}}]");
  EXPECT_EQ(probed.at("/readinessProbe/httpGet"_json_pointer),
            json::parse(R"({"path": "/readyz", "port": "p"})"));
  EXPECT_TRUE(probed.contains("startupProbe"));
  EXPECT_FALSE(probed.contains("livenessProbe"));
}

TEST(Sidecar, ResolvesPortsOfItsOwn) {
  const json sidecar = first_init_of(
      "{ports: [{name: web, port: 80}], sidecars: [{name: a, image: i, ports: [{name: p, port: 1}, "
      "{name: q, port: 2, appProtocol: grpc}], probes: {liveness: {port: q}}}]}");
  EXPECT_EQ(sidecar.at("/livenessProbe/grpc/port"_json_pointer), 2);
  EXPECT_EQ(sidecar.at("ports").size(), 2U);
}

TEST(Pod, RestartsWhenWhatItReadsChanges) {
  const char* kTrigger = "serviceblueprint.dev/restart-trigger";
  for (const std::string& trigger : {std::string(), std::string("9f3c")}) {
    for (const Object& object : render(blueprint_of(""), {.restart_trigger = trigger})) {
      if (object.resource != api::kDeployment) continue;
      const json metadata = object.body.at("/spec/template/metadata"_json_pointer);
      EXPECT_EQ(metadata.value("annotations", json::object()).value(kTrigger, ""), trigger);
    }
  }
}

TEST(Pod, IsPlacedAsAsked) {
  const json pod = pod_of(blueprint_of(
      "scheduling: {nodeSelector: {disk: ssd}, tolerations: [{key: gpu, operator: Exists}], "
      "priorityClassName: high, affinity: {nodeAffinity: {x: y}}}"));
  EXPECT_EQ(pod.at("nodeSelector"), (json{{"disk", "ssd"}}));
  EXPECT_EQ(pod.at("tolerations"), json::parse(R"([{"key": "gpu", "operator": "Exists"}])"));
  EXPECT_EQ(pod.at("priorityClassName"), "high");
  EXPECT_EQ(pod.at("/affinity/nodeAffinity/x"_json_pointer), "y");
}

TEST(Pod, HasThePlatformsPriorityUnlessItHasOne) {
  const auto priority = [](const std::string& spec) {
    api::Blueprint blueprint = blueprint_of(spec);
    blueprint.spec.defaults.priority_class_name = "services";
    return pod_of(blueprint).at("priorityClassName");
  };
  EXPECT_EQ(priority(""), "services");
  EXPECT_EQ(priority("scheduling: {priorityClassName: high}"), "high");
}

}  // namespace
}  // namespace blueprint
