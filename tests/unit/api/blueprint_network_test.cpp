// Autoscaling, network, expose and alerts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/blueprint.h"

namespace api {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

BlueprintSpec spec_of(const char* text) {
  json spec = json::parse(text);
  spec["image"] = "shop:1";
  return decode_spec(spec);
}

std::string error_of(const char* text) {
  try {
    spec_of(text);
  } catch (const DecodeError& error) {
    return error.what();
  }
  return "";
}

TEST(DecodeAutoscaling, KeepsAbsentApartFromGiven) {
  EXPECT_FALSE(spec_of("{}").autoscaling);
  const Autoscaling least = *spec_of(R"({"autoscaling": {"maxReplicas": 3}})").autoscaling;
  EXPECT_EQ(least.max_replicas, 3);
  EXPECT_FALSE(least.min_replicas);
  EXPECT_FALSE(least.cpu_utilization);
  EXPECT_FALSE(least.behavior);
  EXPECT_THAT(least.metrics, IsEmpty());
}

TEST(DecodeAutoscaling, ReadsNumbersAndKeepsRawParts) {
  const Autoscaling given =
      *spec_of(
           R"({"autoscaling": {"minReplicas": 2, "maxReplicas": 3, "cpuUtilization": 60,
          "memoryUtilization": 70, "scaleDownStabilizationSeconds": 0,
          "metrics": [{"type": "Pods", "pods": null}], "behavior": {"scaleUp": {}}}})")
           .autoscaling;
  EXPECT_EQ(given.min_replicas, 2);
  EXPECT_EQ(given.cpu_utilization, 60);
  EXPECT_EQ(given.memory_utilization, 70);
  EXPECT_EQ(given.scale_down_stabilization_seconds, 0);
  EXPECT_THAT(given.metrics, ElementsAre(json{{"type", "Pods"}})) << "null is the same as absent";
  EXPECT_EQ(given.behavior, (json{{"scaleUp", json::object()}}));
}

TEST(DecodeNetwork, TellsNobodyFromEverybody) {
  EXPECT_FALSE(spec_of(R"({"network": {}})").network.allow_from);
  const Network nobody = spec_of(R"({"network": {"allowFrom": [], "allowTo": []}})").network;
  EXPECT_THAT(nobody.allow_from.value(), IsEmpty());
  EXPECT_THAT(nobody.allow_to.value(), IsEmpty());
  EXPECT_FALSE(nobody.policy);
}

TEST(DecodeNetwork, ReadsPeers) {
  const Network network = spec_of(
                              R"({"network": {"policy": true,
          "allowFrom": [{"blueprint": "a", "namespace": "b", "ports": [{"port": "http"}]}],
          "allowTo": [{"cidr": "10.0.0.0/8", "ports": [{"port": 1, "protocol": "SCTP"}]}]}})")
                              .network;
  EXPECT_EQ(network.policy, true);
  ASSERT_THAT(network.allow_from.value(), SizeIs(1));
  const Peer& source = network.allow_from->front();
  EXPECT_EQ(source.blueprint, "a");
  EXPECT_EQ(source.namespace_, "b");
  ASSERT_THAT(source.ports, SizeIs(1));
  EXPECT_EQ(std::get<std::string>(source.ports[0].port), "http");
  EXPECT_EQ(source.ports[0].protocol, "TCP");
  ASSERT_THAT(network.allow_to.value(), SizeIs(1));
  EXPECT_EQ(network.allow_to->front().cidr, "10.0.0.0/8");
  EXPECT_EQ(network.allow_to->front().ports[0].protocol, "SCTP");
}

TEST(DecodeExpose, ReadsBothWays) {
  const Expose route = *spec_of(
                            R"({"expose": {"hosts": ["a.b"], "path": "/x", "port": 1,
          "gateway": {"name": "g", "namespace": "n"}}})")
                            .expose;
  EXPECT_THAT(route.hosts, ElementsAre("a.b"));
  EXPECT_EQ(route.path, "/x");
  EXPECT_EQ(std::get<std::int64_t>(route.port.value()), 1);
  EXPECT_EQ(route.gateway.value().name, "g");
  EXPECT_EQ(route.gateway.value().namespace_, "n");
  const Expose ingress =
      *spec_of(R"({"expose": {"hosts": [], "ingressClassName": "c", "tlsSecretName": "t"}})")
           .expose;
  EXPECT_FALSE(ingress.gateway);
  EXPECT_EQ(ingress.ingress_class_name, "c");
  EXPECT_EQ(ingress.tls_secret_name, "t");
}

TEST(DecodeMonitoring, ReadsWhetherThereAreAlerts) {
  EXPECT_FALSE(spec_of(R"({"monitoring": {"alerts": {}}})").monitoring.alerts);
  EXPECT_TRUE(spec_of(R"({"monitoring": {"alerts": {"enabled": true}}})").monitoring.alerts);
}

TEST(DecodeNetwork, RefusesWithThePathAndWhatIsAllowed) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"({"autoscaling": {}})", "spec.autoscaling.maxReplicas: is required"},
      {R"({"autoscaling": {"maxReplicas": 0}})", "maxReplicas: must be a whole number from 1"},
      {R"({"autoscaling": {"maxReplicas": 1, "minReplicas": 0}})", "minReplicas: must be a whole"},
      {R"({"autoscaling": {"maxReplicas": 1, "cpuUtilization": 0}})", "cpuUtilization: must be"},
      {R"({"autoscaling": {"maxReplicas": 1, "scaleDownStabilizationSeconds": 3601}})",
       "scaleDownStabilizationSeconds: must be a whole number from 0 to 3600"},
      {R"({"autoscaling": {"maxReplicas": 1, "metrics": [1]}})", "spec.autoscaling.metrics[0]: "},
      {R"({"network": {"allowFrom": [{}]}})",
       "spec.network.allowFrom[0]: at least one of blueprint, namespace and cidr is required"},
      {R"({"network": {"allowTo": [{"cidr": "10.0.0.0/8", "namespace": "a"}]}})",
       "spec.network.allowTo[0]: cidr is not allowed together with blueprint or namespace"},
      {R"({"network": {"allowTo": [{"namespace": "a", "ports": [{"port": "http"}]}]}})",
       "spec.network.allowTo[0].ports[0].port: must be a whole number from 1 to 65535"},
      {R"({"network": {"allowFrom": [{"namespace": "a", "ports": [{"port": 0}]}]}})",
       "spec.network.allowFrom[0].ports[0].port: must be a whole number from 1 to 65535"},
      {R"({"network": {"allowFrom": [{"namespace": "a", "ports": [{"port": 1, "protocol": "x"}]}]}})",
       "spec.network.allowFrom[0].ports[0].protocol: must be one of TCP, UDP, SCTP"},
      {R"({"expose": {}})", "spec.expose.hosts: is required"},
      {R"({"expose": {"hosts": ["a.b"], "gateway": {}}})", "spec.expose.gateway.name: is required"},
      {R"({"monitoring": {"alerts": {"enabled": "yes"}}})", "spec.monitoring.alerts.enabled: "}};
  for (const auto& [spec, message] : cases) EXPECT_THAT(error_of(spec), HasSubstr(message)) << spec;
}

}  // namespace
}  // namespace api
