#include "blueprint/volumes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blueprint/syntax.h"

#include "specs.h"

namespace blueprint {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> mounts_of(const std::string& spec) {
  std::vector<std::string> paths;
  for (const nlohmann::json& mount : volumes_of(spec_of(spec)).mounts)
    paths.push_back(mount.at("mountPath"));
  return paths;
}

TEST(Volumes, MakeTmpWritableByDefault) { EXPECT_THAT(mounts_of(""), ElementsAre("/tmp")); }

TEST(Volumes, OfDefaultPathsGiveWayToMounts) {
  EXPECT_THAT(writable_paths_of(spec_of("secrets: [{name: s, mountPath: /tmp/}]")), IsEmpty());
  EXPECT_THAT(mounts_of("secrets: [{name: s, mountPath: /tmp/}]"), ElementsAre("/tmp/"));
}

TEST(Volumes, AreSortedByPath) {
  EXPECT_THAT(
      mounts_of("{security: {writablePaths: [/z, /b/c]}, secrets: [{name: s, mountPath: /b}]}"),
      ElementsAre("/b", "/b/c", "/z"));
}

TEST(Volumes, MountSecretsReadOnly) {
  const Volumes volumes = volumes_of(spec_of("secrets: [{name: s, mountPath: /b}]"));
  EXPECT_EQ(volumes.mounts.at(0).at("readOnly"), true);
  EXPECT_FALSE(volumes.mounts.at(1).contains("readOnly"));
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
