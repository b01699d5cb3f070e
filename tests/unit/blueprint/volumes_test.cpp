#include "blueprint/volumes.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blueprint/syntax.h"

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;
using testing::ElementsAre;

json pod_of(const std::string& spec) {
  return child_of(blueprint_of(spec), "Deployment").at("/spec/template/spec"_json_pointer);
}

std::vector<std::string> paths_of(const json& container) {
  std::vector<std::string> paths;
  for (const json& mount : container.at("volumeMounts")) paths.push_back(mount.at("mountPath"));
  return paths;
}

std::vector<std::string> mounts_of(const std::string& spec) {
  return paths_of(main_container_of(spec));
}

// The volume of the first mount of the main container.
json first_volume_of(const std::string& spec) {
  const json pod = pod_of(spec);
  json volume = pod.at("/volumes/0"_json_pointer);
  EXPECT_EQ(volume.at("name"), pod.at("/containers/0/volumeMounts/0/name"_json_pointer));
  volume.erase("name");
  return volume;
}

TEST(Volumes, MakeTmpWritableByDefault) { EXPECT_THAT(mounts_of(""), ElementsAre("/tmp")); }

TEST(Volumes, OfDefaultPathsGiveWayToMounts) {
  for (const char* mount :
       {"secrets: [{name: s, mountPath: /tmp/}]", "configMaps: [{name: s, mountPath: /tmp/}]",
        "config: {files: {a: b}, mountPath: /tmp/}",
        "volumes: [{name: a, mountPath: /tmp/, emptyDir: {}}]"}) {
    EXPECT_THAT(mounts_of(mount), ElementsAre("/tmp/")) << mount;
    EXPECT_EQ(pod_of(mount).at("volumes").size(), 1U) << mount;
  }
}

TEST(Volumes, AreSortedByPath) {
  EXPECT_THAT(
      mounts_of("{security: {writablePaths: [/z, /b/c]}, secrets: [{name: s, mountPath: /b}], "
                "volumes: [{name: a, mountPath: /m, emptyDir: {}}]}"),
      ElementsAre("/b", "/b/c", "/m", "/z"));
}

TEST(Volumes, MountSecretsReadOnly) {
  const json mounts = main_container_of("secrets: [{name: s, mountPath: /b}]").at("volumeMounts");
  EXPECT_EQ(mounts.at(0).at("readOnly"), true);
  EXPECT_FALSE(mounts.at(1).contains("readOnly"));
}

TEST(Volumes, HoldWhatTheirSourceSays) {
  EXPECT_EQ(first_volume_of("volumes: [{name: a, mountPath: /a, emptyDir: {medium: Memory, "
                            "sizeLimit: 64Mi}}]"),
            json::parse(R"({"emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}})"));
  EXPECT_EQ(first_volume_of(
                "volumes: [{name: a, mountPath: /a, persistentVolumeClaim: {claimName: data}}]"),
            json::parse(R"({"persistentVolumeClaim": {"claimName": "data"}})"));
  EXPECT_EQ(first_volume_of("configMaps: [{name: c, mountPath: /a, optional: true, defaultMode: "
                            "292, items: [{key: k, path: p/q}]}]"),
            json::parse(R"({"configMap": {"name": "c", "optional": true, "defaultMode": 292,
                                          "items": [{"key": "k", "path": "p/q"}]}})"));
}

TEST(Volumes, OfTheUserAreReadOnlyWhereTheySaySo) {
  const json mounts =
      main_container_of(
          "volumes: [{name: a, mountPath: /a, readOnly: true, persistentVolumeClaim: {claimName: "
          "d}}, {name: b, mountPath: /b, persistentVolumeClaim: {claimName: d}}]")
          .at("volumeMounts");
  EXPECT_EQ(mounts.at(0).at("readOnly"), true);
  EXPECT_FALSE(mounts.at(1).contains("readOnly"));
}

