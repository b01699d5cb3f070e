#include "blueprint/route.h"

#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;

constexpr const char* kRoute = "HTTPRoute";
constexpr const char* kIngress = "Ingress";

json spec_of_child(const std::string& spec, const char* kind) {
  const json child = child_of(blueprint_of(spec), kind);
  return child == nullptr ? json() : child["spec"];
}

TEST(Route, IsNoneUnlessExposed) {
  EXPECT_EQ(spec_of_child("", kRoute), nullptr);
  EXPECT_EQ(spec_of_child("", kIngress), nullptr);
}

TEST(Route, IsOneOfTheTwoKinds) {
  constexpr const char* kByGateway = "expose: {hosts: [a.b], gateway: {name: g}}";
  EXPECT_NE(spec_of_child(kByGateway, kRoute), nullptr);
  EXPECT_EQ(spec_of_child(kByGateway, kIngress), nullptr);
  EXPECT_EQ(spec_of_child("expose: {hosts: [a.b]}", kRoute), nullptr);
  EXPECT_NE(spec_of_child("expose: {hosts: [a.b], ingressClassName: c}", kIngress), nullptr);
}

TEST(Route, LeavesOutWhatTheClusterDecides) {
  const json route = spec_of_child("expose: {hosts: [a.b], gateway: {name: g}}", kRoute);
  EXPECT_EQ(route["parentRefs"], (json::array({{{"name", "g"}}})));
  const json ingress = spec_of_child("expose: {hosts: [a.b]}", kIngress);
  EXPECT_FALSE(ingress.contains("ingressClassName"));
  EXPECT_FALSE(ingress.contains("tls"));
}

TEST(Route, LeadsToTheServicePortOfTheNamedPort) {
  const std::string ports = "ports: [{name: a, port: 1, servicePort: 2}, {name: b, port: 3}], ";
  const auto ingress_port = [&](const std::string& port) {
    return spec_of_child("{" + ports + "expose: {hosts: [a.b]" + port + "}}", kIngress)
        .at("/rules/0/http/paths/0/backend/service/port/number"_json_pointer);
  };
  EXPECT_EQ(ingress_port(""), 2);
  EXPECT_EQ(ingress_port(", port: 1"), 2);
  EXPECT_EQ(ingress_port(", port: b"), 3);
  EXPECT_EQ(
      spec_of_child("{" + ports + "expose: {hosts: [a.b], gateway: {name: g}, port: a}}", kRoute)
          .at("/rules/0/backendRefs/0/port"_json_pointer),
      2);
}

TEST(Route, HasOnePathForAllHosts) {
  const json ingress = spec_of_child("expose: {hosts: [a.b, c.d], path: /x}", kIngress);
  ASSERT_EQ(ingress["rules"].size(), 2U);
  EXPECT_EQ(ingress["rules"][0]["http"], ingress["rules"][1]["http"]);
  const json route =
      spec_of_child("expose: {hosts: [a.b, c.d], path: /x, gateway: {name: g}}", kRoute);
  EXPECT_EQ(route["rules"].size(), 1U);
  EXPECT_EQ(route["hostnames"], (json{"a.b", "c.d"}));
}

}  // namespace
}  // namespace blueprint
