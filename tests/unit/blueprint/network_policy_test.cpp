#include "blueprint/network_policy.h"

#include <gtest/gtest.h>

#include "blueprint/defaults.h"

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;

json policy_of(const std::string& spec, const Facts& facts = {}) {
  for (const Object& object : render(blueprint_of(spec), facts)) {
    if (object.resource == api::kNetworkPolicy) return object.body["spec"];
  }
  return nullptr;
}

// The egress ports that are open to any address.
json standing_ports(const std::string& spec) { return policy_of(spec)["egress"][0]["ports"]; }

TEST(NetworkPolicy, IsMadeWhereAskedForOrImplied) {
  EXPECT_EQ(policy_of(""), nullptr);
  EXPECT_EQ(policy_of("network: {policy: false}"), nullptr);
  EXPECT_NE(policy_of("network: {policy: true}"), nullptr);
  EXPECT_NE(policy_of("network: {allowFrom: []}"), nullptr);
  EXPECT_NE(policy_of("network: {allowTo: []}"), nullptr);
  api::BlueprintSpec hardened = spec_of("");
  hardened.defaults.network_policy = true;
  EXPECT_TRUE(network_policy_enabled(hardened));
  hardened.network.policy = false;
  EXPECT_FALSE(network_policy_enabled(hardened));
}

TEST(NetworkPolicy, SelectsByOneLabel) {
  EXPECT_EQ(policy_of("network: {policy: true}")["podSelector"],
            (json{{"matchLabels", {{"app.kubernetes.io/instance", "shop"}}}}));
}

TEST(NetworkPolicy, LetsTheNamespaceAndThePlatformIn) {
  const Facts facts{.monitoring_namespaces = {"monitoring", "shared"},
                    .gateway_namespaces = {"shared", "gateways"},
                    .restart_trigger = {}};
  const json spec = policy_of("network: {policy: true}", facts);
  ASSERT_EQ(spec["ingress"].size(), 1U);
  const json from = spec["ingress"][0]["from"];
  ASSERT_EQ(from.size(), 4U) << "a namespace that is both is named once";
  EXPECT_EQ(from[0], (json{{"podSelector", json::object()}}));
  EXPECT_EQ(from[1]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], "gateways");
  EXPECT_EQ(spec["policyTypes"], (json{"Ingress"}));
}

TEST(NetworkPolicy, LetsNobodyInWhereTheListIsEmptyOrNothingListens) {
  for (const char* const spec :
       {"network: {allowFrom: []}", "{ports: [], network: {policy: true}}"}) {
    EXPECT_FALSE(policy_of(spec).contains("ingress")) << spec;
    EXPECT_EQ(policy_of(spec)["policyTypes"], (json{"Ingress"})) << spec;
  }
}

TEST(NetworkPolicy, OpensTheDeclaredPortsByName) {
  const json ports = policy_of(
      "{ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}], network: "
      "{allowFrom: "
      "[{blueprint: cart}]}}")["ingress"][0]["ports"];
  EXPECT_EQ(ports, (json{{{"port", "http"}, {"protocol", "TCP"}},
                         {{"port", "dns"}, {"protocol", "UDP"}}}));
}

TEST(NetworkPolicy, LeavesTheWayOutOpenUnlessItIsLimited) {
  EXPECT_FALSE(policy_of("network: {policy: true}").contains("egress"));
  const json limited = policy_of("network: {allowTo: [{namespace: db}]}");
  EXPECT_EQ(limited["policyTypes"], (json{"Ingress", "Egress"}));
  EXPECT_TRUE(limited.contains("ingress")) << "the default of allowFrom holds";
  EXPECT_FALSE(limited["egress"][1].contains("ports")) << "all ports";
}

TEST(NetworkPolicy, AlwaysLetsDnsAndTracesOut) {
  EXPECT_EQ(standing_ports("network: {allowTo: []}"),
            (json{{{"port", 53}, {"protocol", "UDP"}}, {{"port", 53}, {"protocol", "TCP"}}}));
  EXPECT_EQ(standing_ports("{network: {allowTo: []}, tracing: {enabled: true, endpoint: "
                           "'https://traces.example.com/v1'}}")
                .back(),
            (json{{"port", 443}, {"protocol", "TCP"}}));
  EXPECT_EQ(standing_ports("{network: {allowTo: []}, tracing: {endpoint: 'http://c:4318'}}").size(),
            2U)
      << "tracing is off";
}

}  // namespace
}  // namespace blueprint
