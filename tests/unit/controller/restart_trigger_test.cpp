#include "controller/restart_trigger.h"

#include <gtest/gtest.h>

namespace controller {
namespace {

using namespace std::chrono_literals;

Reference secret(const std::string& name, bool required = true) {
  return {.kind = DataKind::kSecret,
          .name = name,
          .required = required,
          .variables = {},
          .files = {},
          .restarts = true};
}

// One blueprint over many passes, as the reconciler keeps what it must.
class RestartTest : public testing::Test {
 protected:
  RestartPlan pass(bool template_changes = false) {
    RestartPlan plan = plan_restart(memory_, references_,
                                    [this](DataKind, const std::string& name) {
                                      if (!visible_) return Sight{};
                                      const auto found = contents_.find(name);
                                      if (found == contents_.end())
                                        return Sight{.state = Sight::State::kMissing, .record = {}};
                                      Sight sight{.state = Sight::State::kThere, .record = {}};
                                      sight.record.content = found->second;
                                      sight.rewritten = rewritten_;
                                      return sight;
                                    },
                                    notes_, {.now = now_, .template_changes = template_changes});
    memory_ = plan.memory;
    notes_ = plan.notes;
    return plan;
  }

  // Passes until nothing is left to do; returns how often what is rendered changed.
  int rollouts() {
    int count = 0;
    std::string rendered = rendered_;
    for (int i = 0; i < 10; ++i) {
      const RestartPlan plan = pass();
      if (std::exchange(rendered, plan.rendered) != plan.rendered) ++count;
      if (!plan.again) break;
      now_ += *plan.again;
    }
    rendered_ = rendered;
    return count;
  }

  void restart_operator() {
    notes_ = {};
    rewritten_ = 0;
    now_ = base::SteadyTime{} + 1000s;
  }

