#include "api/blueprint.h"

#include <cctype>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace api {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

json object_with(json spec) {
  return {
      {"apiVersion", "serviceblueprint.dev/v1alpha1"},
      {"kind", "ServiceBlueprint"},
      {"metadata", {{"name", "shop"}, {"namespace", "store"}, {"uid", "u-1"}, {"generation", 3}}},
      {"spec", std::move(spec)}};
}

// The spec of `text` (JSON) with an image.
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

TEST(DecodeBlueprint, ReadsItsIdentity) {
  const Blueprint blueprint = decode_blueprint(object_with({{"image", "shop:1"}}));
  EXPECT_EQ(to_string(blueprint.key), "store/shop");
  EXPECT_EQ(blueprint.uid, "u-1");
  EXPECT_EQ(blueprint.generation, 3);
  EXPECT_EQ(blueprint.spec.image, "shop:1");
}

TEST(DecodeBlueprint, NeedsNeitherUidNorGenerationNorNamespace) {
  json object = object_with({{"image", "shop:1"}});
  object["metadata"] = {{"name", "shop"}};
  const Blueprint blueprint = decode_blueprint(object);
  EXPECT_EQ(blueprint.key, (ObjectKey{"", "shop"}));
  EXPECT_EQ(blueprint.generation, 0);
}

TEST(DecodeBlueprint, RefusesOtherKinds) {
  json object = object_with({{"image", "shop:1"}});
  object["kind"] = "Deployment";
  EXPECT_THROW(decode_blueprint(object), DecodeError);
}

TEST(DecodeBlueprint, RefusesWhatIsNoObject) {
  EXPECT_THROW(decode_blueprint(json::array()), DecodeError);
  EXPECT_THROW(decode_blueprint(json()), DecodeError);
}

TEST(DecodeBlueprint, NamesEveryMissingPart) {
  try {
    decode_blueprint(json::object());
    FAIL() << "was accepted";
  } catch (const DecodeError& error) {
    EXPECT_STREQ(
        error.what(),
        "apiVersion: is required; kind: is required; metadata: is required; spec: is required");
  }
}

TEST(DecodeSpec, NeedsAnImage) {
  EXPECT_THROW(decode_spec(json::object()), DecodeError);
  EXPECT_THROW(decode_spec({{"image", ""}}), DecodeError);
}

TEST(DecodeSpec, BeginsPathsAsAsked) {
  try {
    decode_spec(json::object(), "items[2].spec");
    FAIL() << "was accepted";
  } catch (const DecodeError& error) {
    EXPECT_THAT(error.what(), StartsWith("items[2].spec.image: "));
  }
}

TEST(DecodeSpec, PassesOverUnknownFields) {
  EXPECT_NO_THROW(
      spec_of(R"({"autoscaling": {"maxReplicas": 9}, "probes": {"liveness": {"exec": {}}}})"));
}

TEST(DecodeSpec, KeepsAbsentApartFromGiven) {
  const BlueprintSpec absent = spec_of(R"({"ports": null})");
  EXPECT_FALSE(absent.ports);
  EXPECT_FALSE(absent.profile);
  EXPECT_FALSE(absent.probes.liveness);
  const BlueprintSpec given =
      spec_of(R"({"ports": [], "profile": "staging", "probes": {"liveness": {}}})");
  ASSERT_TRUE(given.ports);
  EXPECT_THAT(*given.ports, IsEmpty());
  EXPECT_EQ(given.profile, Profile::kStaging);
  EXPECT_TRUE(given.probes.liveness);
}

TEST(DecodeSpec, ReadsPorts) {
  const BlueprintSpec spec = spec_of(
      R"({"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 2, "servicePort": 3, "protocol": "UDP",
          "appProtocol": "dns"}]})");
  ASSERT_EQ(spec.ports->size(), 2U);
  EXPECT_EQ(spec.ports->front().protocol, "TCP");
  EXPECT_FALSE(spec.ports->front().service_port);
  EXPECT_EQ(spec.ports->back().service_port, 3);
  EXPECT_EQ(spec.ports->back().protocol, "UDP");
  EXPECT_EQ(spec.ports->back().app_protocol, "dns");
}

