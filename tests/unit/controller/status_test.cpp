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
