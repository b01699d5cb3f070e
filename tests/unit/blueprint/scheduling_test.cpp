#include "blueprint/scheduling.h"

#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

nlohmann::json affinity_of(const api::Blueprint& blueprint, std::int64_t version) {
  const Facts facts{.render_version = version};
  return placement({.blueprint = blueprint, .facts = facts, .ports = {}, .version = {}})
      .value("affinity", nlohmann::json::object());
}

const auto kTerm =
    "/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/0/podAffinityTerm"_json_pointer;

TEST(Affinity, PrefersOtherHostsWherePodsAreSpreadOverThem) {
  for (const char* spread : {"Host", "ZoneAndHost"}) {
    const auto blueprint = blueprint_of(std::string("scheduling: {spread: ") + spread + "}");
    const nlohmann::json term = affinity_of(blueprint, kRenderVersion).at(kTerm);
    EXPECT_EQ(term.at("topologyKey"), "kubernetes.io/hostname");
    EXPECT_EQ(term.at("/labelSelector/matchLabels/app.kubernetes.io~1instance"_json_pointer),
              "shop");
  }
  EXPECT_TRUE(affinity_of(blueprint_of("scheduling: {spread: None}"), kRenderVersion).empty());
}

TEST(Affinity, OfTheAuthorStands) {
  api::Blueprint blueprint = blueprint_of("");
  blueprint.spec.scheduling.affinity = R"({"podAntiAffinity": {"a": "b"}})"_json;
  EXPECT_EQ(affinity_of(blueprint, kRenderVersion), *blueprint.spec.scheduling.affinity);
  blueprint.spec.scheduling.affinity = R"({"nodeAffinity": {"a": "b"}})"_json;
  const nlohmann::json both = affinity_of(blueprint, kRenderVersion);
  EXPECT_EQ(both.at("nodeAffinity"), blueprint.spec.scheduling.affinity->at("nodeAffinity"));
  EXPECT_TRUE(both.contains(kTerm));
}

TEST(Affinity, IsTheAuthorsAloneInTheFirstVersion) {
  api::Blueprint blueprint = blueprint_of("");
  EXPECT_TRUE(affinity_of(blueprint, kPreviousRenderVersion).empty());
  blueprint.spec.scheduling.affinity = R"({"nodeAffinity": {"a": "b"}})"_json;
  EXPECT_EQ(affinity_of(blueprint, kPreviousRenderVersion), *blueprint.spec.scheduling.affinity);
}

}  // namespace
}  // namespace blueprint
