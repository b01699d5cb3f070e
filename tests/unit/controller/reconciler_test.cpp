#include "controller/reconciler.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/manual_clock.h"
#include "support/objects.h"
#include "support/scripted_transport.h"

namespace controller {
namespace {

using namespace std::chrono_literals;
using kube::Method;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kStatusPath =
    "/apis/serviceblueprint.dev/v1alpha1/namespaces/shop/serviceblueprints/checkout/status";
const std::vector<std::string> kCollections{
    "/api/v1/namespaces/shop/serviceaccounts", "/apis/apps/v1/namespaces/shop/deployments",
    "/api/v1/namespaces/shop/services", "/apis/policy/v1/namespaces/shop/poddisruptionbudgets",
    "/apis/monitoring.coreos.com/v1/namespaces/shop/servicemonitors"};

class ReconcilerTest : public testing::Test {
 protected:
  // The blueprint as the watch tells of it.
  void blueprint(json spec, int resource_version = 10, const json& status = nullptr,
                 int generation = 1) {
    object_ = {{"apiVersion", "serviceblueprint.dev/v1alpha1"},
               {"kind", "ServiceBlueprint"},
               {"metadata",
                {{"name", "checkout"},
                 {"namespace", "shop"},
                 {"uid", support::kOwnerUid},
                 {"resourceVersion", std::to_string(resource_version)},
                 {"generation", generation}}},
               {"spec", std::move(spec)}};
    if (!status.is_null()) object_["status"] = status;
    blueprints_.upsert(kube::decode_custom(support::padded(object_)));
  }

  // Every child can be created; its answer carries `resource_version`.
  void creations_succeed(int resource_version = 20) {
    for (const std::string& path : kCollections) {
      json created = support::child("checkout", resource_version, "Update");
      // A Deployment is read back whole.
      if (path.ends_with("deployments")) created["spec"] = {{"replicas", 2}};
      server_.on(Method::kPost, path).answer(201, created.dump());
    }
  }

  // The status is taken; the answer is the object with it.
  void status_is_taken(int resource_version) {
    json answer = object_;
    answer["metadata"]["resourceVersion"] = std::to_string(resource_version);
    server_.on(Method::kPatch, kStatusPath)
        .step({.before = [] {}, .response = {200, answer.dump(), {}}});
  }

  runtime::Result reconcile() { return reconciler_.reconcile(key_, log_, {}); }

  json last_status() const { return json::parse(server_.requests().back().body)["status"]; }

  // The latest, whatever else was asked since.
  json last_status_written() const {
    json status;
    for (const kube::Request& request : server_.requests()) {
      if (request.path == kStatusPath) status = json::parse(request.body)["status"];
    }
    return status;
  }

  static std::string reason(const json& status, const std::string& type) {
    for (const json& condition : status["conditions"]) {
      if (condition["type"] == type) return condition["reason"];
    }
    return "-";
  }

