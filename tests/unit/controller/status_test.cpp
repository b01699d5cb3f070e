#include "controller/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace controller {
namespace {

using api::BlueprintStatus;
using api::Condition;
using api::ConditionStatus;
using testing::HasSubstr;

constexpr const char* kNow = "2026-11-24T09:00:00Z";
constexpr const char* kLater = "2026-11-24T10:00:00Z";

class StatusTest : public testing::Test {
 protected:
  StatusTest() {
    blueprint_.key = {"shop", "checkout"};
    blueprint_.spec.image = "checkout:1.4.2";
    seen_.generation = 4;
    seen_.blueprint = &blueprint_;
    seen_.deployment = serving();
    seen_.inventory = {{"apps", "Deployment", "checkout", "u", "i", "o"},
                       {"monitoring.coreos.com", "ServiceMonitor", "checkout", "u", "i", "o"}};
  }

  // Two of two replicas (the production profile's default) at the Deployment's current generation.
  static kube::DeploymentWords serving() {
    return {.generation = 7,
            .observed_generation = 7,
            .spec_replicas = 2,
            .replicas = 2,
            .updated = 2,
            .ready = 2,
            .available = 2,
            .progress = kube::Progress::kComplete};
  }

  static kube::DeploymentWords rolling(std::int64_t available) {
    kube::DeploymentWords words = serving();
    words.progress = kube::Progress::kProgressing;
    words.updated = 1;
    words.available = available;
    return words;
  }

  BlueprintStatus say(const BlueprintStatus& previous = {}, const char* now = kNow) const {
    return summarize(seen_, previous, now);
  }

  // "False RollingOut", or "-" where the condition is absent.
  static std::string word(const BlueprintStatus& status, std::string_view type) {
    const Condition* const condition = api::find_condition(status.conditions, type);
    return condition == nullptr
               ? "-"
               : std::string(api::to_string(condition->status)) + " " + condition->reason;
  }

  static std::string message(const BlueprintStatus& status, std::string_view type) {
    const Condition* const condition = api::find_condition(status.conditions, type);
    return condition == nullptr ? "-" : condition->message;
  }

  static ChildTrouble trouble(Trouble kind) {
    return {api::kService, "checkout", kind, "the server's words"};
  }

