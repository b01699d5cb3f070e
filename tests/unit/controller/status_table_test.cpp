// The table of api.md, "Status", and what goes with it: each situation with what every reader of
// the status gets to see. One row, one situation.

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/status.h"

namespace controller {
namespace {

using api::BlueprintStatus;
using api::Condition;

constexpr const char* kNow = "2026-11-24T09:00:00Z";
constexpr std::int64_t kGeneration = 4;

// Two of two replicas (the production profile's default) at the Deployment's current generation.
kube::DeploymentWords serving_words() {
  return {.generation = 7,
          .observed_generation = 7,
          .spec_replicas = 2,
          .replicas = 2,
          .updated = 2,
          .ready = 2,
          .available = 2,
          .progress = kube::Progress::kComplete,
          .replica_failure = {}};
}

kube::DeploymentWords rolling_words(std::int64_t available) {
  kube::DeploymentWords words = serving_words();
  words.progress = kube::Progress::kProgressing;
  words.updated = 1;
  words.available = available;
  return words;
}

ChildTrouble trouble(Trouble kind, const api::Resource& resource = api::kService) {
  return {resource, "checkout", kind, "the server's words"};
}

// "False RollingOut", or "-" where the condition is absent.
std::string word(const BlueprintStatus& status, std::string_view type) {
  const Condition* const condition = api::find_condition(status.conditions, type);
  return condition == nullptr
             ? "-"
             : std::string(api::to_string(condition->status)) + " " + condition->reason;
}

using Arrange = std::function<void(Observation&)>;

// What was seen when all was well, and the blueprint that it belongs to.
struct Scene {
  Scene() {
    blueprint.key = {"shop", "checkout"};
    blueprint.spec.image = "checkout:1.4.2";
    seen.generation = kGeneration;
    seen.blueprint = &blueprint;
    seen.deployment = serving_words();
    seen.inventory = {{"apps", "Deployment", "checkout", "u", "i", "o"},
                      {"monitoring.coreos.com", "ServiceMonitor", "checkout", "u", "i", "o"}};
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  api::Blueprint blueprint;
  Observation seen;
};

BlueprintStatus status_of(const Arrange& arrange, const BlueprintStatus& previous = {}) {
  Scene scene;
  arrange(scene.seen);
  return summarize(scene.seen, previous, kNow);
}

// --- What was before
// ----------------------------------------------------------------------------------------------

const BlueprintStatus kNothing;

BlueprintStatus served() {
  return status_of([](Observation&) {});
}

// The same, of the generation before this one.
BlueprintStatus served_before() {
  return status_of([](Observation& seen) { seen.generation = kGeneration - 1; });
}

BlueprintStatus refused() {
  return status_of([](Observation& seen) { seen.troubles = {trouble(Trouble::kForbidden)}; });
}

struct Row {
  const char* situation;
  Arrange arrange;
  BlueprintStatus previous;
  const char* ready;
  const char* reconciling;
  const char* stalled;
  const char* accepted;
  const char* applied;
  const char* available;
};

std::vector<Row> rows_of_the_deployment() {
  return {
      {"serving", [](Observation&) {}, kNothing, "True Serving", "-", "-", "True Valid",
       "True Applied", "True Available"},
      {"no Deployment yet", [](Observation& seen) { seen.deployment.reset(); }, kNothing,
       "False RollingOut", "True RollingOut", "-", "True Valid", "True Applied",
       "False RollingOut"},
      {"rolling out, the old pods serve",
       [](Observation& seen) { seen.deployment = rolling_words(2); }, served_before(),
       "False RollingOut", "True RollingOut", "-", "True Valid", "True Applied", "True RollingOut"},
      {"rolling out, nothing serves", [](Observation& seen) { seen.deployment = rolling_words(0); },
       kNothing, "False RollingOut", "True RollingOut", "-", "True Valid", "True Applied",
       "False RollingOut"},
      {"rolling out, a pod names the cause",
       [](Observation& seen) {
         seen.deployment = rolling_words(0);
         seen.cause = {"ImagePullBackOff", "no such tag"};
       },
       kNothing, "False ImagePullBackOff", "True ImagePullBackOff", "-", "True Valid",
       "True Applied", "False ImagePullBackOff"},
      {"rolling out, quota or admission met by the ReplicaSet goes before what pods say",
       [](Observation& seen) {
         seen.deployment = rolling_words(1);
         seen.deployment->replica_failure = "exceeded quota";
         seen.cause = {"ProbeFailing", "slow"};
       },
       kNothing, "False ReplicaFailure", "True ReplicaFailure", "-", "True Valid", "True Applied",
       "True ReplicaFailure"},
      {"deadline exceeded, no cause",
       [](Observation& seen) {
         seen.deployment = rolling_words(0);
         seen.deployment->progress = kube::Progress::kDeadlineExceeded;
       },
       kNothing, "False ProgressDeadlineExceeded", "-", "True ProgressDeadlineExceeded",
       "True Valid", "True Applied", "False ProgressDeadlineExceeded"},
      {"deadline exceeded, a pod names the cause, the old pods serve",
       [](Observation& seen) {
         seen.deployment = rolling_words(2);
         seen.deployment->progress = kube::Progress::kDeadlineExceeded;
         seen.cause = {"Unschedulable", "0/3 nodes"};
       },
       served_before(), "False Unschedulable", "-", "True Unschedulable", "True Valid",
       "True Applied", "True Unschedulable"},
      {"deadline exceeded by a quota",
       [](Observation& seen) {
         seen.deployment = rolling_words(0);
         seen.deployment->progress = kube::Progress::kDeadlineExceeded;
         seen.deployment->replica_failure = "exceeded quota";
       },
       kNothing, "False ReplicaFailure", "-", "True ReplicaFailure", "True Valid", "True Applied",
       "False ReplicaFailure"},
      {"rolled out, then too few", [](Observation& seen) { seen.deployment->available = 0; },
       served(), "False MinimumReplicasUnavailable", "-", "-", "True Valid", "True Applied",
       "False MinimumReplicasUnavailable"},
      {"rolled out, then too few, a pod names the cause",
       [](Observation& seen) {
         seen.deployment->available = 0;
         seen.cause = {"OOMKilled", "memory"};
       },
       served(), "False OOMKilled", "-", "-", "True Valid", "True Applied", "False OOMKilled"},
      {"rolled out, then scaled up by someone",
       [](Observation& seen) { seen.deployment = rolling_words(2); }, served(), "True Serving", "-",
       "-", "True Valid", "True Applied", "True Available"},
  };
}

std::vector<Row> rows_of_refusals() {
  return {
      {"invalid, new", [](Observation& seen) { seen.problems = {{"spec.ports", "duplicate"}}; },
       kNothing, "False Invalid", "-", "True Invalid", "False Invalid", "-", "-"},
      {"invalid, served before",
       [](Observation& seen) { seen.problems = {{"spec.ports", "duplicate"}}; }, served_before(),
       "False Invalid", "-", "True Invalid", "False Invalid", "True Applied", "True Available"},
      {"name conflict",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kNameConflict)}; }, served(),
       "False NameConflict", "-", "True NameConflict", "False NameConflict", "False RetryingError",
       "True Available"},
      {"a leftover of the one before",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kWaitingForDeletion)}; }, kNothing,
       "False WaitingForDeletion", "True WaitingForDeletion", "-", "False WaitingForDeletion",
       "False RetryingError", "True Available"},
      {"forbidden", [](Observation& seen) { seen.troubles = {trouble(Trouble::kForbidden)}; },
       served(), "False Forbidden", "-", "True Forbidden", "True Valid", "False Forbidden",
       "True Available"},
      {"denied", [](Observation& seen) { seen.troubles = {trouble(Trouble::kAdmissionDenied)}; },
       served(), "False AdmissionDenied", "-", "True AdmissionDenied", "True Valid",
       "False AdmissionDenied", "True Available"},
      {"denied while rolling out: a person is needed",
       [](Observation& seen) {
         seen.deployment = rolling_words(1);
         seen.troubles = {trouble(Trouble::kAdmissionDenied)};
       },
       kNothing, "False AdmissionDenied", "-", "True AdmissionDenied", "True Valid",
       "False AdmissionDenied", "True RollingOut"},
      {"conflict and server error",
       [](Observation& seen) {
         seen.interruption = "500";
         seen.troubles = {trouble(Trouble::kNameConflict)};
       },
       served(), "False NameConflict", "-", "True NameConflict", "False NameConflict",
       "False RetryingError", "True Available"},
      {"quota, new", [](Observation& seen) { seen.troubles = {trouble(Trouble::kQuotaExceeded)}; },
       kNothing, "Unknown QuotaExceeded", "True QuotaExceeded", "-", "True Valid",
       "False QuotaExceeded", "True Available"},
      {"quota, served before",
       [](Observation& seen) { seen.troubles = {trouble(Trouble::kQuotaExceeded)}; }, served(),
       "True Serving", "True QuotaExceeded", "-", "True Valid", "False QuotaExceeded",
       "True Available"},
      {"server error, served before", [](Observation& seen) { seen.interruption = "500"; },
       served(), "True Serving", "True RetryingError", "-", "True Valid", "False RetryingError",
       "True Available"},
  };
}

