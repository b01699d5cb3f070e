#include "controller/field_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace controller {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

json entry(const std::string& manager, const std::string& operation, const json& fields) {
  return {{"manager", manager}, {"operation", operation}, {"fieldsV1", fields}};
}

json object_with(std::initializer_list<json> entries) {
  return {{"metadata", {{"managedFields", std::vector<json>(entries)}}}};
}

const json kLivePod = json::parse(R"({
  "containers": [
    {"name": "proxy", "image": "proxy:1"},
    {"name": "app", "image": "app:1", "terminationMessagePath": "/dev/termination-log",
     "env": [{"name": "B", "value": "2"}, {"name": "X", "value": "theirs"}, {"name": "A", "value": "1"}],
     "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"},
               {"containerPort": 80, "protocol": "UDP", "name": "other"}]}],
  "tolerations": [{"key": "a"}, {"key": "b"}],
  "finalizers": ["ours", "theirs"],
  "dnsPolicy": "ClusterFirst"})");

TEST(Extract, TakesExactlyTheFieldsWithTheKeysOfElementsInTheLiveOrder) {
  const json fields = json::parse(R"({
    "f:containers": {"k:{\"name\":\"app\"}": {
      ".": {}, "f:image": {},
      "f:env": {".": {}, "k:{\"name\":\"A\"}": {".": {}, "f:value": {}},
                "k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}}},
      "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}}}}}})");
  EXPECT_EQ(extract(kLivePod, fields), json::parse(R"({"containers": [{
    "name": "app", "image": "app:1",
    "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
    "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"}]}]})"));
}

TEST(Extract, AValueThatIsOwnedAsAWholeIsTakenAsAWhole) {
  EXPECT_EQ(extract(kLivePod, json::parse(R"({"f:tolerations": {}})")),
            json::parse(R"({"tolerations": [{"key": "a"}, {"key": "b"}]})"));
}

TEST(Extract, OfASetTakesTheOwnValues) {
  EXPECT_EQ(extract(kLivePod, json::parse(R"({"f:finalizers": {"v:\"ours\"": {}}})")),
            json::parse(R"({"finalizers": ["ours"]})"));
}

TEST(Extract, WhatIsOwnedAndGoneIsLeftOut) {
  EXPECT_EQ(extract(kLivePod, json::parse(R"({"f:hostname": {}, "f:dnsPolicy": {}})")),
            json::parse(R"({"dnsPolicy": "ClusterFirst"})"));
}

TEST(AppliedFields, IsTheApplyEntryOfTheMainResource) {
  json of_status = entry("we", "Apply", {{"f:status", json::object()}});
  of_status["subresource"] = "status";
  const json fields{{"f:spec", json::object()}};
  const json object = object_with({of_status, entry("we", "Update", {{"f:a", json::object()}}),
                                   entry("they", "Apply", {{"f:b", json::object()}}),
                                   entry("we", "Apply", fields)});
  EXPECT_EQ(applied_fields(object, "we"), fields);
  EXPECT_TRUE(applied_fields(object, "nobody").is_null());
}

class LostFields : public testing::Test {
 protected:
  static std::vector<LostField> lost(const json& ours, const json& theirs, const json& wanted) {
    return lost_fields(
        object_with({entry("we", "Apply", ours), entry("kubectl-edit", "Update", theirs)}), wanted,
        "we", 8);
  }

  const json wanted_ = json::parse(R"({
    "apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "app", "namespace": "shop", "uid": "u", "labels": {"team": "a"}},
    "spec": {"replicas": 2, "volumes": [],
             "containers": [{"name": "app", "image": "app:1", "env": [{"name": "A", "value": "1"}]}]}})");
  const json all_ = json::parse(R"({
    "f:metadata": {"f:labels": {"f:team": {}}},
    "f:spec": {"f:replicas": {}, "f:containers": {"k:{\"name\":\"app\"}": {
      ".": {}, "f:name": {}, "f:image": {},
      "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}}}}}})");
};

TEST_F(LostFields, NothingIsLostWhereAllIsOurs) {
  EXPECT_THAT(lost(all_, {{"f:spec", {{"f:paused", json::object()}}}}, wanted_), IsEmpty());
}

TEST_F(LostFields, AChangedValueIsNamedWithItsNewManager) {
  json ours = all_;
  auto& container = ours["f:spec"]["f:containers"]["k:{\"name\":\"app\"}"];
  container["f:env"]["k:{\"name\":\"A\"}"].erase("f:value");
  const json theirs = json::parse(R"({"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {
      "f:env": {"k:{\"name\":\"A\"}": {"f:value": {}}}}}}})");
  const auto found = lost(ours, theirs, wanted_);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].path, R"(spec.containers[name="app"].env[name="A"].value)");
  EXPECT_EQ(found[0].manager, "kubectl-edit");
}

TEST_F(LostFields, ARemovedElementHasNoManager) {
  json ours = all_;
  ours["f:spec"]["f:containers"]["k:{\"name\":\"app\"}"]["f:env"] = {
      {"k:{\"name\":\"B\"}", json::object()}};
  const auto found = lost(ours, {{"f:spec", {{"f:paused", json::object()}}}}, wanted_);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].path, R"(spec.containers[name="app"].env[name="A"])");
  EXPECT_EQ(found[0].manager, "");
}

TEST_F(LostFields, TheCreationsEntryCountsAsOurs) {
  const json object = object_with({entry("we", "Update", all_)});
  EXPECT_THAT(lost_fields(object, wanted_, "we", 8), IsEmpty());
}

TEST_F(LostFields, WithoutAnEntryOfOursNothingIsKnown) {
  const json object = object_with({entry("ancient-changes", "Update", all_)});
  EXPECT_THAT(lost_fields(object, wanted_, "we", 8), IsEmpty());
}

TEST_F(LostFields, NoMoreThanAskedFor) {
  const json object = object_with({entry("we", "Apply", json::parse(R"({"f:other": {}})"))});
  EXPECT_THAT(lost_fields(object, wanted_, "we", 1), SizeIs(1));
}

}  // namespace
}  // namespace controller