  api::Blueprint blueprint_;
  Observation seen_;
};

// The table of api.md, "Status": one row, one line.
TEST_F(StatusTest, FollowsTheTable) {
  const BlueprintStatus served = say();
  const struct {
    const char* situation;
    std::function<void(Observation&)> arrange;
    BlueprintStatus previous;
    const char* ready;
    const char* reconciling;
    const char* stalled;
  } kTable[] = {
      {"serving", [](Observation&) {}, {}, "True Serving", "-", "-"},
      {"rolling out",
       [](Observation& seen) { seen.deployment = rolling(2); },
       {},
       "False RollingOut",
       "True RollingOut",
       "-"},
      {"no Deployment yet",
       [](Observation& seen) { seen.deployment.reset(); },
       {},
       "False RollingOut",
       "True RollingOut",
       "-"},
      {"rolled out, then too few",
       [](Observation& seen) { seen.deployment->available = 0; },
       {},
       "False MinimumReplicasUnavailable",
       "-",
       "-"},
      {"quota met by the ReplicaSet",
       [](Observation& seen) {
         seen.deployment = rolling(0);
         seen.deployment->replica_failure = "exceeded quota";
       },
       {},
       "False ReplicaFailure",
       "True ReplicaFailure",
       "-"},
      {"deadline exceeded",
       [](Observation& seen) {
         seen.deployment = rolling(1);
         seen.deployment->progress = kube::Progress::kDeadlineExceeded;
       },
       {},
       "False ProgressDeadlineExceeded",
       "-",
       "True ProgressDeadlineExceeded"},
      {"invalid",
       [](Observation& seen) { seen.problems = {{"spec.ports", "duplicate"}}; },
       {},
       "False Invalid",
       "-",
       "True Invalid"},
      {"name conflict",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kNameConflict)}; },
       {},
       "False NameConflict",
       "-",
       "True NameConflict"},
      {"leftover",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kWaitingForDeletion)}; },
       {},
       "False WaitingForDeletion",
       "True WaitingForDeletion",
       "-"},
      {"forbidden",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kForbidden)}; },
       {},
       "False Forbidden",
       "-",
       "True Forbidden"},
      {"denied",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kAdmissionDenied)}; },
       {},
       "False AdmissionDenied",
       "-",
       "True AdmissionDenied"},
      {"quota, served before",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kQuotaExceeded)}; }, served,
       "True Serving", "True QuotaExceeded", "-"},
      {"quota, new",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kQuotaExceeded)}; },
       {},
       "Unknown QuotaExceeded",
       "True QuotaExceeded",
       "-"},
      {"server error, served before", [](Observation& seen) { seen.interruption = "500"; }, served,
       "True Serving", "True RetryingError", "-"},
      {"conflict and server error",
       [](Observation& seen) {
         seen.interruption = "500";
         seen.troubles = {trouble(Trouble::kNameConflict)};
       },
       served, "False NameConflict", "-", "True NameConflict"},
      {"monitoring not installed",
       [](Observation& seen) { seen.monitoring = MonitoringState::kNotInstalled; },
       {},
       "True Serving",
       "-",
       "-"},
      {"monitoring off",
       [](Observation& seen) { seen.monitoring = MonitoringState::kDisabled; },
       {},
       "True Serving",
       "-",
       "-"},
  };
  for (const auto& row : kTable) {
    Observation seen = seen_;
    row.arrange(seen);
    const BlueprintStatus status = summarize(seen, row.previous, kNow);
    EXPECT_EQ(word(status, "Ready"), row.ready) << row.situation;
    EXPECT_EQ(word(status, "Reconciling"), row.reconciling) << row.situation;
    EXPECT_EQ(word(status, "Stalled"), row.stalled) << row.situation;
  }
}

TEST_F(StatusTest, ScaledToZeroIsReady) {
  blueprint_.spec.replicas = 0;
  seen_.deployment->available = seen_.deployment->replicas = 0;
  EXPECT_EQ(word(say(), "Ready"), "True ScaledToZero");
  EXPECT_EQ(word(say(), "Available"), "True ScaledToZero");
  EXPECT_EQ(say().counts.desired, 0);
}

TEST_F(StatusTest, ServingAllowsForAsManyAbsentReplicasAsADisruptionMay) {
  blueprint_.spec.replicas = 4;
  seen_.deployment->available = 3;
  EXPECT_EQ(word(say(), "Ready"), "True Serving");
  seen_.deployment->available = 2;
  EXPECT_EQ(word(say(), "Ready"), "False MinimumReplicasUnavailable");
  blueprint_.spec.disruption.max_unavailable = api::IntOrPercent("50%");
  EXPECT_EQ(word(say(), "Ready"), "True Serving");
}

TEST_F(StatusTest, ServingNeedsAtLeastOneReplica) {
  blueprint_.spec.replicas = 1;
  seen_.deployment->available = 0;
  EXPECT_EQ(word(say(), "Ready"), "False MinimumReplicasUnavailable");
}

TEST_F(StatusTest, ADeploymentThatHasNotSeenItsSpecIsNotRolledOut) {
  seen_.deployment->observed_generation = 6;
  EXPECT_EQ(word(say(), "Ready"), "False RollingOut");
}

TEST_F(StatusTest, OnceRolledOutAGenerationStaysSo) {
  const BlueprintStatus served = say();
  seen_.deployment->observed_generation = 6;  // someone scaled it
  EXPECT_EQ(word(say(served), "Ready"), "True Serving");
  seen_.deployment->available = 0;
  const BlueprintStatus failing = say(served);
  EXPECT_EQ(word(failing, "Ready"), "False MinimumReplicasUnavailable");
  EXPECT_EQ(word(say(failing), "Ready"), "False MinimumReplicasUnavailable")
      << "and is remembered while it fails";
  seen_.generation = 5;
  EXPECT_EQ(word(say(served), "Ready"), "False RollingOut")
      << "a new generation has to roll out anew";
}