  const api::ObjectKey key_{"shop", "checkout"};
  json object_;
  support::ScriptedTransport server_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kDebug, text_};
  kube::Client client_{server_,
                       metrics_,
                       clock_,
                       {.host = "server", .field_manager = std::string(support::kManager)}};
  BlueprintStore blueprints_{kube::Scoping::kCluster, [](const auto&, const auto&, const auto&) {}};
  Children children_{kube::Scoping::kCluster, [](const auto&, const auto&, const auto&) {}};
  Applier applier_{client_, children_, metrics_, clock_, support::identity()};
  ReferenceCache references_{kube::Scoping::kCluster, clock_, [](const auto&) {}};
  runtime::EventRecorder events_{client_, clock_, metrics_.events, log_, {"test", "test"}};
  BlueprintReconciler reconciler_{blueprints_, children_, references_, applier_,
                                  client_,     clock_,    events_,     {}};
};

TEST_F(ReconcilerTest, MakesTheChildrenAndReportsOnce) {
  blueprint({{"image", "checkout:1.4.2"}});
  creations_succeed();
  status_is_taken(11);
  const runtime::Result result = reconcile();
  EXPECT_EQ(result.writes, 6);
  EXPECT_FALSE(result.back_off);
  EXPECT_THAT(server_.requests(), SizeIs(6));
  const json body = json::parse(server_.requests().back().body);
  EXPECT_EQ(body["metadata"]["resourceVersion"], "10")
      << "the status is guarded by the version that was read";
  EXPECT_EQ(last_status()["observedGeneration"], 1);
  EXPECT_THAT(last_status()["resources"], SizeIs(5));
  EXPECT_EQ(reason(last_status(), "Ready"), "RollingOut");
}

TEST_F(ReconcilerTest, AMissingBlueprintIsNothingToDo) {
  EXPECT_EQ(reconcile().writes, 0);
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(ReconcilerTest, ADeletedBlueprintIsLeftToTheGarbageCollector) {
  blueprint({{"image", "checkout:1"}});
  object_["metadata"]["deletionTimestamp"] = "2026-11-24T09:00:00Z";
  object_["metadata"]["resourceVersion"] = "11";
  blueprints_.upsert(kube::decode_custom(support::padded(object_)));
  reconcile();
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(ReconcilerTest, AnInvalidBlueprintTouchesNoChild) {
  blueprint({{"image", "checkout:1"}, {"replicas", "three"}});
  status_is_taken(11);
  const runtime::Result result = reconcile();
  EXPECT_THAT(server_.requests(), SizeIs(1));
  EXPECT_EQ(reason(last_status(), "Accepted"), "Invalid");
  EXPECT_EQ(reason(last_status(), "Ready"), "Invalid");
  EXPECT_FALSE(result.back_off) << "only a new spec can help";
}

TEST_F(ReconcilerTest, ARuleThatOnlyTheOperatorCanCheckIsReportedWithItsPath) {
  blueprint({{"image", "checkout:1"}, {"probes", {{"readiness", {{"port", "admin"}}}}}});
  status_is_taken(11);
  reconcile();
  EXPECT_THAT(last_status()["conditions"][0]["message"].get<std::string>(),
              HasSubstr("spec.probes.readiness.port"));
}

TEST_F(ReconcilerTest, AnAbsentOptionalApiIsAConditionAndItsChildIsLeftOut) {
  children_.of(api::kServiceMonitor).installed = [] { return false; };
  blueprint({{"image", "checkout:1"}});
  creations_succeed();
  status_is_taken(11);
  EXPECT_EQ(reconcile().writes, 5);
  EXPECT_EQ(reason(last_status(), "MonitoringReady"), "APINotInstalled");
}

TEST_F(ReconcilerTest, AServerErrorIsReportedAndThenRetried) {
  blueprint({{"image", "checkout:1"}});
  server_.on(Method::kPost, kCollections[0])
      .answer(500, R"({"reason":"InternalError","message":"etcd is away"})");
  status_is_taken(11);
  EXPECT_THROW(reconcile(), kube::RetryableError);
  EXPECT_EQ(reason(last_status(), "Applied"), "RetryingError");
  EXPECT_EQ(reason(last_status(), "Ready"), "RetryingError");
}

TEST_F(ReconcilerTest, AnOldViewIsNoNewsForTheStatus) {
  blueprint({{"image", "checkout:1"}});
  server_.on(Method::kPost, kCollections[0])
      .answer(409, R"({"reason":"AlreadyExists","message":"x"})");
  server_.on(Method::kGet, kCollections[0] + "/checkout")
      .answer(404, R"({"reason":"NotFound","message":"x not found"})");
  EXPECT_TRUE(reconcile().back_off);
  EXPECT_THAT(server_.requests(), SizeIs(2));
}

TEST_F(ReconcilerTest, AnEndingNamespaceIsLeftInPeace) {
  blueprint({{"image", "checkout:1"}});
  server_.on(Method::kPost, kCollections[0])
      .answer(403,
              R"({"reason":"Forbidden","details":{"causes":[{"reason":"NamespaceTerminating"}]}})");
  const runtime::Result result = reconcile();
  EXPECT_FALSE(result.back_off);
  EXPECT_THAT(server_.requests(), SizeIs(1));
}

TEST_F(ReconcilerTest, WhatWasWrittenIsRememberedWhenTheStatusIsNotTaken) {
  blueprint({{"image", "checkout:1"}});
  creations_succeed();
  server_.on(Method::kPatch, kStatusPath)
      .answer(409, R"({"reason":"Conflict","message":"modified"})");
  EXPECT_TRUE(reconcile().back_off);
  blueprint({{"image", "checkout:1"}}, 12);  // the watch tells what was faster
  status_is_taken(13);
  EXPECT_EQ(reconcile().writes, 1) << "the status only: no child is written again";
  EXPECT_THAT(last_status()["resources"], SizeIs(5));
}

TEST_F(ReconcilerTest, AConflictIsTriedAgainWithGrowingDelay) {
  blueprint({{"image", "checkout:1"}});
  creations_succeed();
  json foreign = support::child("checkout", 3);
  foreign["metadata"].erase("ownerReferences");
  children_.of(api::kService)
      .store->upsert(kube::decode_child(support::padded(foreign), support::identity()));
  status_is_taken(11);
  EXPECT_TRUE(reconcile().back_off);
  EXPECT_EQ(reason(last_status(), "Accepted"), "NameConflict");
}

TEST_F(ReconcilerTest, ARefusedStatusShowsInReadiness) {
  blueprint({{"image", "checkout:1"}});
  creations_succeed();
  server_.on(Method::kPatch, kStatusPath)
      .answer(400, R"({"reason":"BadRequest","message":"unknown field \"status.x\""})");
  EXPECT_TRUE(reconcile().back_off);
  EXPECT_THAT(reconciler_.status_problem(), HasSubstr("unknown field"));
  EXPECT_THAT(text_.str(), HasSubstr("serviceblueprints.serviceblueprint.dev"));
  status_is_taken(11);
  reconcile();
  EXPECT_EQ(reconciler_.status_problem(), "");
}

TEST_F(ReconcilerTest, APausedBlueprintIsReportedAndNothingElseIsWritten) {
  blueprint({{"image", "checkout:1"}});
  object_["metadata"]["annotations"] = {{"serviceblueprint.dev/paused", "incident 42"}};
  object_["metadata"]["resourceVersion"] = "11";
  blueprints_.upsert(kube::decode_custom(support::padded(object_)));
  status_is_taken(12);
  EXPECT_EQ(reconcile().writes, 1);
  EXPECT_THAT(server_.requests(), SizeIs(1));
  EXPECT_EQ(reason(last_status(), "Ready"), "Paused");
  EXPECT_EQ(reason(last_status(), "Stalled"), "Paused");
  EXPECT_FALSE(last_status().contains("defaults")) << "nothing was rendered that could be kept";
}

class EventsTest : public ReconcilerTest {
 protected:
  // The reasons of the events that are waiting to be sent.
  std::vector<std::string> told() {
    constexpr const char* kEvents = "/apis/events.k8s.io/v1/namespaces/shop/events";
    const std::size_t before = server_.requests().size();
    auto rule = server_.on(Method::kPost, kEvents);
    for (int i = 0; i < 8; ++i) rule.answer(201, "{}");
    std::stop_source stopped;
    stopped.request_stop();
    events_.run(stopped.get_token());
    std::vector<std::string> reasons;
    for (std::size_t i = before; i < server_.requests().size(); ++i)
      reasons.push_back(json::parse(server_.requests()[i].body)["reason"]);
    return reasons;
  }
};

TEST_F(EventsTest, ATransitionIsToldWhenTheStatusHasBeenTaken) {
  blueprint({{"image", "checkout:1"}});
  creations_succeed();
  server_.on(Method::kPatch, kStatusPath)
      .answer(409, R"({"reason":"Conflict","message":"modified"})");
  reconcile();
  EXPECT_THAT(told(), IsEmpty());
  blueprint({{"image", "checkout:1"}}, 12);
  status_is_taken(13);
  reconcile();
  EXPECT_THAT(told(), testing::IsSupersetOf({"Accepted", "RolloutStarted"}));
}

TEST_F(EventsTest, AGenerationIsAcceptedOnceHoweverOftenAConflictComesAndGoes) {
  blueprint({{"image", "checkout:1"}});
  creations_succeed();
  status_is_taken(11);
  reconcile();
  EXPECT_THAT(told(), testing::Contains("Accepted"));
  json conflict = last_status_written();
  for (json& condition : conflict["conditions"]) {
    if (condition["type"] == "Accepted") {
      condition["status"] = "False";
      condition["reason"] = "NameConflict";
    }
  }
  blueprint({{"image", "checkout:1"}}, 12, conflict);
  status_is_taken(13);
  reconcile();
  EXPECT_THAT(told(), testing::Not(testing::Contains("Accepted")));
}

class ReportingTest : public ReconcilerTest {
 protected:
  // The Deployment as its watch tells of it.
  void deployment(int resource_version, int available, int ready) {
    json object = support::child("checkout", resource_version, "Update");
    object["metadata"]["generation"] = 1;
    object["spec"] = {{"replicas", 2}};
    object["status"] = {
        {"observedGeneration", 1},
        {"replicas", 2},
        {"availableReplicas", available},
        {"readyReplicas", ready},
        {"conditions",
         {{{"type", "Progressing"}, {"status", "True"}, {"reason", "NewReplicaSetAvailable"}}}}};
    children_.of(api::kDeployment)
        .store->upsert(kube::decode_child(support::padded(object), support::identity()));
  }

  // Reconciles with a status that the server takes and tells of.
  json reconcile_and_store(int resource_version) {
    status_is_taken(resource_version);
    reconcile();
    const json status = last_status();
    blueprint(object_["spec"], resource_version + 1, status);
    return status;
  }
};

TEST_F(ReportingTest, CountsAloneAreWrittenAtMostEachFiveSeconds) {
  blueprint({{"image", "checkout:1"}});
  creations_succeed();
  reconcile_and_store(11);
  deployment(30, 2, 2);
  reconcile_and_store(13);  // a transition: at once
  deployment(31, 2, 1);
  clock_.advance(2s);
  const std::size_t before = server_.requests().size();
  EXPECT_EQ(reconcile().requeue_after, 3s);
  EXPECT_EQ(server_.requests().size(), before);
  clock_.advance(3s);
  EXPECT_EQ(reconcile_and_store(15)["readyReplicas"], 1);
}

TEST_F(ReportingTest, AnUnchangedBlueprintCostsNoRequestAlsoForANewProcess) {
  blueprint({{"image", "checkout:1"}});
  creations_succeed();
  reconcile_and_store(11);
  BlueprintReconciler successor(blueprints_, children_, references_, applier_, client_, clock_,
                                events_, {});
  const std::size_t before = server_.requests().size();
  EXPECT_EQ(successor.reconcile(key_, log_, {}).writes, 0);
  EXPECT_EQ(server_.requests().size(), before);
}

}  // namespace
}  // namespace controller