TEST(DecodeSpec, ReadsTheThreeUsesOfASecret) {
  const BlueprintSpec spec = spec_of(
      R"({"secrets": [{"name": "a", "env": {"X": "x"}}, {"name": "b", "envPrefix": "", "optional": true},
          {"name": "c", "mountPath": "/c", "defaultMode": 256, "items": [{"key": "k", "path": "p"}]}]})");
  ASSERT_EQ(spec.secrets.size(), 3U);
  EXPECT_EQ(std::get<StringMap>(spec.secrets[0].use).at("X"), "x");
  EXPECT_EQ(std::get<EnvPrefix>(spec.secrets[1].use).prefix, "");
  EXPECT_TRUE(spec.secrets[1].optional);
  const auto& mount = std::get<MountAt>(spec.secrets[2].use);
  EXPECT_EQ(mount.mount_path, "/c");
  EXPECT_EQ(mount.default_mode, 256);
  EXPECT_EQ(mount.items.at(0).path, "p");
}

TEST(DecodeSpec, ReadsProbeHandlers) {
  const BlueprintSpec spec = spec_of(
      R"({"probes": {"liveness": {"tcp": true, "port": 81}, "readiness": {"grpc": {"service": "s"}, "port": "http"}}})");
  EXPECT_TRUE(std::holds_alternative<TcpProbe>(spec.probes.liveness->handler.value()));
  EXPECT_EQ(spec.probes.liveness->port, PortReference(std::int64_t{81}));
  EXPECT_EQ(std::get<GrpcProbe>(spec.probes.readiness->handler.value()).service, "s");
  EXPECT_EQ(spec.probes.readiness->port, PortReference("http"));
}

TEST(DecodeSpec, TakesTcpFalseAsNoHandler) {
  EXPECT_FALSE(spec_of(R"({"probes": {"liveness": {"tcp": false}}})").probes.liveness->handler);
}

TEST(DecodeSpec, TakesSchemeOrHeadersAsHttp) {
  const BlueprintSpec spec = spec_of(
      R"({"probes": {"liveness": {"scheme": "HTTPS", "headers": [{"name": "A", "value": ""}]}}})");
  const auto& http = std::get<HttpProbe>(spec.probes.liveness->handler.value());
  EXPECT_FALSE(http.path);
  EXPECT_EQ(http.scheme, "HTTPS");
  EXPECT_THAT(http.headers, ElementsAre(std::pair<std::string, std::string>("A", "")));
}

TEST(DecodeSpec, ReadsQuantitiesFromTextAndWholeNumbers) {
  const BlueprintSpec spec = spec_of(R"({"resources": {"requests": {"cpu": 2, "memory": "1Gi"}}})");
  EXPECT_EQ(spec.resources.requests.cpu->text(), "2");
  EXPECT_EQ(spec.resources.requests.memory->whole(), 1 << 30);
}

TEST(DecodeSpec, ReadsCountsAndPercentages) {
  const BlueprintSpec spec = spec_of(R"({"rollout": {"maxSurge": "25%", "maxUnavailable": 0}})");
  EXPECT_EQ(spec.rollout.max_surge, IntOrPercent("25%"));
  EXPECT_EQ(spec.rollout.max_unavailable, IntOrPercent(std::int64_t{0}));
}

TEST(DecodeSpec, KeepsAnEmptyValueBesideASource) {
  EXPECT_NO_THROW(spec_of(
      R"({"env": [{"name": "A", "value": "", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]})"));
}

struct Refusal {
  const char* spec;
  const char* message;
};

// Part of the test's name, which has to survive in a list of CMake.
std::ostream& operator<<(std::ostream& stream, const Refusal& refusal) {
  for (const char letter : std::string_view(refusal.spec)) {
    stream << (std::isalnum(static_cast<unsigned char>(letter)) == 0 ? '_' : letter);
  }
  return stream;
}

class DecodeSpecRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(DecodeSpecRefuses, WithThePathAndWhatIsAllowed) {
  EXPECT_THAT(error_of(GetParam().spec), HasSubstr(GetParam().message)) << GetParam().spec;
}