TEST_F(StatusTest, ARolloutThatIsStillGoingOnIsNotTakenForDone) {
  seen_.deployment = rolling(2);
  const BlueprintStatus before = say();
  EXPECT_EQ(word(say(before), "Ready"), "False RollingOut");
}

TEST_F(StatusTest, WhileRollingOutAvailableTellsOfTheOldPods) {
  seen_.deployment = rolling(2);
  EXPECT_EQ(word(say(), "Available"), "True RollingOut");
  seen_.deployment = rolling(0);
  EXPECT_EQ(word(say(), "Available"), "False RollingOut");
}

TEST_F(StatusTest, MonitoringHasAConditionOfItsOwn) {
  EXPECT_EQ(word(say(), "MonitoringReady"), "True Configured");
  seen_.monitoring = MonitoringState::kNotInstalled;
  EXPECT_EQ(word(say(), "MonitoringReady"), "False APINotInstalled");
  seen_.monitoring = MonitoringState::kDisabled;
  EXPECT_EQ(word(say(), "MonitoringReady"), "False Disabled");
  seen_.monitoring = MonitoringState::kConfigured;
  seen_.troubles = {{api::kServiceMonitor, "checkout", Trouble::kNameConflict, "exists"}};
  EXPECT_EQ(word(say(), "MonitoringReady"), "False NameConflict");
  seen_.troubles.clear();
  seen_.inventory.pop_back();
  EXPECT_EQ(word(say(), "MonitoringReady"), "Unknown RetryingError");
}

TEST_F(StatusTest, AppliedCarriesTheServersWords) {
  EXPECT_EQ(word(say(), "Applied"), "True Applied");
  seen_.troubles = {trouble(Trouble::kQuotaExceeded)};
  EXPECT_EQ(word(say(), "Applied"), "False QuotaExceeded");
  EXPECT_EQ(message(say(), "Applied"), "the server's words");
  seen_.interruption = "503 ServiceUnavailable: etcd is away";
  EXPECT_EQ(word(say(), "Applied"), "False RetryingError");
  EXPECT_EQ(message(say(), "Applied"), "503 ServiceUnavailable: etcd is away");
}

TEST_F(StatusTest, AConflictIsNotAccepted) {
  EXPECT_EQ(word(say(), "Accepted"), "True Valid");
  seen_.troubles = {trouble(Trouble::kNameConflict)};
  EXPECT_EQ(word(say(), "Accepted"), "False NameConflict");
}

TEST_F(StatusTest, AnInvalidSpecLeavesWhatIsKnownOfTheChildren) {
  const BlueprintStatus served = say();
  seen_.problems = {{"spec.ports", "duplicate"}, {"spec.env", "bad"}};
  seen_.generation = 5;
  const BlueprintStatus status = say(served);
  EXPECT_EQ(status.observed_generation, 5);
  EXPECT_EQ(message(status, "Accepted"), "spec.ports: duplicate; spec.env: bad");
  EXPECT_EQ(word(status, "Available"), "True Available");
  EXPECT_EQ(api::find_condition(status.conditions, "Available")->observed_generation, 4);
  EXPECT_EQ(status.resources, served.resources);
  EXPECT_EQ(status.counts, served.counts);
}

TEST_F(StatusTest, ALongListOfProblemsIsCut) {
  for (int i = 0; i < 9; ++i)
    seen_.problems.push_back({"spec.env[" + std::to_string(i) + "]", std::string(300, 'x')});
  const std::string text = message(say(), "Accepted");
  EXPECT_LE(text.size(), 1024U);
  EXPECT_THAT(text, testing::EndsWith("..."));
  seen_.problems.resize(6);
  for (auto& problem : seen_.problems) problem.message = "short";
  EXPECT_THAT(message(say(), "Accepted"), testing::EndsWith("; and 1 more"));
}

TEST_F(StatusTest, MessagesAreCutOutsideOfCharacters) {
  std::string words(1020, 'a');
  for (int i = 0; i < 8; ++i) words += "\xC3\xA4";
  seen_.interruption = words;
  EXPECT_NO_THROW(api::to_json(say()).dump());
}