std::vector<Row> rows_of_pausing() {
  return {
      {"paused as applied", [](Observation& seen) { seen.paused = "incident"; }, served(),
       "True Serving", "-", "-", "True Valid", "True Paused", "True Available"},
      {"paused as applied, then too few",
       [](Observation& seen) {
         seen.paused = "incident";
         seen.deployment->available = 0;
       },
       served(), "False MinimumReplicasUnavailable", "-", "-", "True Valid", "True Paused",
       "False MinimumReplicasUnavailable"},
      {"paused with a generation not applied", [](Observation& seen) { seen.paused = "incident"; },
       served_before(), "Unknown Paused", "-", "True Paused", "True Valid", "Unknown Paused",
       "True Available"},
      {"paused with a generation that was refused",
       [](Observation& seen) { seen.paused = "incident"; }, refused(), "Unknown Paused", "-",
       "True Paused", "True Valid", "Unknown Paused", "True Available"},
      {"born paused",
       [](Observation& seen) {
         seen.paused = "";
         seen.deployment.reset();
       },
       kNothing, "Unknown Paused", "-", "True Paused", "True Valid", "Unknown Paused",
       "False RollingOut"},
  };
}

void expect_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const BlueprintStatus status = status_of(row.arrange, row.previous);
    EXPECT_EQ(word(status, "Ready"), row.ready) << row.situation;
    EXPECT_EQ(word(status, "Reconciling"), row.reconciling) << row.situation;
    EXPECT_EQ(word(status, "Stalled"), row.stalled) << row.situation;
    EXPECT_EQ(word(status, "Accepted"), row.accepted) << row.situation;
    EXPECT_EQ(word(status, "Applied"), row.applied) << row.situation;
    EXPECT_EQ(word(status, "Available"), row.available) << row.situation;
    EXPECT_EQ(status.observed_generation, kGeneration) << row.situation;
    const BlueprintStatus again = status_of(row.arrange, status);
    EXPECT_EQ(again, status) << row.situation << ": what was said once is not written again";
  }
}

