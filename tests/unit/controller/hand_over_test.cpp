// A count of replicas changes hands between the blueprint and an autoscaler.

#include "applier_fixture.h"

namespace controller {
namespace {

using kube::Method;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kDeployments = "/apis/apps/v1/namespaces/shop/deployments";
constexpr const char* kOneDeployment = "/apis/apps/v1/namespaces/shop/deployments/checkout";
constexpr const char* kAutoscalers =
    "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers";
constexpr const char* kOneAutoscaler =
    "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/checkout";

class HandOverTest : public ApplierTest {
 protected:
  blueprint::Object deployment(std::optional<int> replicas) const {
    json spec{{"template", {{"spec", json::object()}}}};
    if (replicas) spec["replicas"] = *replicas;
    return {api::kDeployment,
            key_,
            {{"apiVersion", "apps/v1"},
             {"kind", "Deployment"},
             {"metadata", {{"name", "checkout"}, {"namespace", "shop"}}},
             {"spec", spec}}};
  }

  blueprint::Object autoscaler(int minimum) const {
    return {api::kHorizontalPodAutoscaler,
            key_,
            {{"apiVersion", "autoscaling/v2"},
             {"kind", "HorizontalPodAutoscaler"},
             {"metadata", {{"name", "checkout"}, {"namespace", "shop"}}},
             {"spec", {{"minReplicas", minimum}, {"maxReplicas", 10}}}}};
  }

  // A Deployment on the server whose count is ours, or is not.
  static json live(int version, int replicas, bool ours, const std::string& operation = "Apply") {
    json fields{{"f:spec", {{"f:template", json::object()}}}};
    if (ours) fields["f:spec"]["f:replicas"] = json::object();
    return {{"kind", "Deployment"},
            {"apiVersion", "apps/v1"},
            {"metadata", support::child_metadata("checkout", version, operation, fields)},
            {"spec", {{"replicas", replicas}}}};
  }