TEST_F(StatusTest, TransitionTimesMoveWithTheStatusOnly) {
  const BlueprintStatus served = say();
  EXPECT_EQ(api::find_condition(served.conditions, "Ready")->last_transition_time, kNow);
  EXPECT_EQ(say(served, kLater), served) << "nothing changed, so nothing is written";
  seen_.deployment->available = 0;
  const BlueprintStatus failing = say(served, kLater);
  EXPECT_EQ(api::find_condition(failing.conditions, "Ready")->last_transition_time, kLater);
  EXPECT_EQ(api::find_condition(failing.conditions, "Accepted")->last_transition_time, kNow);
}

TEST_F(StatusTest, ConditionsComeInAFixedOrder) {
  seen_.deployment = rolling(0);
  std::vector<std::string> types;
  for (const Condition& condition : say().conditions) types.push_back(condition.type);
  EXPECT_THAT(types, testing::ElementsAre("Ready", "Reconciling", "Accepted", "ReferencesResolved",
                                          "Applied", "Available", "MonitoringReady"));
}

TEST_F(StatusTest, AMissingReferenceIsTheReasonOnlyWhereItHoldsSomethingBack) {
  seen_.references = {ConditionStatus::kFalse, "SecretNotFound", "Secret \"db\" not found"};
  EXPECT_EQ(word(say(), "Ready"), "True Serving");
  EXPECT_EQ(word(say(), "ReferencesResolved"), "False SecretNotFound");
  seen_.held_back = true;
  const BlueprintStatus held = say();
  EXPECT_EQ(word(held, "Ready"), "False SecretNotFound");
  EXPECT_EQ(message(held, "Ready"), "Secret \"db\" not found");
  EXPECT_EQ(word(held, "Reconciling"), "True SecretNotFound");
  EXPECT_EQ(word(held, "Stalled"), "-");
  EXPECT_EQ(word(held, "Available"), "True Available") << "for the pods that serve";
  seen_.troubles = {trouble(Trouble::kForbidden)};
  EXPECT_EQ(word(say(), "Ready"), "False Forbidden") << "a person is needed";
}

TEST_F(StatusTest, ReferencesThatCannotBeSeenChangeNothingElse) {
  seen_.references = {ConditionStatus::kUnknown, "NoAccess", "no right"};
  EXPECT_EQ(word(say(), "Ready"), "True Serving");
  EXPECT_EQ(word(say(), "ReferencesResolved"), "Unknown NoAccess");
}

TEST_F(StatusTest, WhatThePodsWereMadeFromIsKeptWhereNothingIsApplied) {
  seen_.pods = api::PodMemory{"template", "trigger", "references"};
  const BlueprintStatus applied = say();
  EXPECT_EQ(applied.pods, *seen_.pods);
  EXPECT_EQ(api::status_from_json(api::to_json(applied)).pods, applied.pods);
  seen_.pods.reset();
  seen_.paused = "";
  EXPECT_EQ(say(applied).pods, applied.pods);
}

TEST_F(StatusTest, CountsSelectorAndVersionAreThoseOfTheBlueprint) {
  const BlueprintStatus status = say();
  EXPECT_EQ(status.counts, (api::ReplicaCounts{2, 2, 2, 2, 2}));
  EXPECT_EQ(status.selector, "app.kubernetes.io/instance=checkout,app.kubernetes.io/name=checkout");
  EXPECT_EQ(status.version, "1.4.2");
  EXPECT_EQ(message(status, "Ready"), "2 of 2 replicas serving 1.4.2");
}

TEST_F(StatusTest, CountsAloneAreToldApartFromNews) {
  const BlueprintStatus served = say();
  seen_.deployment->ready = 1;
  EXPECT_TRUE(differ_in_counts_only(served, say(served)));
  seen_.deployment->available = 0;
  EXPECT_FALSE(differ_in_counts_only(served, say(served)));
}

}  // namespace
}  // namespace controller