TEST(StatusTable, OfTheDeployment) { expect_rows(rows_of_the_deployment()); }
TEST(StatusTable, OfRefusals) { expect_rows(rows_of_refusals()); }
TEST(StatusTable, OfPausing) { expect_rows(rows_of_pausing()); }

TEST(StatusTable, ScaledToZeroIsReady) {
  Scene scene;
  scene.blueprint.spec.replicas = 0;
  scene.seen.deployment->available = scene.seen.deployment->replicas = 0;
  const BlueprintStatus status = summarize(scene.seen, {}, kNow);
  EXPECT_EQ(word(status, "Ready"), "True ScaledToZero");
  EXPECT_EQ(word(status, "Available"), "True ScaledToZero");
  EXPECT_FALSE(wants_cause(scene.seen, {}));
}

// What stands beside the service leaves Ready as it is.
TEST(StatusTable, OfWhatStandsBeside) {
  const struct {
    const char* situation;
    std::function<void(Observation&, api::BlueprintSpec&)> arrange;
    const char* type;
    const char* word;
  } kTable[] = {
      {"monitoring", [](auto&, auto&) {}, "MonitoringReady", "True Configured"},
      {"monitoring not installed",
       [](Observation& seen, auto&) { seen.monitoring = MonitoringState::kNotInstalled; },
       "MonitoringReady", "False APINotInstalled"},
      {"monitoring off",
       [](Observation& seen, auto&) { seen.monitoring = MonitoringState::kDisabled; },
       "MonitoringReady", "False Disabled"},
      {"alerts without their API",
       [](Observation& seen, api::BlueprintSpec& spec) {
         spec.monitoring.alerts = true;
         seen.rules_installed = false;
       },
       "MonitoringReady", "False APINotInstalled"},
      {"alerts not written yet",
       [](Observation&, api::BlueprintSpec& spec) { spec.monitoring.alerts = true; },
       "MonitoringReady", "Unknown RetryingError"},
      {"not exposed", [](auto&, auto&) {}, "Exposed", "-"},
      {"an Ingress that is written",
       [](Observation& seen, api::BlueprintSpec& spec) {
         spec.expose = api::Expose{};
         seen.inventory.push_back({"networking.k8s.io", "Ingress", "checkout", "u", "i", "o"});
       },
       "Exposed", "True Accepted"},
      {"an Ingress that is not",
       [](Observation&, api::BlueprintSpec& spec) { spec.expose = api::Expose{}; }, "Exposed",
       "Unknown RetryingError"},
      {"a route without the API",
       [](Observation& seen, api::BlueprintSpec& spec) {
         spec.expose = api::Expose{};
         spec.expose->gateway = api::Gateway{};
         seen.routes_installed = false;
       },
       "Exposed", "False APINotInstalled"},
      {"a route that no gateway has seen",
       [](Observation& seen, api::BlueprintSpec& spec) {
         spec.expose = api::Expose{};
         spec.expose->gateway = api::Gateway{};
         seen.inventory.push_back(
             {"gateway.networking.k8s.io", "HTTPRoute", "checkout", "u", "i", "o"});
       },
       "Exposed", "Unknown NotAccepted"},
      {"a route that a gateway refuses",
       [](Observation& seen, api::BlueprintSpec& spec) {
         spec.expose = api::Expose{};
         spec.expose->gateway = api::Gateway{};
         seen.inventory.push_back(
             {"gateway.networking.k8s.io", "HTTPRoute", "checkout", "u", "i", "o"});
         seen.route = {api::ConditionStatus::kFalse, "NotAllowedByListeners", "no"};
       },
       "Exposed", "False NotAccepted"},
      {"a route that a gateway takes",
       [](Observation& seen, api::BlueprintSpec& spec) {
         spec.expose = api::Expose{};
         spec.expose->gateway = api::Gateway{};
         seen.inventory.push_back(
             {"gateway.networking.k8s.io", "HTTPRoute", "checkout", "u", "i", "o"});
         seen.route = {api::ConditionStatus::kTrue, "Accepted", ""};
       },
       "Exposed", "True Accepted"},
      {"not autoscaled", [](auto&, auto&) {}, "Autoscaling", "-"},
      {"an autoscaler at work",
       [](Observation& seen, api::BlueprintSpec& spec) {
         spec.autoscaling = api::Autoscaling{};
         seen.inventory.push_back(
             {"autoscaling", "HorizontalPodAutoscaler", "checkout", "u", "i", "o"});
         seen.scaling = {api::ConditionStatus::kTrue, "ValidMetricFound", ""};
       },
       "Autoscaling", "True Active"},
      {"an autoscaler without metrics",
       [](Observation& seen, api::BlueprintSpec& spec) {
         spec.autoscaling = api::Autoscaling{};
         seen.inventory.push_back(
             {"autoscaling", "HorizontalPodAutoscaler", "checkout", "u", "i", "o"});
         seen.scaling = {api::ConditionStatus::kFalse, "FailedGetResourceMetric", "no server"};
       },
       "Autoscaling", "False MetricsUnavailable"},
  };
  for (const auto& row : kTable) {
    Scene scene;
    row.arrange(scene.seen, scene.blueprint.spec);
    const BlueprintStatus status = summarize(scene.seen, {}, kNow);
    EXPECT_EQ(word(status, row.type), row.word) << row.situation;
    EXPECT_EQ(word(status, "Ready"), "True Serving") << row.situation;
    EXPECT_EQ(word(status, "Reconciling"), "-") << row.situation;
    EXPECT_EQ(word(status, "Stalled"), "-") << row.situation;
  }
}