TEST(Volumes, ShowTheFilesOfConfigAndNotItsVariables) {
  const std::string spec = "config: {env: {A: a}, files: {b.yaml: b, a.yaml: a}}";
  EXPECT_EQ(
      first_volume_of(spec).at("configMap").at("items"),
      json::parse(R"([{"key": "a.yaml", "path": "a.yaml"}, {"key": "b.yaml", "path": "b.yaml"}])"));
  EXPECT_THAT(mounts_of(spec), ElementsAre("/etc/config", "/tmp"));
  EXPECT_THAT(mounts_of("config: {env: {A: a}}"), ElementsAre("/tmp"));
}

TEST(Volumes, AreSharedByAllContainersOfThePod) {
  const json pod = pod_of(
      "{volumes: [{name: data, mountPath: /data, emptyDir: {}}], secrets: [{name: s, mountPath: "
      "/s}], initContainers: [{name: init, image: i}], sidecars: [{name: side, image: i}]}");
  EXPECT_THAT(paths_of(pod.at("/initContainers/0"_json_pointer)), ElementsAre("/data", "/tmp"));
  EXPECT_THAT(paths_of(pod.at("/initContainers/1"_json_pointer)), ElementsAre("/data", "/tmp"));
  EXPECT_EQ(pod.at("volumes").size(), 3U);
}

TEST(Volumes, OfOneContainerReplaceTheSharedOneThere) {
  const json pod =
      pod_of("sidecars: [{name: side, image: i, secrets: [{name: s, mountPath: /tmp}]}]");
  const json& own = pod.at("/initContainers/0/volumeMounts"_json_pointer);
  const json& main = pod.at("/containers/0/volumeMounts"_json_pointer);
  ASSERT_EQ(own.size(), 1U);
  EXPECT_NE(own.at(0).at("name"), main.at(0).at("name"));
  EXPECT_EQ(main.at(0).at("name"), "writable-tmp");
}

TEST(Volumes, OfDifferentContainersHaveDifferentNames) {
  const json pod = pod_of(
      "{secrets: [{name: s, mountPath: /c}], sidecars: [{name: a, image: i, secrets: [{name: s, "
      "mountPath: /secret/c}]}, {name: a-secret, image: i, secrets: [{name: t, mountPath: /c}]}]}");
  std::set<std::string> names;
  for (const json& volume : pod.at("volumes")) names.insert(volume.at("name"));
  EXPECT_EQ(names.size(), 4U) << pod.at("volumes");
}

TEST(Volumes, HaveLegalNamesHoweverLongTheirOwners) {
  const std::string longest(63, 'v');
  const json pod =
      pod_of("{volumes: [{name: " + longest + ", mountPath: /v, emptyDir: {}}], " +
             "sidecars: [{name: " + longest + ", image: i, secrets: [{name: s, mountPath: /c}]}]}");
  for (const json& volume : pod.at("volumes"))
    EXPECT_TRUE(is_dns1123_label(volume.at("name").get<std::string>())) << volume;
}

TEST(NormalPath, KnowsOneSpelling) {
  EXPECT_EQ(normal_path("/a//b/"), "/a/b");
  EXPECT_EQ(normal_path("/"), "/");
  EXPECT_EQ(normal_path("/a"), "/a");
}

TEST(VolumeName, CanBeReadWhereThePathCan) {
  EXPECT_EQ(volume_name("writable", "/var/cache"), "writable-var-cache");
}

TEST(VolumeName, TellsSimilarPathsApart) {
  EXPECT_NE(volume_name("secret", "/a/b"), volume_name("secret", "/a-b"));
  EXPECT_NE(volume_name("secret", "/a.b"), volume_name("secret", "/a-b"));
  EXPECT_EQ(volume_name("secret", "/a//b/"), volume_name("secret", "/a/b"));
}

TEST(VolumeName, IsAlwaysLegal) {
  for (const std::string& path :
       {std::string("/A_B.c"), "/" + std::string(200, 'x'), std::string("/-"), std::string("/ü")}) {
    EXPECT_TRUE(is_dns1035_label(volume_name("secret", path))) << volume_name("secret", path);
  }
}

}  // namespace
}  // namespace blueprint
