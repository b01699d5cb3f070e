#include "blueprint/digest.h"

#include <gtest/gtest.h>

namespace blueprint {
namespace {

using nlohmann::json;

// A digest lives in the status of objects: a change of this value costs every child of every user
// one write.
TEST(Digest, IsTheSameInEveryBuild) {
  EXPECT_EQ(digest(json::parse(R"({"b":[1,"x"],"a":true})")), "b06e1cb133c4f6b5");
}

TEST(Digest, KnowsNoOrderOfKeys) {
  EXPECT_EQ(digest(json::parse(R"({"a": 1, "b": 2})")), digest(json::parse(R"({"b": 2, "a": 1})")));
}

TEST(Digest, KnowsTheOrderOfLists) { EXPECT_NE(digest(json{1, 2}), digest(json{2, 1})); }

TEST(Digest, TellsTypesApart) {
  EXPECT_NE(digest(json("1")), digest(json(1)));
  EXPECT_NE(digest(json::object()), digest(json::array()));
}

TEST(Digest, SurvivesTextThatIsNotUtf8) { EXPECT_EQ(digest(json("\xff")).size(), 16U); }

}  // namespace
}  // namespace blueprint
