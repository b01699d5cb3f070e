#include "controller/rendering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/resource.h"
#include "api/yaml.h"
#include "blueprint/defaults.h"

namespace controller {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

json yaml(const std::string& text) { return api::parse_yaml(text).at(0); }

blueprint::Platform platform_of(const std::string& configuration) {
  blueprint::Platform platform;
  blueprint::read_platform(yaml(configuration), platform);
  return platform;
}

// A blueprint over its life: a cluster that keeps its spec, its generation and its status.
class Life {
 public:
  explicit Life(const std::string& spec) { write(spec); }

  void write(const std::string& spec) {
    spec_ = yaml(spec);
    if (!spec_.contains("image")) spec_["image"] = "shop:1.4.2";
    ++generation_;
  }

  // A pass of the operator, whose status is written.
  Rendering pass(const blueprint::Platform& platform = {}) {
    Rendering rendering = look(platform);
    status_.observed_generation = generation_;
    if (!rendering.problems.empty()) return rendering;
    status_.defaults = rendering.defaults;
    status_.render_version = rendering.version;
    status_.resources = {{.group = "apps", .kind = "Deployment", .name = "shop"}};
    return rendering;
  }

  // A pass without its status.
  Rendering look(const blueprint::Platform& platform = {}) const {
    api::Blueprint authored{{"store", "shop"}, "", generation_, api::decode_spec(spec_)};
    return decide_rendering(std::move(authored), spec_, status_, platform);
  }

  api::BlueprintStatus& status() { return status_; }
  json kept() const { return json::parse(status_.defaults); }