INSTANTIATE_TEST_SUITE_P(
    Spec, DecodeSpecRefuses,
    testing::Values(
        Refusal{R"({"profile": "prod"})",
                "spec.profile: must be one of production, staging, development"},
        Refusal{R"({"imagePullPolicy": "Sometimes"})",
                "spec.imagePullPolicy: must be one of Always,"},
        Refusal{R"({"imagePullSecrets": [{}]})", "spec.imagePullSecrets[0].name: is required"},
        Refusal{R"({"command": "run"})", "spec.command: must be a list"},
        Refusal{R"({"args": [1]})", "spec.args[0]: must be a string"},
        Refusal{R"({"ports": [{"name": "a", "port": 0}]})",
                "spec.ports[0].port: must be a whole number from 1 to 65535"},
        Refusal{R"({"ports": [null]})", "spec.ports[0]: must be an object"},
        Refusal{R"({"replicas": -1})", "spec.replicas: must be a whole number from 0 to 10000"},
        Refusal{R"({"env": ["A=b"]})", "spec.env[0]: must be an object"},
        Refusal{R"({"env": [{"name": "A", "value": 5}]})", "spec.env[0].value: must be a string"},
        Refusal{R"({"env": [{"name": "A", "value": "x", "valueFrom": {"fieldRef": {}}}]})",
                "spec.env[0]: only one of value and valueFrom"},
        Refusal{R"({"env": [{"name": "A", "valueFrom": {}}]})",
                "spec.env[0]: valueFrom must have exactly one of"},
        Refusal{R"({"secrets": [{"name": "a"}]})",
                "spec.secrets[0]: exactly one of env, envPrefix and mountPath"},
        Refusal{R"({"secrets": [{"name": "a", "env": {}, "envPrefix": ""}]})",
                "spec.secrets[0]: exactly one of"},
        Refusal{R"({"secrets": [{"name": "a", "env": {"A": 1}}]})",
                "spec.secrets[0].env: the value of \"A\" must be"},
        Refusal{R"({"secrets": [{"name": "a", "envPrefix": "", "items": []}]})",
                "spec.secrets[0]: items and defaultMode are only allowed with mountPath"},
        Refusal{R"({"secrets": [{"name": "a", "mountPath": "/a", "defaultMode": 512}]})",
                "spec.secrets[0].defaultMode: must be a whole number from 0 to 511"},
        Refusal{R"({"resources": {"limits": {"memory": "-1"}}})",
                "spec.resources.limits.memory: must be a quantity"},
        Refusal{R"({"resources": {"limits": {"cpu": 0.5}}})",
                "spec.resources.limits.cpu: must be a quantity"},
        Refusal{R"({"probes": {"liveness": {"tcp": true, "grpc": {}}}})",
                "spec.probes.liveness: only one of path"},
        Refusal{R"({"probes": {"readiness": {"scheme": "TLS", "port": ""}}})",
                "spec.probes.readiness.port: must not be empty"},
        Refusal{R"({"probes": {"readiness": {"port": 1.5}}})",
                "spec.probes.readiness.port: must be the name or the number"},
        Refusal{R"({"probes": {"startup": {"budgetSeconds": 29}}})",
                "spec.probes.startup.budgetSeconds: must be a whole number from 30 to 86400"},
        Refusal{R"({"shutdown": {"terminationGracePeriodSeconds": 4}})",
                "spec.shutdown.terminationGracePeriodSeconds: must be a whole number from 5"},
        Refusal{R"({"rollout": {"maxSurge": "25"}})",
                "spec.rollout.maxSurge: must be a whole number such as 1 or a percentage"},
        Refusal{R"({"rollout": {"maxSurge": "a%"}})", "spec.rollout.maxSurge: must be"},
        Refusal{R"({"rollout": {"maxSurge": "05%"}})", "spec.rollout.maxSurge: must be"},
        Refusal{R"({"rollout": {"maxUnavailable": 0.5}})", "spec.rollout.maxUnavailable: must be"},
        Refusal{R"({"rollout": {"strategy": "Canary"}})",
                "spec.rollout.strategy: must be one of RollingUpdate, Recreate"},
        Refusal{R"({"scheduling": {"spread": "Zone"}})",
                "spec.scheduling.spread: must be one of ZoneAndHost, Host, None"},
        Refusal{R"({"security": {"runAsUser": 0}})",
                "spec.security.runAsUser: must be a whole number from 1"},
        Refusal{R"({"security": {"identity": "Root"}})",
                "spec.security.identity: must be one of Fixed, FromImage"},
        Refusal{R"({"monitoring": {"endpoints": [{"interval": 30}]}})",
                "spec.monitoring.endpoints[0].interval: must be a string"},
        Refusal{R"({"labels": {"a": true}})", "spec.labels: the value of \"a\" must be a string"}));

TEST(DecodeSpec, NeverQuotesAValue) {
  EXPECT_THAT(
      error_of(
          R"({"env": [{"name": "A", "value": "hunter2", "valueFrom": {"secretKeyRef": {}}}]})"),
      Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace api