TEST(StatusTable, WhileAutoscaledTheAutoscalersCountIsWhatIsDesired) {
  Scene scene;
  scene.blueprint.spec.autoscaling = api::Autoscaling{};
  scene.seen.deployment->spec_replicas = 6;
  scene.seen.deployment->available = 5;
  const BlueprintStatus status = summarize(scene.seen, {}, kNow);
  EXPECT_EQ(status.counts.desired, 6);
  EXPECT_EQ(word(status, "Ready"), "True Serving") << "one may be away";
  scene.seen.deployment->available = 4;
  EXPECT_EQ(word(summarize(scene.seen, {}, kNow), "Ready"), "False MinimumReplicasUnavailable");
}

TEST(StatusTable, AMessageIsAtMostOneKibibyte) {
  const std::string flood(5000, 'x');
  const std::vector<Arrange> floods{
      [&](Observation& seen) {
        seen.deployment->available = 0;
        seen.cause = {"CrashLoopBackOff", flood};
      },
      [&](Observation& seen) { seen.paused = flood; },
      [&](Observation& seen) { seen.interruption = flood; },
      [&](Observation& seen) { seen.problems = {{"spec", flood}}; },
  };
  for (const Arrange& arrange : floods) {
    for (const Condition& condition : status_of(arrange).conditions)
      EXPECT_LE(condition.message.size(), 1024U) << condition.type;
  }
}

}  // namespace
}  // namespace controller