 private:
  json spec_;
  std::int64_t generation_ = 0;
  api::BlueprintStatus status_;
};

json bodies(const Rendering& rendering) {
  json list = json::array();
  for (const blueprint::Object& object : render(rendering)) list.push_back(object.body);
  return list;
}

const char* const kChanged =
    "defaults: {production: {replicas: 5, resources: {limits: {cpu: 1}}, shutdown: {delaySeconds: "
    "3}, logging: {level: warn}, imagePullPolicy: Always, network: {policy: true}}}";

TEST(Rendering, OfANewBlueprintHasThePlatformsDefaultsAndTheCurrentVersion) {
  const Rendering rendering = Life("{}").pass(platform_of(kChanged));
  EXPECT_EQ(rendering.blueprint.spec.defaults,
            platform_of(kChanged).defaults_of(api::Profile::kProduction));
  EXPECT_EQ(rendering.version, blueprint::kRenderVersion);
  EXPECT_EQ(rendering.facts.render_version, blueprint::kRenderVersion);
  EXPECT_FALSE(rendering.keep_template);
}

TEST(Rendering, KeepsTheDefaultsThatABlueprintUsed) {
  Life life("{profile: staging, shutdown: {delaySeconds: 1}, logging: {level: error}}");
  life.pass(platform_of("defaults: {staging: {scheduling: {priorityClassName: high}}}"));
  json kept = life.kept();
  EXPECT_THAT(kept["spec"].get<std::string>(), SizeIs(16));
  kept.erase("spec");
  EXPECT_EQ(kept, yaml(R"(
disruption: {enabled: true}
logging: {format: json}
network: {policy: false}
replicas: 1
resources: {limits: {memory: 128Mi}, requests: {cpu: 50m, memory: 128Mi}}
scheduling: {priorityClassName: high, spread: Host}
shutdown: {drainSeconds: 20}
)"));
}

TEST(Rendering, KeepsTheSamplingRatioOfWhatIsTraced) {
  Life life("{}");
  life.pass();
  EXPECT_FALSE(life.kept().contains("tracing"));
  life.write("{tracing: {enabled: true, endpoint: 'http://collector:4318'}}");
  life.pass();
  EXPECT_EQ(life.kept()["tracing"]["samplingRatio"], 0.1);
}

TEST(Rendering, KeepsWhatASidecarUsesWhereTheMainContainerHasItsOwn) {
  const blueprint::Platform platform = platform_of(
      "defaults: {production: {resources: {limits: {cpu: 1}}, imagePullPolicy: Always}}");
  Life life(
      "{imagePullPolicy: Never, resources: {limits: {cpu: 2}}, "
      "sidecars: [{name: proxy, image: 'proxy:1'}]}");
  const json before = bodies(life.pass(platform));
  EXPECT_EQ(life.kept()["resources"]["limits"]["cpu"], "1");
  EXPECT_EQ(bodies(life.pass()), before);
}

TEST(Rendering, KeepsTheReplicasThatAnAutoscalerBeginsWith) {
  api::Blueprint scaled{{"store", "shop"}, "", 1, api::decode_spec({{"image", "shop:1"}})};
  scaled.spec.autoscaling = api::Autoscaling{.max_replicas = 5};
  EXPECT_EQ(json::parse(decide_rendering(scaled, json::object(), {}, {}).defaults)["replicas"], 2);
  scaled.spec.autoscaling->min_replicas = 1;
  EXPECT_FALSE(
      json::parse(decide_rendering(scaled, json::object(), {}, {}).defaults).contains("replicas"));
}

TEST(Rendering, IsNotMovedByAChangedDefault) {
  Life life("{}");
  const json before = bodies(life.pass());
  const std::string kept = life.status().defaults;
  EXPECT_EQ(bodies(life.pass(platform_of(kChanged))), before);
  EXPECT_EQ(life.status().defaults, kept);
}

TEST(Rendering, IsNotMovedByADefaultThatIsTakenBack) {
  Life life("{}");
  const json before = bodies(life.pass(platform_of(kChanged)));
  EXPECT_EQ(bodies(life.pass()), before);
}

TEST(Rendering, TakesTheNewDefaultsWithAChangeOfSpec) {
  Life life("{}");
  life.pass();
  life.write("{rollout: {restartToken: again}}");
  const Rendering rendering = life.pass(platform_of(kChanged));
  EXPECT_EQ(blueprint::replicas_of(rendering.blueprint.spec), 5);
  EXPECT_EQ(life.kept()["imagePullPolicy"], "Always");
}

TEST(Rendering, IsNotMovedByAChangeOfReplicasAlone) {
  Life life("{replicas: 1}");
  life.pass();
  const std::string kept = life.status().defaults;
  life.write("{replicas: 4}");
  const Rendering rendering = life.pass(platform_of(kChanged));
  EXPECT_EQ(rendering.defaults, kept);
  EXPECT_EQ(blueprint::replicas_of(rendering.blueprint.spec), 4);
  EXPECT_EQ(blueprint::shutdown_of(rendering.blueprint.spec).delay_seconds, 10);
}

TEST(Rendering, HasTheDefaultReplicasWhereTheyAreLeftOutLater) {
  Life life("{replicas: 1}");
  life.pass();
  EXPECT_FALSE(life.kept().contains("replicas"));
  life.write("{}");
  const Rendering rendering = life.pass(platform_of(kChanged));
  EXPECT_EQ(blueprint::replicas_of(rendering.blueprint.spec), 5);
  EXPECT_EQ(life.kept()["replicas"], 5);
  EXPECT_EQ(blueprint::shutdown_of(rendering.blueprint.spec).delay_seconds, 10);
}

TEST(Rendering, ForgetsNothingOverAnInvalidSpec) {
  Life life("{}");
  const json before = bodies(life.pass());
  life.write("{probes: {readiness: {port: admin}}}");
  EXPECT_THAT(life.pass(platform_of(kChanged)).problems, Not(IsEmpty()));
  life.write("{}");
  EXPECT_EQ(bodies(life.pass(platform_of(kChanged))), before);
}

TEST(Rendering, HasWhatIsEnforcedAtOnceAndNotAmongTheKeptDefaults) {
  Life life("{shutdown: {delaySeconds: 1}}");
  life.pass();
  const std::string kept = life.status().defaults;
  const Rendering rendering = life.pass(
      platform_of("enforced: {shutdown: {delaySeconds: 4}, resources: {limits: {memory: 1Gi}}}"));
  EXPECT_EQ(blueprint::shutdown_of(rendering.blueprint.spec).delay_seconds, 4);
  EXPECT_EQ(blueprint::resources_of(rendering.blueprint.spec).limits.memory->text(), "1Gi");
  EXPECT_EQ(rendering.defaults, kept);
}

TEST(Rendering, SaysWhichProblemComesFromWhatIsEnforced) {
  const blueprint::Platform platform =
      platform_of("enforced: {resources: {limits: {memory: 64Mi}}}");
  const Rendering enforced = Life("{resources: {requests: {memory: 1Gi}}}").pass(platform);
  ASSERT_THAT(enforced.problems, SizeIs(1));
  EXPECT_THAT(enforced.problems[0].message, HasSubstr("the platform's configuration enforces"));
  const Rendering own = Life("{probes: {readiness: {port: admin}}}").pass(platform);
  ASSERT_THAT(own.problems, SizeIs(1));
  EXPECT_THAT(own.problems[0].message, Not(HasSubstr("enforces")));
}

TEST(Rendering, OfThePreviousReleaseStaysUntilTheSpecChanges) {
  Life life("{}");
  life.pass();
  life.status().render_version = 0;
  life.status().defaults.clear();
  const Rendering rendering = life.pass(platform_of(kChanged));
  EXPECT_EQ(rendering.facts.render_version, blueprint::kPreviousRenderVersion);
  EXPECT_EQ(rendering.blueprint.spec.defaults, api::built_in_defaults(api::Profile::kProduction));
  EXPECT_EQ(life.status().render_version, blueprint::kPreviousRenderVersion);
  EXPECT_EQ(life.pass().facts.render_version, blueprint::kPreviousRenderVersion);
  life.write("{version: '2'}");
  EXPECT_EQ(life.pass().facts.render_version, blueprint::kRenderVersion);
}

TEST(Rendering, OfThePreviousReleaseIsAnewWhereTheSpecChangedSince) {
  Life life("{}");
  life.pass();
  life.status().render_version = 0;
  life.status().defaults.clear();
  life.write("{version: '2'}");
  EXPECT_EQ(life.pass().facts.render_version, blueprint::kRenderVersion);
}

TEST(Rendering, OfABlueprintWithoutADeploymentIsAnew) {
  Life life("{}");
  life.status().observed_generation = 1;
  EXPECT_EQ(life.pass().version, blueprint::kRenderVersion);
}

TEST(Rendering, ByAnUnknownVersionLeavesThePodTemplate) {
  for (const std::int64_t version : {3, 99}) {
    Life life("{replicas: 1}");
    life.pass();
    life.status().render_version = version;
    const std::string kept = life.status().defaults;
    life.write("{replicas: 3}");
    const Rendering rendering = life.pass(platform_of(kChanged));
    EXPECT_TRUE(rendering.keep_template);
    EXPECT_EQ(life.status().render_version, version);
    EXPECT_EQ(life.status().defaults, kept);
    EXPECT_THAT(template_notice(rendering), HasSubstr("render version " + std::to_string(version)));
    for (const blueprint::Object& object : render(rendering)) {
      EXPECT_EQ(object.keep_template, object.resource == api::kDeployment);
    }
    life.write("{replicas: 3, version: '2'}");
    const Rendering anew = life.pass();
    EXPECT_FALSE(anew.keep_template);
    EXPECT_EQ(anew.version, blueprint::kRenderVersion);
    EXPECT_EQ(template_notice(anew), "");
  }
}

TEST(Rendering, ByAnUnknownVersionIsAnewWhereTheSpecChangedWhilePaused) {
  Life life("{}");
  life.pass();
  life.status().render_version = 99;
  life.write("{version: '2'}");
  life.status().observed_generation = 2;
  EXPECT_FALSE(life.pass().keep_template);
}

TEST(Rendering, ByAnUnknownVersionStaysWhereItsDefaultsCannotBeRead) {
  Life life("{}");
  life.pass();
  life.status().render_version = 99;
  life.status().defaults = R"({"digest-of-another-kind": 1})";
  EXPECT_TRUE(life.pass().keep_template);
  EXPECT_EQ(life.status().defaults, R"({"digest-of-another-kind": 1})");
}

TEST(Rendering, SurvivesAStatusThatOthersEdited) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"spec": 1})", R"({"spec":"x","replicas":"y"})"}) {
    Life life("{}");
    life.pass();
    life.status().render_version = blueprint::kPreviousRenderVersion;
    life.status().defaults = text;
    EXPECT_TRUE(life.pass().problems.empty()) << text;
    EXPECT_EQ(life.kept()["replicas"], 2) << text;
  }
}

TEST(Rendering, KeepsNoMoreThanTheStatusMayHold) {
  constexpr std::size_t kLimit = 2048;
  const std::string quantity = "'" + std::string(31, '0') + "1'";
  const Rendering rendering = Life("{}").pass(platform_of(
      "defaults: {production: {resources: {requests: {cpu: " + quantity + ", memory: " + quantity +
      ", ephemeral-storage: " + quantity + "}, limits: {cpu: " + quantity +
      ", memory: " + quantity + ", ephemeral-storage: " + quantity +
      "}}, scheduling: {priorityClassName: " + std::string(253, 'x') +
      "}, imagePullPolicy: IfNotPresent}}"));
  EXPECT_LE(rendering.defaults.size(), kLimit);
  EXPECT_THAT(rendering.defaults, HasSubstr(std::string(253, 'x')));
}

}  // namespace
}  // namespace controller
