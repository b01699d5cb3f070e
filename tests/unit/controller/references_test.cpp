#include "controller/references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/objects.h"

namespace controller {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

api::BlueprintSpec spec_of(const json& fields) {
  json spec = fields;
  spec["image"] = "checkout:1";
  return api::decode_spec(spec);
}

// Objects by kind and name, with the names of their keys; what is not in it is missing.
using Known = std::map<std::pair<DataKind, std::string>, std::vector<std::string>>;

kube::DataRecord record_of(const std::vector<std::string>& keys) {
  json owned{{".", json::object()}};
  for (const std::string& key : keys) owned["f:" + key] = json::object();
  const json object{{"metadata",
                     {{"name", "any"},
                      {"uid", support::kUid},
                      {"resourceVersion", "7"},
                      {"managedFields", json::array({{{"manager", "kubectl"},
                                                      {"operation", "Update"},
                                                      {"time", "2026-11-26T10:00:00Z"},
                                                      {"fieldsV1", {{"f:data", owned}}}}})}}}};
  return kube::decode_data(support::padded(object)).record;
}

Look with(const Known& known) {
  return [known](DataKind kind, const std::string& name) -> Sight {
    const auto found = known.find({kind, name});
    if (found == known.end()) return {.state = Sight::State::kMissing, .record = {}};
    return {.state = Sight::State::kThere, .record = record_of(found->second)};
  };
}

ReferenceState resolve(const json& fields, const Known& known) {
  return controller::resolve(references_of(spec_of(fields)), with(known));
}

json secret(const json& use) {
  json entry = use;
  entry["name"] = "db";
  return {{"secrets", json::array({entry})}};
}

TEST(ReferencesOf, NothingWithoutSecretsAndConfigMaps) {
  EXPECT_THAT(references_of(spec_of({})), IsEmpty());
  EXPECT_THAT(references_of(spec_of({{"imagePullSecrets", {{{"name", "registry"}}}},
                                     {"env", {{{"name", "A"}, {"value", "b"}}}},
                                     {"config", {{"env", {{"C", "d"}}}}}})),
              IsEmpty())
      << "no pod hangs on these";
}

TEST(ReferencesOf, EachObjectComesOnceWithAllThatIsWantedOfIt) {
  const json env = json::array(
      {{{"name", "A"}, {"valueFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "user"}}}}}},
       {{"name", "B"}, {"valueFrom", {{"configMapKeyRef", {{"name", "db"}, {"key", "mode"}}}}}},
       {{"name", "C"}, {"valueFrom", {{"fieldRef", {{"fieldPath", "metadata.name"}}}}}}});
  const auto references = references_of(
      spec_of({{"env", env},
               {"secrets", json::array({{{"name", "db"}, {"env", {{"PASSWORD", "password"}}}},
                                        {{"name", "db"},
                                         {"mountPath", "/tls"},
                                         {"items", {{{"key", "tls.crt"}, {"path", "crt"}}}}}})}}));
  ASSERT_THAT(references, SizeIs(2));
  EXPECT_EQ(references[0].kind, DataKind::kSecret);
  EXPECT_THAT(references[0].variables, UnorderedElementsAre("user", "password"));
  EXPECT_THAT(references[0].files, ElementsAre("tls.crt"));
  EXPECT_TRUE(references[0].required);
  EXPECT_EQ(references[1].kind, DataKind::kConfigMap);
  EXPECT_THAT(references[1].variables, ElementsAre("mode"));
}

TEST(ReferencesOf, ContainersBesideTheMainOneCount) {
  const json container = json::array(
      {{{"name", "x"}, {"image", "x:1"}, {"secrets", {{{"name", "db"}, {"envPrefix", ""}}}}}});
  for (const char* const field : {"initContainers", "sidecars"}) {
    const auto references = references_of(spec_of({{field, container}}));
    ASSERT_THAT(references, SizeIs(1)) << field;
    EXPECT_TRUE(references[0].restarts);
  }
}

TEST(ReferencesOf, VariablesRestartAndFilesDoNotUnlessItIsSaid) {
  const auto restarts = [](const json& use) {
    return references_of(spec_of(secret(use))).at(0).restarts;
  };
  EXPECT_TRUE(restarts({{"env", {{"A", "a"}}}}));
  EXPECT_TRUE(restarts({{"envPrefix", "DB_"}}));
  EXPECT_FALSE(restarts({{"mountPath", "/db"}}));
  EXPECT_FALSE(restarts({{"env", {{"A", "a"}}}, {"onChange", "Ignore"}}));
  EXPECT_TRUE(restarts({{"mountPath", "/db"}, {"onChange", "Restart"}}));
  const json env = json::array(
      {{{"name", "A"}, {"valueFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "user"}}}}}}});
  EXPECT_FALSE(references_of(spec_of({{"env", env}})).at(0).restarts) << "it has no onChange";
}

TEST(Resolve, SaysWhatIsThere) {
  const ReferenceState nothing = resolve(json::object(), {});
  EXPECT_EQ(nothing.reason, "Resolved");
  EXPECT_EQ(nothing.message, "nothing is referenced");
  const ReferenceState found =
      resolve(secret({{"env", {{"A", "password"}}}}), {{{DataKind::kSecret, "db"}, {"password"}}});
  EXPECT_EQ(found.status, api::ConditionStatus::kTrue);
  EXPECT_EQ(found.reason, "Resolved");
  EXPECT_FALSE(found.missing());
}

TEST(Resolve, NamesWhatIsMissing) {
  const ReferenceState no_secret = resolve(secret({{"envPrefix", ""}}), {});
  EXPECT_EQ(no_secret.reason, "SecretNotFound");
  EXPECT_EQ(no_secret.message, "Secret \"db\" not found");
  EXPECT_TRUE(no_secret.missing());

  const Known known{{{DataKind::kSecret, "db"}, {"user"}}};
  const ReferenceState no_key = resolve(secret({{"env", {{"A", "password"}}}}), known);
  EXPECT_EQ(no_key.reason, "KeyNotFound");
  EXPECT_EQ(no_key.message, "Secret \"db\" has no key \"password\"");

  const ReferenceState no_file = resolve(
      secret({{"mountPath", "/db"}, {"items", {{{"key", "tls.crt"}, {"path", "crt"}}}}}), known);
  EXPECT_EQ(no_file.message, "Secret \"db\" has no key \"tls.crt\"");

  const ReferenceState no_config_map =
      resolve({{"configMaps", {{{"name", "flags"}, {"envPrefix", ""}}}}}, known);
  EXPECT_EQ(no_config_map.reason, "ConfigMapNotFound");
  EXPECT_EQ(no_config_map.message, "ConfigMap \"flags\" not found");
}

TEST(Resolve, OptionalOnesAreNeverMissing) {
  EXPECT_FALSE(resolve(secret({{"env", {{"A", "a"}}}, {"optional", true}}), {}).missing());
  EXPECT_FALSE(resolve(secret({{"env", {{"A", "a"}}}, {"optional", true}}),
                       {{{DataKind::kSecret, "db"}, {}}})
                   .missing());
  const json env = json::array(
      {{{"name", "A"},
        {"valueFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "a"}, {"optional", true}}}}}}});
  EXPECT_FALSE(resolve({{"env", env}}, {}).missing());
}

TEST(Resolve, ShowsAHandfulOfMany) {
  json keys = json::object();
  for (int i = 0; i < 8; ++i) keys["V" + std::to_string(i)] = "key" + std::to_string(i);
  const ReferenceState state =
      resolve(secret({{"env", keys}}), {{{DataKind::kSecret, "db"}, {"other"}}});
  EXPECT_THAT(state.message, HasSubstr("\"key0\""));
  EXPECT_THAT(state.message, HasSubstr("and 3 more"));
}

TEST(Resolve, WhatCannotBeSeenIsUnknown) {
  const auto references = references_of(spec_of(secret({{"envPrefix", ""}})));
  const ReferenceState state =
      controller::resolve(references, [](auto, const auto&) { return Sight{}; });
  EXPECT_EQ(state.status, api::ConditionStatus::kUnknown);
  EXPECT_EQ(state.reason, "NoAccess");
  EXPECT_THAT(state.message, HasSubstr("onChange: Restart has no effect"));
  EXPECT_FALSE(state.missing());
}

TEST(Resolve, KeysThatCannotBeToldAreUnknown) {
  const auto look = [](auto, const auto&) {
    return Sight{.state = Sight::State::kThere, .record = {}};
  };
  const auto state_of = [&](const json& use) {
    return controller::resolve(references_of(spec_of(secret(use))), look);
  };
  EXPECT_EQ(state_of({{"env", {{"A", "a"}}}}).status, api::ConditionStatus::kUnknown);
  EXPECT_THAT(state_of({{"env", {{"A", "a"}}}}).message, HasSubstr("Secret \"db\" cannot be told"));
  EXPECT_EQ(state_of({{"envPrefix", ""}}).status, api::ConditionStatus::kTrue)
      << "no key is asked for";
}

}  // namespace
}  // namespace controller
