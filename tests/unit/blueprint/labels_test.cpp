#include "blueprint/labels.h"

#include <gtest/gtest.h>

#include "blueprint/syntax.h"

#include "specs.h"

namespace blueprint {
namespace {

TEST(SelectorString, IsSortedAndMadeOfTheNameAlone) {
  EXPECT_EQ(selector_string("shop"), "app.kubernetes.io/instance=shop,app.kubernetes.io/name=shop");
}

TEST(LabelValue, IsLegalForAnyText) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"1.4.2", "1.4.2"},
      {"1.4.2+build.7", "1.4.2-build.7"},
      {"--v1--", "v1"},
      {"_x_", "x"},
      {"a b/c", "a-b-c"},
      {"", ""},
      {"+++", ""},
      {std::string(80, 'a'), std::string(63, 'a')},
      // The cut falls on a character that may not end a value.
      {std::string(62, 'a') + "+b", std::string(62, 'a')},
      {"caf\xc3\xa9-1", "caf---1"}};
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(label_value(text), value) << text;
    EXPECT_TRUE(is_label_value(label_value(text))) << text;
  }
}

TEST(Labels, HaveTheVersionOnTheDeploymentAndItsPodsOnly) {
  constexpr const char* kVersion = "app.kubernetes.io/version";
  for (const Object& object : render(blueprint_of("version: v2"), {})) {
    EXPECT_EQ(object.body.at("metadata").at("labels").contains(kVersion),
              object.resource == api::kDeployment)
        << object.resource.kind;
  }
}

TEST(Labels, OfUsersNeverReachThePods) {
  const nlohmann::json deployment =
      child_of(blueprint_of("{labels: {team: a}, owner: b}"), "Deployment");
  EXPECT_EQ(deployment.at("/metadata/labels/team"_json_pointer), "a");
  EXPECT_EQ(deployment.at("/metadata/labels/serviceblueprint.dev~1owner"_json_pointer), "b");
  EXPECT_EQ(deployment.at("/spec/template/metadata/labels"_json_pointer).size(), 4U);
}

TEST(Labels, OfVersionsThatHaveNoLegalFormAreLeftOut) {
  api::Blueprint blueprint = blueprint_of("");
  blueprint.spec.version = "+++";
  const nlohmann::json deployment = child_of(blueprint, "Deployment");
  EXPECT_FALSE(deployment.at("metadata").at("labels").contains("app.kubernetes.io/version"));
}

TEST(Metadata, HasNoNamespaceWhereTheBlueprintHasNone) {
  api::Blueprint blueprint = blueprint_of("");
  blueprint.key.namespace_.clear();
  EXPECT_FALSE(child_of(blueprint, "Service").at("metadata").contains("namespace"));
}

}  // namespace
}  // namespace blueprint