  // The requests as METHOD kind manager, with the count that each one writes.
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    for (const kube::Request& request : server_.requests()) {
      std::string line(kube::to_string(request.method));
      line += request.path.find("autoscaler") == std::string::npos ? " Deployment" : " autoscaler";
      for (const auto& [name, value] : request.query) {
        if (name == "fieldManager" && value.ends_with("-handover")) line += " handover";
      }
      const json body = request.body.empty() ? json() : json::parse(request.body);
      if (body.is_array()) line += " ownership";
      if (body.is_object() && body.contains("/spec/replicas"_json_pointer))
        line += " " + body.at("/spec/replicas"_json_pointer).dump();
      lines.push_back(line);
    }
    return lines;
  }
};

TEST_F(HandOverTest, ARunningCountGoesToAnotherManagerBeforeItIsDropped) {
  known(live(9, 5, true), api::kDeployment);
  server_.on(Method::kPatch, kOneDeployment)
      .answer(200, live(10, 5, true).dump())
      .answer(200, live(11, 5, false).dump());
  server_.on(Method::kPost, kAutoscalers).answer(201, support::child("checkout", 12).dump());
  const Applied applied = apply({deployment(std::nullopt), autoscaler(2)});
  EXPECT_THAT(told(),
              ElementsAre("PATCH Deployment handover 5", "PATCH Deployment", "POST autoscaler"));
  const json handover = json::parse(server_.requests()[0].body);
  EXPECT_EQ(handover["metadata"]["resourceVersion"], "9") << "the count that was looked at";
  EXPECT_EQ(handover["metadata"]["uid"], support::kUid);
  EXPECT_THAT(applied.inventory, SizeIs(2));
}

TEST_F(HandOverTest, ACountBelowTheMinimumBecomesTheMinimum) {
  known(live(9, 0, true), api::kDeployment);
  server_.on(Method::kPatch, kOneDeployment)
      .answer(200, live(10, 2, true).dump())
      .answer(200, live(11, 2, false).dump());
  server_.on(Method::kPost, kAutoscalers).answer(201, support::child("checkout", 12).dump());
  apply({deployment(std::nullopt), autoscaler(2)});
  EXPECT_EQ(told().at(0), "PATCH Deployment handover 2");
}

TEST_F(HandOverTest, ADeploymentThatStartsAutoscaledIsCreatedWithTheMinimum) {
  server_.on(Method::kPost, kDeployments).answer(201, live(5, 3, true, "Update").dump());
  server_.on(Method::kPatch, kOneDeployment)
      .answer(200, live(6, 3, true).dump())
      .answer(200, live(7, 3, true).dump())
      .answer(200, live(8, 3, false).dump());
  server_.on(Method::kPost, kAutoscalers).answer(201, support::child("checkout", 9).dump());
  const Applied first = apply({deployment(std::nullopt), autoscaler(3)});
  EXPECT_THAT(told(),
              ElementsAre("POST Deployment 3", "PATCH Deployment ownership",
                          "PATCH Deployment handover 3", "PATCH Deployment", "POST autoscaler"));
  EXPECT_EQ(apply({deployment(std::nullopt), autoscaler(3)}, first.inventory).writes, 0);
}

TEST_F(HandOverTest, ACrashBetweenTheStepsIsGoneOnFrom) {
  known(live(11, 5, false), api::kDeployment);  // dropped, and no autoscaler yet
  server_.on(Method::kPatch, kOneDeployment).answer(200, live(11, 5, false).dump());
  server_.on(Method::kPost, kAutoscalers).answer(201, support::child("checkout", 12).dump());
  apply({deployment(std::nullopt), autoscaler(2)});
  EXPECT_THAT(told(), ElementsAre("PATCH Deployment", "POST autoscaler"));
}

TEST_F(HandOverTest, AStaleCountIsNotGivenAway) {
  known(live(9, 5, true), api::kDeployment);
  server_.on(Method::kPatch, kOneDeployment)
      .answer(409, status(409, "Conflict", "the object has been modified"));
  const Applied applied = apply({deployment(std::nullopt), autoscaler(2)});
  EXPECT_TRUE(applied.outdated);
  EXPECT_THAT(told(), ElementsAre("PATCH Deployment handover 5"));
}

TEST_F(HandOverTest, AForeignDeploymentHoldsBackTheAutoscaler) {
  known(owned_by(live(9, 5, true), kOtherUid, "another"), api::kDeployment);
  const Applied applied = apply({deployment(std::nullopt), autoscaler(2)});
  EXPECT_THAT(server_.requests(), IsEmpty());
  EXPECT_THAT(applied.troubles, SizeIs(1));
}

TEST_F(HandOverTest, ARefusedDeploymentWhoseCountIsOursHoldsBackTheAutoscaler) {
  known(live(9, 5, true), api::kDeployment);
  server_.on(Method::kPatch, kOneDeployment).answer(422, status(422, "Invalid", "policy says no"));
  const Applied applied = apply({deployment(std::nullopt), autoscaler(2)});
  EXPECT_THAT(told(), ElementsAre("PATCH Deployment handover 5"));
  EXPECT_THAT(applied.troubles, SizeIs(1));
}

TEST_F(HandOverTest, TheAutoscalerIsSeenGoneBeforeTheCountIsWritten) {
  known(live(9, 5, false), api::kDeployment);
  known(support::child("checkout", 4), api::kHorizontalPodAutoscaler);
  server_.on(Method::kDelete, kOneAutoscaler).answer(200, "{}");
  server_.on(Method::kGet, kOneAutoscaler).answer(404, status(404, "NotFound", "not found"));
  server_.on(Method::kPatch, kOneDeployment).answer(200, live(10, 2, true).dump());
  const Applied applied = apply({deployment(2)});
  EXPECT_THAT(told(), ElementsAre("DELETE autoscaler", "GET autoscaler", "PATCH Deployment 2"));
  EXPECT_THAT(applied.written,
              ElementsAre(Write{api::kHorizontalPodAutoscaler, "checkout", WriteKind::kPruned},
                          Write{api::kDeployment, "checkout", WriteKind::kApplied}));
}

TEST_F(HandOverTest, AnAutoscalerThatStaysForAFinalizerHoldsBackTheDeployment) {
  known(live(9, 5, false), api::kDeployment);
  json leaving = support::child("checkout", 4);
  known(leaving, api::kHorizontalPodAutoscaler);
  leaving["metadata"]["deletionTimestamp"] = "2026-11-24T09:00:00Z";
  server_.on(Method::kDelete, kOneAutoscaler).answer(200, leaving.dump());
  server_.on(Method::kGet, kOneAutoscaler).answer(200, leaving.dump());
  const Applied applied = apply({deployment(2)});
  EXPECT_THAT(told(), ElementsAre("DELETE autoscaler", "GET autoscaler"));
  ASSERT_THAT(applied.troubles, SizeIs(1));
  EXPECT_EQ(applied.troubles[0].trouble, Trouble::kWaitingForDeletion);
}

TEST_F(HandOverTest, AForeignAutoscalerIsNotTouched) {
  known(owned_by(support::child("checkout", 4), kOtherUid, "another"),
        api::kHorizontalPodAutoscaler);
  server_.on(Method::kPost, kDeployments).answer(201, live(5, 2, true, "Update").dump());
  EXPECT_THAT(apply({deployment(2)}).troubles, IsEmpty());
  EXPECT_THAT(told(), ElementsAre("POST Deployment 2"));
}

}  // namespace
}  // namespace controller
