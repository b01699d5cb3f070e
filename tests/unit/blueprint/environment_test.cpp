#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;
using testing::ElementsAre;

std::vector<std::string> names_of(const std::string& spec) {
  std::vector<std::string> names;
  const json container = main_container_of(spec);
  for (const json& entry : container.at("env")) names.push_back(entry.at("name"));
  return names;
}

json entry_of(const std::string& spec, const std::string& name) {
  const json container = main_container_of(spec);
  for (const json& entry : container.at("env")) {
    if (entry.at("name") == name) return entry;
  }
  return nullptr;
}

TEST(Environment, InjectsWhereThePodIsAndWhatItServes) {
  EXPECT_THAT(names_of(""),
              ElementsAre("POD_NAME", "POD_NAMESPACE", "POD_IP", "NODE_NAME", "SERVICE_NAME",
                          "SERVICE_VERSION", "PORT", "LOG_LEVEL", "LOG_FORMAT"));
}

TEST(Environment, HasNoPortForAWorker) { EXPECT_EQ(entry_of("ports: []", "PORT"), nullptr); }

TEST(Environment, LogsTheLevelOfTheProfile) {
  EXPECT_EQ(entry_of("profile: development", "LOG_LEVEL").at("value"), "debug");
}

TEST(Environment, PutsTheUsersVariablesAfterThoseTheyMayReferTo) {
  const std::vector<std::string> names = names_of(
      "{env: [{name: Z, value: $(A)}, {name: B, value: b}], secrets: [{name: s, env: {A: a}}]}");
  EXPECT_THAT(std::vector(names.end() - 4, names.end()), ElementsAre("LOG_FORMAT", "A", "Z", "B"));
}

TEST(Environment, LetsTheUsersVariableWin) {
  EXPECT_EQ(entry_of("env: [{name: PORT, value: '1'}]", "PORT"),
            (json{{"name", "PORT"}, {"value", "1"}}));
  EXPECT_EQ(entry_of("secrets: [{name: s, env: {POD_IP: ip}}]", "POD_IP")
                .at("/valueFrom/secretKeyRef/key"_json_pointer),
            "ip");
}

TEST(Environment, DoesNotDependOnTheOrderOfSecrets) {
  EXPECT_EQ(main_container_of("secrets: [{name: a, env: {Y: y}}, {name: b, env: {X: x}}]"),
            main_container_of("secrets: [{name: b, env: {X: x}}, {name: a, env: {Y: y}}]"));
  EXPECT_EQ(main_container_of("configMaps: [{name: a, env: {Y: y}}, {name: b, env: {X: x}}]"),
            main_container_of("configMaps: [{name: b, env: {X: x}}, {name: a, env: {Y: y}}]"));
}

TEST(Environment, TakesKeysOfConfigMapsAndConfigAmongThoseOfSecrets) {
  const std::string spec =
      "{config: {env: {B: b}}, secrets: [{name: s, env: {C: c}}], configMaps: [{name: m, optional: "
      "true, env: {A: a}}], env: [{name: AA, value: x}]}";
  const std::vector<std::string> names = names_of(spec);
  EXPECT_THAT(std::vector(names.end() - 4, names.end()), ElementsAre("A", "B", "C", "AA"));
  EXPECT_EQ(entry_of(spec, "A").at("valueFrom"),
            json::parse(R"({"configMapKeyRef": {"key": "a", "name": "m", "optional": true}})"));
}

TEST(Environment, LetsTheUsersVariableWinWhereverItComesFrom) {
  for (const char* spec : {"configMaps: [{name: m, env: {PORT: p}}]", "config: {env: {PORT: '1'}}",
                           "{runtime: Go, env: [{name: GOMEMLIMIT, value: 1GiB}]}",
                           "{runtime: Java, config: {env: {JAVA_TOOL_OPTIONS: -Xmx1g}}}"}) {
    std::vector<std::string> names = names_of(spec);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << spec;
  }
  EXPECT_TRUE(entry_of("config: {env: {PORT: '1'}}", "PORT").contains("valueFrom"));
}

TEST(Environment, LogsAsAsked) {
  EXPECT_EQ(entry_of("logging: {level: trace}", "LOG_LEVEL").at("value"), "trace");
  EXPECT_EQ(entry_of("logging: {format: text}", "LOG_FORMAT").at("value"), "text");
}

TEST(Environment, PutsWholeConfigMapsBeforeWholeSecretsWhichWin) {
  EXPECT_EQ(
      main_container_of("{secrets: [{name: s, envPrefix: ''}], configMaps: [{name: m, envPrefix: "
                        "M_, optional: true}]}")
          .at("envFrom"),
      json::parse(
          R"([{"configMapRef": {"name": "m", "optional": true}, "prefix": "M_"}, {"secretRef": {"name": "s"}}])"));
}

TEST(Environment, KeepsTheOrderOfWholeSecretsBecauseTheLastWins) {
  const json sources =
      main_container_of("secrets: [{name: z, envPrefix: ''}, {name: a, envPrefix: A_}]")
          .at("envFrom");
  EXPECT_EQ(sources,
            json::parse(
                R"([{"secretRef": {"name": "z"}}, {"prefix": "A_", "secretRef": {"name": "a"}}])"));
}

TEST(Environment, MarksOptionalSecrets) {
  EXPECT_EQ(entry_of("secrets: [{name: s, optional: true, env: {A: a}}]", "A").at("valueFrom"),
            json::parse(R"({"secretKeyRef": {"key": "a", "name": "s", "optional": true}})"));
}

}  // namespace
}  // namespace blueprint
