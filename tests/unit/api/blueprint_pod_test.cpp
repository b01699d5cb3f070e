// What the pods have besides the main container's own fields.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/blueprint.h"

namespace api {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

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

TEST(DecodePod, ReadsConfigMapsLikeSecrets) {
  const BlueprintSpec spec = spec_of(
      R"({"configMaps": [{"name": "a", "env": {"X": "x"}, "onChange": "Ignore"},
                         {"name": "b", "mountPath": "/b", "optional": true, "onChange": "Restart"},
                         {"name": "c", "envPrefix": "C_"}]})");
  ASSERT_THAT(spec.config_maps, SizeIs(3));
  EXPECT_EQ(std::get<StringMap>(spec.config_maps[0].use).at("X"), "x");
  EXPECT_EQ(spec.config_maps[0].on_change, OnChange::kIgnore);
  EXPECT_EQ(std::get<MountAt>(spec.config_maps[1].use).mount_path, "/b");
  EXPECT_TRUE(spec.config_maps[1].optional);
  EXPECT_EQ(spec.config_maps[1].on_change, OnChange::kRestart);
  EXPECT_EQ(std::get<EnvPrefix>(spec.config_maps[2].use).prefix, "C_");
  EXPECT_FALSE(spec.config_maps[2].on_change);
}

TEST(DecodePod, ReadsConfig) {
  const BlueprintSpec spec =
      spec_of(R"({"config": {"env": {"A": "a"}, "files": {"f": "g"}, "mountPath": "/c"}})");
  EXPECT_EQ(spec.config.env.at("A"), "a");
  EXPECT_EQ(spec.config.files.at("f"), "g");
  EXPECT_EQ(spec.config.mount_path, "/c");
  EXPECT_TRUE(spec_of(R"({"config": {}})").config.empty());
}

TEST(DecodePod, ReadsVolumes) {
  const BlueprintSpec spec = spec_of(
      R"({"volumes": [{"name": "a", "mountPath": "/a", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
                      {"name": "b", "mountPath": "/b", "readOnly": true, "persistentVolumeClaim": {"claimName": "c"}},
                      {"name": "d", "mountPath": "/d", "emptyDir": {}}]})");
  ASSERT_THAT(spec.volumes, SizeIs(3));
  EXPECT_EQ(std::get<EmptyDir>(spec.volumes[0].source).medium, "Memory");
  EXPECT_EQ(std::get<EmptyDir>(spec.volumes[0].source).size_limit->text(), "1Mi");
  EXPECT_FALSE(spec.volumes[0].read_only);
  EXPECT_EQ(std::get<PersistentVolumeClaim>(spec.volumes[1].source).claim_name, "c");
  EXPECT_TRUE(spec.volumes[1].read_only);
  EXPECT_FALSE(std::get<EmptyDir>(spec.volumes[2].source).size_limit);
}

TEST(DecodePod, ReadsRuntimeTracingAndLogging) {
  const BlueprintSpec spec = spec_of(
      R"({"runtime": "Java", "logging": {"level": "warn", "format": "text"},
          "tracing": {"enabled": true, "endpoint": "http://otel:4317", "protocol": "grpc",
                      "samplingRatio": 0.25, "resourceAttributes": {"a": "b"}}})");
  EXPECT_EQ(spec.runtime, Runtime::kJava);
  EXPECT_EQ(spec.logging.level, "warn");
  EXPECT_EQ(spec.logging.format, "text");
  EXPECT_EQ(spec.tracing.enabled, true);
  EXPECT_EQ(spec.tracing.endpoint, "http://otel:4317");
  EXPECT_EQ(spec.tracing.protocol, "grpc");
  EXPECT_EQ(spec.tracing.sampling_ratio, 0.25);
  EXPECT_EQ(spec.tracing.resource_attributes.at("a"), "b");
}

TEST(DecodePod, ReadsEveryRuntime) {
  EXPECT_EQ(spec_of(R"({"runtime": "Go"})").runtime, Runtime::kGo);
  EXPECT_EQ(spec_of(R"({"runtime": "Node"})").runtime, Runtime::kNode);
  EXPECT_EQ(spec_of(R"({"runtime": "None"})").runtime, Runtime::kNone);
  EXPECT_FALSE(spec_of("{}").runtime);
}

TEST(DecodePod, TakesWholeNumbersAsRatios) {
  EXPECT_EQ(spec_of(R"({"tracing": {"samplingRatio": 1}})").tracing.sampling_ratio, 1.0);
  EXPECT_EQ(spec_of(R"({"tracing": {"samplingRatio": 0}})").tracing.sampling_ratio, 0.0);
}

TEST(DecodePod, ReadsScheduling) {
  const Scheduling scheduling =
      spec_of(
          R"({"scheduling": {"nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists", "key": null}],
                         "priorityClassName": "high", "affinity": {"nodeAffinity": {}}}})")
          .scheduling;
  EXPECT_EQ(scheduling.node_selector.at("disk"), "ssd");
  EXPECT_THAT(scheduling.tolerations, ElementsAre(json{{"operator", "Exists"}}));
  EXPECT_EQ(scheduling.priority_class_name, "high");
  EXPECT_TRUE(scheduling.affinity->contains("nodeAffinity"));
}

