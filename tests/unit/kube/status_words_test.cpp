#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kube/record.h"
#include "support/objects.h"

namespace kube {
namespace {

using api::ConditionStatus;
using nlohmann::json;

json condition(const char* type, const char* status, const char* reason,
               const char* message = "words") {
  return {{"type", type}, {"status", status}, {"reason", reason}, {"message", message}};
}

// A whole object as a list shows it: without its kind.
ChildRecord decode(const json& spec, const json& status) {
  json object{{"metadata", support::child_metadata("checkout", 7)}, {"spec", spec}};
  if (!status.is_null()) object["status"] = status;
  return decode_child(support::padded(object), support::identity()).record;
}

ConditionWords autoscaler(const json& status) {
  const ChildRecord record = decode({{"scaleTargetRef", {{"name", "checkout"}}}}, status);
  EXPECT_FALSE(record.deployment.has_value());
  return record.condition.value_or(ConditionWords{ConditionStatus::kUnknown, "nothing read", ""});
}

ConditionWords route(const json& parents) {
  const ChildRecord record =
      decode({{"parentRefs", {{{"name", "gateway"}}}}}, {{"parents", parents}});
  EXPECT_FALSE(record.deployment.has_value());
  return record.condition.value_or(ConditionWords{ConditionStatus::kUnknown, "nothing read", ""});
}

TEST(StatusWords, AnAutoscalerSaysWhetherItHasItsMetrics) {
  EXPECT_EQ(autoscaler(nullptr), ConditionWords{});
  EXPECT_EQ(autoscaler({{"conditions",
                         {condition("AbleToScale", "True", "Ready"),
                          condition("ScalingActive", "False", "FailedGetResourceMetric"),
                          condition("ScalingLimited", "False", "Desired")}}}),
            (ConditionWords{ConditionStatus::kFalse, "FailedGetResourceMetric", "words"}));
  EXPECT_EQ(autoscaler({{"conditions", {condition("ScalingActive", "True", "ValidMetricFound")}}}),
            (ConditionWords{ConditionStatus::kTrue, "ValidMetricFound", ""}))
      << "the words of what is well are not kept: they change all the time";
}

TEST(StatusWords, ARouteIsTakenWhenAGatewayTakesItAndNoneRefuses) {
  EXPECT_EQ(route(json::array()), ConditionWords{});
  const json taken{{"conditions",
                    {condition("Accepted", "True", "Accepted"),
                     condition("ResolvedRefs", "True", "ResolvedRefs")}}};
  const json refused{{"conditions", {condition("Accepted", "False", "NotAllowedByListeners")}}};
  const json lost{{"conditions",
                   {condition("ResolvedRefs", "False", "BackendNotFound"),
                    condition("Accepted", "True", "Accepted")}}};
  const json silent{{"conditions", {condition("Programmed", "True", "Programmed")}}};
  EXPECT_EQ(route(json::array({taken})), (ConditionWords{ConditionStatus::kTrue, "Accepted", ""}));
  EXPECT_EQ(route(json::array({taken, refused})).reason, "NotAllowedByListeners");
  EXPECT_EQ(route(json::array({refused, taken})).status, ConditionStatus::kFalse);
  EXPECT_EQ(route(json::array({lost})).reason, "BackendNotFound");
  EXPECT_EQ(route(json::array({silent})), ConditionWords{});
}

TEST(StatusWords, ADeploymentIsReadAsOneAndMetadataAloneAsNeither) {
  const ChildRecord deployment = decode({{"replicas", 2}, {"template", json::object()}}, nullptr);
  EXPECT_TRUE(deployment.deployment.has_value());
  EXPECT_FALSE(deployment.condition.has_value());
  const ChildRecord partial =
      decode_child(support::padded(support::child("checkout", 7)), support::identity()).record;
  EXPECT_FALSE(partial.deployment.has_value());
  EXPECT_FALSE(partial.condition.has_value());
}

TEST(PausedAnnotation, IsReadAndCountsAsAChange) {
  json object{{"metadata",
               {{"name", "checkout"},
                {"namespace", "shop"},
                {"uid", std::string(support::kOwnerUid)},
                {"resourceVersion", "7"},
                {"annotations", {{"serviceblueprint.dev/paused", ""}, {"other", "x"}}}}},
              {"spec", {{"image", "checkout:1"}}}};
  const CustomRecord paused = decode_custom(support::padded(object)).record;
  EXPECT_EQ(paused.paused, "") << "no reason is a pause, too";
  object["metadata"]["annotations"].erase("serviceblueprint.dev/paused");
  const CustomRecord running = decode_custom(support::padded(object)).record;
  EXPECT_EQ(running.paused, std::nullopt);
  EXPECT_FALSE(paused.same_content(running));
  object["metadata"]["annotations"]["other"] = "y";
  EXPECT_TRUE(running.same_content(decode_custom(support::padded(object)).record));
}

}  // namespace
}  // namespace kube
