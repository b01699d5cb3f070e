#include "controller/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace controller {
namespace {

using api::BlueprintStatus;
using api::Condition;
using api::ConditionStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kTrue = ConditionStatus::kTrue;
constexpr auto kFalse = ConditionStatus::kFalse;

Condition said(const std::string& type, ConditionStatus status, const std::string& reason,
               std::int64_t generation = 1, const std::string& message = "words") {
  return {type, status, reason, message, generation, {}};
}

BlueprintStatus status(std::vector<Condition> conditions, std::int64_t generation = 1) {
  BlueprintStatus status;
  status.observed_generation = generation;
  status.version = "1.4.2";
  status.conditions = std::move(conditions);
  return status;
}

BlueprintStatus rolling(std::int64_t generation = 1) {
  return status(
      {said("Ready", kFalse, "RollingOut", generation),
       said("Reconciling", kTrue, "RollingOut", generation),
       said("Accepted", kTrue, "Valid", generation), said("Applied", kTrue, "Applied", generation),
       said("Available", kFalse, "RollingOut", generation)},
      generation);
}

BlueprintStatus serving(std::int64_t generation = 1) {
  return status(
      {said("Ready", kTrue, "Serving", generation), said("Accepted", kTrue, "Valid", generation),
       said("Applied", kTrue, "Applied", generation),
       said("Available", kTrue, "Available", generation)},
      generation);
}

BlueprintStatus failed(std::int64_t generation = 1) {
  BlueprintStatus status = rolling(generation);
  status.conditions[0].reason = status.conditions[4].reason = "Unschedulable";
  status.conditions[1] = said("Stalled", kTrue, "Unschedulable", generation);
  return status;
}

const std::vector<Write> kWritten{{api::kDeployment, "checkout", WriteKind::kCreated},
                                  {api::kService, "checkout", WriteKind::kApplied}};

Applied wrote(std::vector<Write> written) {
  Applied applied;
  applied.written = std::move(written);
  return applied;
}

std::vector<std::string> reasons(const BlueprintStatus& before, const BlueprintStatus& after,
                                 const std::vector<Write>& written = {}) {
  std::vector<std::string> list;
  for (const Announcement& one : announce_transition(before, after, wrote(written)))
    list.push_back(one.reason);
  return list;
}

TEST(Events, ANewBlueprintIsAcceptedAppliedAndRollsOut) {
  const auto events = announce_transition({}, rolling(), wrote(kWritten));
  EXPECT_THAT(events,
              ElementsAre(Announcement{false, "Accepted", "Validate", "words"},
                          Announcement{false, "Applied", "Apply", "written: Deployment, Service"},
                          Announcement{false, "RolloutStarted", "RollOut", "rolling out 1.4.2"}));
  EXPECT_THAT(reasons(rolling(), serving()), ElementsAre("RolloutComplete"));
}

TEST(Events, AFirstRolloutThatIsOverBeforeTheFirstStatusIsToldAll) {
  EXPECT_THAT(reasons({}, serving(), kWritten),
              ElementsAre("Accepted", "Applied", "RolloutStarted", "RolloutComplete"));
}

TEST(Events, WhatIsAsItWasMakesNone) {
  for (const BlueprintStatus& same : {rolling(), serving(), failed()})
    EXPECT_THAT(reasons(same, same), IsEmpty());
  EXPECT_THAT(reasons(failed(), rolling()), IsEmpty()) << "the same rollout goes on";
}

TEST(Events, ANewGenerationBeginsAnew) {
  EXPECT_THAT(reasons(serving(1), rolling(2), kWritten),
              ElementsAre("Accepted", "Applied", "RolloutStarted"));
  EXPECT_THAT(reasons(rolling(1), rolling(2)), ElementsAre("Accepted", "RolloutStarted"));
  EXPECT_THAT(reasons(serving(1), serving(2)), ElementsAre("Accepted")) << "nothing to write";
}

TEST(Events, AFailedRolloutIsToldOnceWithItsCause) {
  const auto events = announce_transition(rolling(), failed(), {});
  EXPECT_THAT(events,
              ElementsAre(Announcement{true, "RolloutFailed", "RollOut", "Unschedulable: words"}));
  EXPECT_THAT(reasons(failed(), serving()), ElementsAre("RolloutComplete"));
}

TEST(Events, TooFewAfterTheRolloutIsNoRollout) {
  BlueprintStatus few = serving();
  few.conditions[0] = said("Ready", kFalse, "CrashLoopBackOff");
  few.conditions[3] = said("Available", kFalse, "CrashLoopBackOff");
  EXPECT_THAT(reasons(serving(), few), IsEmpty());
  EXPECT_THAT(reasons(few, serving()), IsEmpty());
}

TEST(Events, RefusalsAreWarningsOnce) {
  const BlueprintStatus invalid =
      status({said("Ready", kFalse, "Invalid"), said("Stalled", kTrue, "Invalid"),
              said("Accepted", kFalse, "Invalid")});
  EXPECT_THAT(announce_transition({}, invalid, {}),
              ElementsAre(Announcement{true, "Invalid", "Validate", "words"}));
  const BlueprintStatus conflict =
      status({said("Ready", kFalse, "NameConflict"), said("Stalled", kTrue, "NameConflict"),
              said("Accepted", kFalse, "NameConflict")});
  EXPECT_THAT(announce_transition({}, conflict, {}),
              ElementsAre(Announcement{true, "Conflict", "Apply", "words"}));
  EXPECT_THAT(reasons(conflict, conflict), IsEmpty());
}

TEST(Events, AFightOverAChildIsAConflictThatIsToldWhenItBegins) {
  Applied applied;
  applied.troubles = {{api::kService, "checkout", Trouble::kContested, "changed back by x"}};
  BlueprintStatus contested = serving();
  contested.conditions[2] = said("Applied", kFalse, "RetryingError", 1, "changed back by x");
  EXPECT_THAT(announce_transition(serving(), contested, applied),
              ElementsAre(Announcement{true, "Conflict", "Apply", "changed back by x"}));
  EXPECT_THAT(announce_transition(contested, contested, applied), IsEmpty());
}

TEST(Events, PausingAndResuming) {
  BlueprintStatus paused = serving();
  paused.conditions[2] = said("Applied", kTrue, "Paused", 1, "paused: incident");
  EXPECT_THAT(announce_transition(serving(), paused, {}),
              ElementsAre(Announcement{false, "Paused", "Pause", "paused: incident"}));
  EXPECT_THAT(reasons(paused, paused), IsEmpty());
  EXPECT_THAT(reasons(paused, serving()), ElementsAre("Resumed"));
}

TEST(Events, AMissingReferenceIsToldWhenItIsNews) {
  BlueprintStatus missing = serving();
  missing.conditions.push_back(
      said("ReferencesResolved", kFalse, "SecretNotFound", 1, "Secret \"db\""));
  EXPECT_THAT(announce_transition(serving(), missing, {}),
              ElementsAre(Announcement{true, "ReferenceMissing", "Resolve", "Secret \"db\""}));
  EXPECT_THAT(reasons(missing, missing), IsEmpty());
  EXPECT_THAT(reasons(missing, serving()), IsEmpty());
}

TEST(Events, WritesTellOfDriftAndOfWhatWasPruned) {
  Applied applied;
  applied.corrections = {{api::kDeployment, "checkout", "kubectl-edit", "spec.replicas"},
                         {api::kDeployment, "checkout", "kubectl-edit", "spec.paused"},
                         {api::kService, "checkout", "", "spec.ports"}};
  applied.written = {{api::kDeployment, "checkout", WriteKind::kApplied},
                     {api::kPodDisruptionBudget, "checkout", WriteKind::kPruned}};
  const auto events = announce_writes(applied);
  ASSERT_THAT(events, testing::SizeIs(3)) << "one for each manager and child";
  EXPECT_EQ(events[0].reason, "DriftCorrected");
  EXPECT_EQ(events[0].note,
            "Deployment \"checkout\": put right what kubectl-edit changed: spec.replicas, "
            "spec.paused");
  EXPECT_THAT(events[1].note, HasSubstr("someone removed: spec.ports"));
  EXPECT_EQ(events[2],
            (Announcement{false, "Pruned", "Delete", "deleted PodDisruptionBudget \"checkout\""}));
  EXPECT_THAT(announce_writes({}), IsEmpty());
}

}  // namespace
}  // namespace controller
