// A pod template that is not to be changed now, while everything else goes on.

#include "applier_fixture.h"

namespace controller {
namespace {

using kube::Method;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kOneDeployment = "/apis/apps/v1/namespaces/shop/deployments/checkout";
constexpr const char* kConfigMaps = "/api/v1/namespaces/shop/configmaps";

class HeldTemplateTest : public ApplierTest {
 protected:
  blueprint::Object deployment(bool keep, int replicas = 2) const {
    return {api::kDeployment, key_,
            json::parse(R"({"apiVersion": "apps/v1", "kind": "Deployment",
              "metadata": {"name": "checkout", "namespace": "shop"},
              "spec": {"replicas": )" +
                        std::to_string(replicas) + R"(, "template": {"spec": {"containers": [
                {"name": "app", "image": "app:2"}]}}}})"),
            keep};
  }

  static json live(int version) {
    const json fields = json::parse(R"({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {
      "f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:name": {}, "f:image": {}}}}}}})");
    return {{"kind", "Deployment"},
            {"metadata", support::child_metadata("checkout", version, "Apply", fields)},
            {"spec", json::parse(R"({"replicas": 1, "template": {"spec": {"dnsPolicy": "Default",
               "containers": [{"name": "app", "image": "app:1", "tty": true}]}}})")}};
  }

  const json kept_ =
      json::parse(R"({"spec": {"containers": [{"name": "app", "image": "app:1"}]}})");
};

TEST_F(HeldTemplateTest, WhatWeOwnOfTheLiveTemplateIsWrittenAgainAndTheRestAsRendered) {
  known(live(9), api::kDeployment);
  server_.on(Method::kGet, kOneDeployment).answer(200, live(9).dump());
  server_.on(Method::kPatch, kOneDeployment).answer(200, live(10).dump());
  apply({deployment(true)});
  const json body = json::parse(server_.requests().back().body);
  EXPECT_EQ(body["spec"]["template"], kept_);
  EXPECT_EQ(body["spec"]["replicas"], 2);
}

TEST_F(HeldTemplateTest, NothingIsReadOrWrittenWhenNothingChanged) {
  known(live(9), api::kDeployment);
  server_.on(Method::kGet, kOneDeployment).answer(200, live(9).dump());
  server_.on(Method::kPatch, kOneDeployment).answer(200, live(9).dump());
  const Applied first = apply({deployment(true)});
  EXPECT_EQ(apply({deployment(true)}, first.inventory).writes, 0);
  EXPECT_THAT(server_.requests(), SizeIs(2));
}

TEST_F(HeldTemplateTest, OtherChangesGoOnAndTheReleaseWritesTheTemplate) {
  known(live(9), api::kDeployment);
  server_.on(Method::kGet, kOneDeployment).answer(200, live(9).dump()).answer(200, live(9).dump());
  server_.on(Method::kPatch, kOneDeployment)
      .answer(200, live(9).dump())
      .answer(200, live(9).dump())
      .answer(200, live(10).dump());
  const Applied first = apply({deployment(true)});
  const Applied scaled = apply({deployment(true, 4)}, first.inventory);
  EXPECT_EQ(json::parse(server_.requests().back().body)["spec"]["replicas"], 4);
  apply({deployment(false, 4)}, scaled.inventory);
  EXPECT_EQ(json::parse(server_.requests().back().body)["spec"]["template"],
            deployment(false).body["spec"]["template"]);
}

TEST_F(HeldTemplateTest, ADeploymentThatDoesNotExistIsNotMadeAndTheNextChildIs) {
  server_.on(Method::kPost, kServices).answer(201, support::child("checkout", 5, "Update").dump());
  const Applied applied = apply({deployment(true), service()});
  EXPECT_THAT(sent(), ElementsAre("POST application/json"));
  EXPECT_THAT(applied.troubles, IsEmpty());
  EXPECT_THAT(applied.inventory, SizeIs(1));
}

TEST_F(HeldTemplateTest, WithoutAnEntryOfOursTheTemplateIsLeftOut) {
  json cleared = live(9);
  cleared["metadata"]["managedFields"] = json::array();
  known(cleared, api::kDeployment);
  server_.on(Method::kGet, kOneDeployment).answer(200, cleared.dump());
  server_.on(Method::kPatch, kOneDeployment).answer(200, live(10).dump());
  apply({deployment(true)});
  EXPECT_FALSE(json::parse(server_.requests().back().body)["spec"].contains("template"));
}

TEST_F(HeldTemplateTest, AGeneratedConfigMapThatIsRefusedHoldsTheTemplateBack) {
  known(live(9), api::kDeployment);
  server_.on(Method::kPost, kConfigMaps)
      .answer(403, status(403, "Forbidden", "exceeded quota: objects"));
  server_.on(Method::kGet, kOneDeployment).answer(200, live(9).dump());
  server_.on(Method::kPatch, kOneDeployment).answer(200, live(10).dump());
  const blueprint::Object config{
      api::kConfigMap, {"shop", "checkout-1a2b"}, {{"metadata", json::object()}}};
  EXPECT_THAT(apply({config, deployment(false)}).troubles, SizeIs(1));
  EXPECT_EQ(json::parse(server_.requests().back().body)["spec"]["template"], kept_);
}

}  // namespace
}  // namespace controller