TEST(DecodePod, ReadsInitContainersAndSidecars) {
  const BlueprintSpec spec = spec_of(
      R"({"initContainers": [{"name": "i", "image": "i:1", "command": ["a"], "args": [],
                              "env": [{"name": "A"}], "secrets": [{"name": "s", "envPrefix": ""}],
                              "resources": {"limits": {"cpu": 1}}}],
          "sidecars": [{"name": "s", "image": "s:1", "ports": [{"name": "p", "port": 1}],
                        "probes": {"liveness": {"tcp": true}}}]})");
  ASSERT_THAT(spec.init_containers, SizeIs(1));
  const Container& init = spec.init_containers.front();
  EXPECT_EQ(init.name, "i");
  EXPECT_EQ(init.image, "i:1");
  EXPECT_THAT(init.command.value(), ElementsAre("a"));
  EXPECT_TRUE(init.args);
  EXPECT_THAT(init.env, SizeIs(1));
  EXPECT_THAT(init.secrets, SizeIs(1));
  EXPECT_EQ(init.resources.limits.cpu->text(), "1");
  ASSERT_THAT(spec.sidecars, SizeIs(1));
  EXPECT_EQ(spec.sidecars.front().ports.at(0).name, "p");
  EXPECT_TRUE(spec.sidecars.front().probes.liveness);
}

struct PodRefusal {
  const char* name;
  const char* spec;
  const char* message;
};

class DecodePodRefuses : public testing::TestWithParam<PodRefusal> {};

TEST_P(DecodePodRefuses, WithThePathAndWhatIsAllowed) {
  EXPECT_THAT(error_of(GetParam().spec), HasSubstr(GetParam().message)) << GetParam().spec;
}

INSTANTIATE_TEST_SUITE_P(
    Spec, DecodePodRefuses,
    testing::Values(
        PodRefusal{"ConfigMapWithoutUse", R"({"configMaps": [{"name": "a"}]})",
                   "spec.configMaps[0]: exactly one of env, envPrefix and mountPath"},
        PodRefusal{"OnChange", R"({"secrets": [{"name": "a", "envPrefix": "", "onChange": "No"}]})",
                   "spec.secrets[0].onChange: must be one of Restart, Ignore"},
        PodRefusal{"ConfigValue", R"({"config": {"env": {"A": 1}}})",
                   "spec.config.env: the value of \"A\" must be a string"},
        PodRefusal{"VolumeWithoutSource", R"({"volumes": [{"name": "a", "mountPath": "/a"}]})",
                   "spec.volumes[0]: exactly one of emptyDir and persistentVolumeClaim"},
        PodRefusal{"VolumeWithTwoSources",
                   R"({"volumes": [{"name": "a", "mountPath": "/a", "emptyDir": {},
                                    "persistentVolumeClaim": {"claimName": "c"}}]})",
                   "spec.volumes[0]: exactly one of emptyDir and persistentVolumeClaim"},
        PodRefusal{
            "Medium",
            R"({"volumes": [{"name": "a", "mountPath": "/a", "emptyDir": {"medium": "SSD"}}]})",
            "spec.volumes[0].emptyDir.medium: must be one of Memory"},
        PodRefusal{
            "SizeLimit",
            R"({"volumes": [{"name": "a", "mountPath": "/a", "emptyDir": {"sizeLimit": "x"}}]})",
            "spec.volumes[0].emptyDir.sizeLimit: must be a quantity"},
        PodRefusal{
            "Claim",
            R"({"volumes": [{"name": "a", "mountPath": "/a", "persistentVolumeClaim": {}}]})",
            "spec.volumes[0].persistentVolumeClaim.claimName: is required"},
        PodRefusal{"Runtime", R"({"runtime": "go"})",
                   "spec.runtime: must be one of None, Go, Java, Node"},
        PodRefusal{"RatioAboveOne", R"({"tracing": {"samplingRatio": 1.5}})",
                   "spec.tracing.samplingRatio: must be a number from 0 to 1"},
        PodRefusal{"RatioAsText", R"({"tracing": {"samplingRatio": "0.5"}})",
                   "spec.tracing.samplingRatio: must be a number from 0 to 1"},
        PodRefusal{"Protocol", R"({"tracing": {"protocol": "http"}})",
                   "spec.tracing.protocol: must be one of http/protobuf, grpc"},
        PodRefusal{"Level", R"({"logging": {"level": "verbose"}})",
                   "spec.logging.level: must be one of trace, debug, info, warn, error"},
        PodRefusal{"Format", R"({"logging": {"format": "xml"}})",
                   "spec.logging.format: must be one of json, text"},
        PodRefusal{"Toleration", R"({"scheduling": {"tolerations": ["all"]}})",
                   "spec.scheduling.tolerations[0]: must be an object"},
        PodRefusal{"InitWithoutImage", R"({"initContainers": [{"name": "a"}]})",
                   "spec.initContainers[0].image: is required"},
        PodRefusal{"SidecarWithoutName", R"({"sidecars": [{"image": "a"}]})",
                   "spec.sidecars[0].name: is required"},
        PodRefusal{"SidecarPort",
                   R"({"sidecars": [{"name": "a", "image": "a", "ports": [{"name": "p"}]}]})",
                   "spec.sidecars[0].ports[0].port: is required"}),
    [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace api