  base::SteadyTime now_{};
  bool visible_ = true;
  std::vector<Reference> references_{secret("db")};
  std::map<std::string, std::uint64_t> contents_{{"db", 1}};
  RestartMemory memory_;
  RestartNotes notes_;
  kube::ResourceVersion rewritten_ = 0;
  std::string rendered_;
};

TEST_F(RestartTest, ANewBlueprintHasNoTrigger) {
  EXPECT_EQ(pass().rendered, "");
  EXPECT_EQ(memory_.trigger, "");
  EXPECT_FALSE(memory_.seen.empty());
}

TEST_F(RestartTest, AChangeRestartsOnceAfterItSettled) {
  pass();
  contents_["db"] = 2;
  const RestartPlan first = pass();
  EXPECT_EQ(first.rendered, "");
  EXPECT_EQ(first.again, std::chrono::nanoseconds(2s));
  now_ += 1999ms;
  EXPECT_EQ(pass().rendered, "") << "woken early by something else";
  EXPECT_EQ(rollouts(), 1);
  EXPECT_FALSE(pass().again);
  EXPECT_EQ(rollouts(), 0);
}

TEST_F(RestartTest, SeveralThatChangeTogetherRestartOnce) {
  references_ = {secret("a"), secret("b"), secret("c")};
  contents_ = {{"a", 1}, {"b", 1}, {"c", 1}};
  pass();
  for (const char* const name : {"a", "b", "c"}) {
    contents_[name] = 2;
    EXPECT_EQ(pass().rendered, "");
    now_ += 1500ms;
  }
  EXPECT_EQ(pass().rendered, "") << "the last one has not settled";
  EXPECT_EQ(rollouts(), 1);
}

TEST_F(RestartTest, TheDecisionIsWrittenBeforeItIsRendered) {
  pass();
  contents_["db"] = 2;
  pass();
  now_ += 2s;
  const RestartPlan decided = pass();
  EXPECT_EQ(decided.rendered, "");
  EXPECT_NE(decided.memory.trigger, "");
  EXPECT_EQ(decided.again, std::chrono::nanoseconds(0));
  restart_operator();
  EXPECT_EQ(pass().rendered, decided.memory.trigger);
}

TEST_F(RestartTest, AnOperatorThatStartsAnewChangesNothing) {
  pass();
  contents_["db"] = 2;
  rollouts();
  const RestartMemory before = memory_;
  restart_operator();
  EXPECT_EQ(rollouts(), 0);
  EXPECT_EQ(memory_, before);
}

TEST_F(RestartTest, AChangeWhileNoOperatorRanIsNoticed) {
  pass();
  restart_operator();
  contents_["db"] = 2;
  EXPECT_EQ(rollouts(), 1);
}

TEST_F(RestartTest, TheRightToSeeGivenLaterRestartsNothing) {
  visible_ = false;
  pass();
  EXPECT_EQ(memory_, RestartMemory{});
  visible_ = true;
  EXPECT_EQ(rollouts(), 0);
  contents_["db"] = 2;
  EXPECT_EQ(rollouts(), 1);
}

TEST_F(RestartTest, ARightThatIsTakenAwayForgetsNothing) {
  pass();
  visible_ = false;
  EXPECT_EQ(rollouts(), 0);
  visible_ = true;
  EXPECT_EQ(rollouts(), 0);
  visible_ = false;
  pass();
  contents_["db"] = 2;
  visible_ = true;
  EXPECT_EQ(rollouts(), 1);
}

TEST_F(RestartTest, ADeletedOneRestartsNothingUntilItIsBack) {
  pass();
  contents_.clear();
  EXPECT_EQ(rollouts(), 0);
  contents_["db"] = 2;
  EXPECT_EQ(rollouts(), 1);
}

TEST_F(RestartTest, AMissingRequiredOneHoldsThePodsBackSoItsComingIsNoChange) {
  contents_.clear();
  pass();
  contents_["db"] = 1;
  EXPECT_EQ(rollouts(), 0);
}

TEST_F(RestartTest, AnOptionalOneThatAppearsRestarts) {
  references_ = {secret("db", false)};
  contents_.clear();
  pass();
  contents_["db"] = 1;
  EXPECT_EQ(rollouts(), 1);
}

TEST_F(RestartTest, AChangeOfTheTemplateTakesWhatHasChangedWithIt) {
  pass();
  contents_["db"] = 2;
  const RestartPlan plan = pass(true);
  EXPECT_NE(plan.rendered, "");
  EXPECT_EQ(plan.rendered, plan.memory.trigger);
  EXPECT_FALSE(plan.again);
  rendered_ = plan.rendered;
  EXPECT_EQ(rollouts(), 0);
}

TEST_F(RestartTest, ASecondChangeWithinTheSecondRestartsToo) {
  pass();
  rewritten_ = 8;
  EXPECT_EQ(rollouts(), 1);
  rewritten_ = 9;
  EXPECT_EQ(rollouts(), 1);
  EXPECT_EQ(rollouts(), 0);
  restart_operator();
  EXPECT_EQ(rollouts(), 0) << "nobody remembers it, and it has been taken";
}

TEST_F(RestartTest, WhatWasWrittenTwiceBeforeItWasSeenIsNoChange) {
  rewritten_ = 8;
  pass();
  EXPECT_EQ(rollouts(), 0);
}

TEST_F(RestartTest, OnlyWhatRestartsIsLookedAt) {
  references_[0].restarts = false;
  pass();
  contents_["db"] = 2;
  EXPECT_EQ(rollouts(), 0);
  EXPECT_EQ(memory_.seen, "");
}

TEST_F(RestartTest, ReferencesComeAndGoWithoutRestart) {
  pass();
  references_.push_back(secret("cache"));
  contents_["cache"] = 1;
  EXPECT_EQ(rollouts(), 0);
  references_.erase(references_.begin());
  EXPECT_EQ(rollouts(), 0);
  contents_["db"] = 2;
  EXPECT_EQ(rollouts(), 0);
}

TEST(SeenReferences, TextThatIsNoneReadsAsNothingSeen) {
  for (const char* const text : {"", "x", "12345678", "12345678:1234567", "12345678-12345678",
                                 "12345678:12345678,", "b:1,a:2"}) {
    EXPECT_EQ(SeenReferences::parse(text), SeenReferences{}) << text;
  }
  const std::string text = "11111111:22222222,33333333:--------";
  EXPECT_EQ(SeenReferences::parse(text).text(), text);
}

}  // namespace
}  // namespace controller
