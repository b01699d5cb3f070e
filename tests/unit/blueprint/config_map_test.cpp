#include "blueprint/config_map.h"

#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;

json config_map_of(const std::string& spec) { return child_of(blueprint_of(spec), "ConfigMap"); }

std::string name_of(const std::string& spec) {
  return config_map_of(spec).at("/metadata/name"_json_pointer);
}

TEST(ConfigMap, HoldsVariablesAndFiles) {
  const json object = config_map_of("config: {env: {A: a}, files: {b.yaml: 'b: 1'}}");
  EXPECT_EQ(object.at("data"), json::parse(R"({"A": "a", "b.yaml": "b: 1"})"));
  EXPECT_EQ(object.at("immutable"), true);
  EXPECT_EQ(object.at("/metadata/namespace"_json_pointer), "store");
}

TEST(ConfigMap, IsNoneWithoutContents) {
  EXPECT_EQ(config_map_of(""), nullptr);
  EXPECT_EQ(config_map_of("config: {mountPath: /a}"), nullptr);
}

// Part of the objects that exist: another name would roll every service with a config.
TEST(ConfigMap, KeepsItsNameOverReleases) {
  EXPECT_EQ(name_of("config: {env: {A: a}}"), "shop-63cbc56aac31ff40");
}

TEST(ConfigMap, HasAnotherNameWithOtherContents) {
  const std::string name = name_of("config: {env: {A: a}}");
  EXPECT_NE(name, name_of("config: {env: {A: b}}"));
  EXPECT_NE(name, name_of("config: {env: {B: a}}"));
  EXPECT_NE(name, name_of("config: {env: {A: a}, files: {b: ''}}"));
  EXPECT_NE(name_of("config: {env: {A: bc}}"), name_of("config: {env: {Ab: c}}"));
}

TEST(ConfigMap, KeepsItsNameWhateverElseChanges) {
  EXPECT_EQ(name_of("config: {env: {A: a}}"),
            name_of("{labels: {a: b}, config: {env: {A: a}, mountPath: /x}}"));
}

TEST(ConfigMap, IsNamedAlikeWhereverItIsUsed) {
  const std::string spec = "config: {env: {A: a}, files: {b: b}}";
  const json pod =
      child_of(blueprint_of(spec), "Deployment").at("/spec/template/spec"_json_pointer);
  EXPECT_EQ(pod.at("/volumes/0/configMap/name"_json_pointer), name_of(spec));
  EXPECT_EQ(
      pod.at("/containers/0/env"_json_pointer).back().at("/valueFrom/configMapKeyRef"_json_pointer),
      (json{{"name", name_of(spec)}, {"key", "A"}}));
}

}  // namespace
}  // namespace blueprint
