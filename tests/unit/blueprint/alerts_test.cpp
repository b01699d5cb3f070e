// What the expressions mean is tried by promtool, in tests/promtool.

#include "blueprint/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

json rules_of(const api::Blueprint& blueprint) {
  return child_of(blueprint, "PrometheusRule").at("/spec/groups/0/rules"_json_pointer);
}

json rules_of(const std::string& spec) { return rules_of(blueprint_of(spec)); }

std::vector<std::string> names_of(const json& rules) {
  std::vector<std::string> names;
  for (const json& rule : rules) names.push_back(rule["alert"]);
  return names;
}

TEST(Alerts, AreOffByDefault) {
  EXPECT_EQ(child_of(blueprint_of(""), "PrometheusRule"), nullptr);
  EXPECT_EQ(child_of(blueprint_of("monitoring: {alerts: {enabled: false}}"), "PrometheusRule"),
            nullptr);
}

TEST(Alerts, AreThoseThatTheServiceCanHave) {
  const auto plain = names_of(rules_of("monitoring: {alerts: {enabled: true}}"));
  EXPECT_THAT(plain, Contains("ServiceTargetDown"));
  EXPECT_THAT(plain, Not(Contains(HasSubstr("Autoscaler"))));
  EXPECT_THAT(names_of(rules_of("{ports: [], monitoring: {alerts: {enabled: true}}}")),
              Not(Contains("ServiceTargetDown")));
  EXPECT_THAT(names_of(rules_of("monitoring: {enabled: false, alerts: {enabled: true}}")),
              Not(Contains("ServiceTargetDown")));
  EXPECT_THAT(
      names_of(rules_of("{autoscaling: {maxReplicas: 3}, monitoring: {alerts: {enabled: true}}}")),
      Contains("ServiceAutoscalerAtMaximum"));
}

TEST(Alerts, SayWhomToTell) {
  for (const json& rule : rules_of("{owner: payments, monitoring: {alerts: {enabled: true}}}")) {
    EXPECT_EQ(rule["labels"]["owner"], "payments");
    EXPECT_EQ(rule["labels"]["service"], "shop");
    EXPECT_TRUE(rule["labels"].contains("severity"));
    EXPECT_FALSE(rule["annotations"]["summary"].get<std::string>().empty());
    EXPECT_FALSE(rule["annotations"]["description"].get<std::string>().empty());
    EXPECT_FALSE(rule["for"].get<std::string>().empty());
  }
  for (const json& rule : rules_of("monitoring: {alerts: {enabled: true}}"))
    EXPECT_FALSE(rule["labels"].contains("owner"));
}

TEST(Alerts, SelectByNamespaceWhereItIsKnown) {
  api::Blueprint blueprint = blueprint_of("monitoring: {alerts: {enabled: true}}");
  for (const json& rule : rules_of(blueprint))
    EXPECT_THAT(rule["expr"].get<std::string>(), HasSubstr(R"({namespace="store",)"));
  blueprint.key.namespace_.clear();
  for (const json& rule : rules_of(blueprint))
    EXPECT_THAT(rule["expr"].get<std::string>(), Not(HasSubstr("namespace=")));
}

TEST(Alerts, HaveTheLabelsThatPrometheusSelectsBy) {
  Facts facts;
  facts.monitor_labels = {{"release", "platform"}, {"team", "sre"}};
  const api::Blueprint blueprint =
      blueprint_of("monitoring: {labels: {release: own}, alerts: {enabled: true}}");
  for (const Object& object : render(blueprint, facts)) {
    if (object.resource != api::kPrometheusRule) continue;
    EXPECT_EQ(object.body["metadata"]["labels"]["release"], "own");
    EXPECT_EQ(object.body["metadata"]["labels"]["team"], "sre");
    return;
  }
  FAIL() << "no PrometheusRule";
}

}  // namespace
}  // namespace blueprint
