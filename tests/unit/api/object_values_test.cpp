// The small values of api/: keys, UIDs, digests, conditions, the status.

#include <set>
#include <unordered_set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "api/condition.h"
#include "api/digest.h"
#include "api/object_key.h"
#include "api/status.h"
#include "api/uid.h"

namespace api {
namespace {

using nlohmann::json;

TEST(ObjectKey, HashesAndPrintsBothParts) {
  const std::unordered_set<ObjectKey> keys{{"a", "b"}, {"b", "a"}, {"a", "b"}};
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_EQ(to_string(ObjectKey{"shop", "checkout"}), "shop/checkout");
}

TEST(Uid, KeepsItsText) {
  const std::string text = "0f3c9c2e-5d8b-4f0a-9a7e-1b2c3d4e5f60";
  EXPECT_EQ(Uid::parse(text)->text(), text);
  EXPECT_FALSE(Uid::parse(text)->empty());
  EXPECT_TRUE(Uid{}.empty());
}

TEST(Uid, RefusesWhatIsNoUuid) {
  for (const char* const text :
       {"", "x", "0f3c9c2e5d8b4f0a9a7e1b2c3d4e5f60", "0f3c9c2e-5d8b-4f0a-9a7e-1b2c3d4e5f6",
        "0f3c9c2e-5d8b-4f0a-9a7e-1b2c3d4e5f6g", "0f3c9c2e-5d8b-4f0a-9a7e+1b2c3d4e5f60",
        "0f3c9c2e-5d8b-4f0a-9a7e-1b2c3d4e5f601"}) {
    EXPECT_FALSE(Uid::parse(text)) << text;
  }
}

TEST(Digest, IsTheSameOnEveryMachineAndInEveryRelease) {
  // Stored in the status of live objects: a change here costs every child one write.
  EXPECT_EQ(to_hex(digest_of("")), "6c2a749f3582874b");
  EXPECT_EQ(to_hex(digest_of("ServiceBlueprint")), "f9e1fc5b00931183");
}

TEST(Digest, SeesEveryByteAndTheBoundariesBetweenParts) {
  std::set<std::uint64_t> digests;
  const std::string text = "0123456789abcdef0123";
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = 'x';
    digests.insert(digest_of(changed));
    digests.insert(digest_of(text.substr(0, i)));
  }
  digests.insert(Digest().add("ab").value());
  digests.insert(Digest().add("a").add("b").value());
  digests.insert(Digest().add("ab").add("").value());
  EXPECT_EQ(digests.size(), 2 * text.size() + 3);
}

TEST(Condition, SurvivesTheWayThroughJson) {
  const Condition condition{"Ready", ConditionStatus::kFalse, "RollingOut", "1 of 2",
                            3,       "2026-11-24T09:00:00Z"};
  EXPECT_EQ(condition_from_json(to_json(condition)), condition);
  EXPECT_EQ(to_json(condition)["status"], "False");
  EXPECT_EQ(to_string(ConditionStatus::kUnknown), "Unknown");
}

TEST(Condition, AnythingMayStandInAStatusThatOthersEdited) {
  EXPECT_EQ(condition_from_json(json("text")), Condition{});
  EXPECT_EQ(condition_from_json({{"type", 3}, {"observedGeneration", "x"}}), Condition{});
}

TEST(Condition, AnEmptyTransitionTimeIsFilled) {
  std::vector<Condition> wanted{{.type = "Ready"}};
  carry_transition_times(wanted, {{.type = "Ready"}}, "now");
  EXPECT_EQ(wanted[0].last_transition_time, "now");
}

TEST(BlueprintStatus, SurvivesTheWayThroughJson) {
  BlueprintStatus status;
  status.observed_generation = 3;
  status.conditions = {{"Ready", ConditionStatus::kTrue, "Serving", "m", 3, "t"}};
  status.counts = {1, 2, 3, 4, 5};
  status.selector = "a=b";
  status.version = "1.4.2";
  status.resources = {{"apps", "Deployment", "checkout", "uid", "intent", "owned"}};
  EXPECT_EQ(status_from_json(to_json(status)), status);
}

TEST(BlueprintStatus, WhatIsMissingOrOddReadsAsEmpty) {
  EXPECT_EQ(status_from_json(json::array()), BlueprintStatus{});
  EXPECT_EQ(status_from_json({{"conditions", 3}, {"resources", {1, "x"}}, {"replicas", "many"}}),
            BlueprintStatus{});
}

}  // namespace
}  // namespace api
