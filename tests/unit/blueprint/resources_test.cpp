#include "blueprint/resources.h"

#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

struct MergeCase {
  const char* spec;
  const char* merged;  // JSON of ResourceRequirements
};

std::ostream& operator<<(std::ostream& stream, const MergeCase& parameter) {
  return stream << as_name(parameter.spec);
}

class ResourcesMerge : public testing::TestWithParam<MergeCase> {};

TEST_P(ResourcesMerge, PerKey) {
  EXPECT_EQ(resource_requirements(spec_of(GetParam().spec)),
            nlohmann::json::parse(GetParam().merged));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ResourcesMerge,
    testing::Values(
        MergeCase{
            "{}",
            R"({"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}})"},
        MergeCase{
            "profile: staging",
            R"({"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}})"},
        MergeCase{
            "profile: development",
            R"({"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}})"},
        // limit = max(profile limit, given request)
        MergeCase{"resources: {requests: {memory: 1Gi}}",
                  R"({"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}})"},
        MergeCase{
            "resources: {requests: {memory: 64Mi}}",
            R"({"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}})"},
        // missing request = min(profile request, given limit)
        MergeCase{
            "resources: {limits: {memory: 64Mi}}",
            R"({"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}})"},
        MergeCase{
            "resources: {limits: {memory: 1Gi}}",
            R"({"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}})"},
        MergeCase{
            "resources: {limits: {cpu: 50m}}",
            R"({"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "50m", "memory": "128Mi"}})"},
        MergeCase{
            "resources: {limits: {cpu: 2}}",
            R"({"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "2", "memory": "128Mi"}})"},
        MergeCase{
            "resources: {requests: {cpu: 3}}",
            R"({"requests": {"cpu": "3", "memory": "128Mi"}, "limits": {"memory": "128Mi"}})"},
        MergeCase{"resources: {requests: {cpu: 0, ephemeral-storage: 1Gi}, limits: "
                  "{ephemeral-storage: 2Gi}}",
                  R"({"requests": {"cpu": "0", "memory": "128Mi", "ephemeral-storage": "1Gi"},
                      "limits": {"memory": "128Mi", "ephemeral-storage": "2Gi"}})"}));

TEST(Resources, OfJavaHaveRoomForAJvm) {
  EXPECT_EQ(
      resource_requirements(spec_of("runtime: Java")),
      nlohmann::json::parse(
          R"({"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}})"));
  EXPECT_EQ(
      resource_requirements(spec_of("{runtime: Java, resources: {limits: {memory: 256Mi}}}")),
      nlohmann::json::parse(
          R"({"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}})"));
}

class ResourcesOfAPlatform : public testing::Test {
 protected:
  static nlohmann::json requirements(const std::string& spec) {
    api::BlueprintSpec typed = spec_of(spec);
    typed.defaults.cpu_limit = "1";
    typed.defaults.ephemeral_storage_request = "1Gi";
    typed.defaults.ephemeral_storage_limit = "2Gi";
    return resource_requirements(typed);
  }
};

TEST_F(ResourcesOfAPlatform, HaveItsLimits) {
  EXPECT_EQ(requirements(""), nlohmann::json::parse(R"({
      "requests": {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "1Gi"},
      "limits": {"cpu": "1", "memory": "128Mi", "ephemeral-storage": "2Gi"}})"));
}

TEST_F(ResourcesOfAPlatform, GiveWayToGivenValues) {
  EXPECT_EQ(requirements("resources: {requests: {cpu: 3, ephemeral-storage: 5Gi}}"),
            nlohmann::json::parse(R"({
      "requests": {"cpu": "3", "memory": "128Mi", "ephemeral-storage": "5Gi"},
      "limits": {"cpu": "3", "memory": "128Mi", "ephemeral-storage": "5Gi"}})"));
  EXPECT_EQ(requirements("resources: {limits: {cpu: 50m, ephemeral-storage: 1Mi}}"),
            nlohmann::json::parse(R"({
      "requests": {"cpu": "50m", "memory": "128Mi", "ephemeral-storage": "1Mi"},
      "limits": {"cpu": "50m", "memory": "128Mi", "ephemeral-storage": "1Mi"}})"));
}

}  // namespace
}  // namespace blueprint
