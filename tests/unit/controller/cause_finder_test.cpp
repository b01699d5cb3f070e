#include "controller/cause_finder.h"

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
using nlohmann::json;

constexpr const char* kPods = "/api/v1/namespaces/shop/pods";

class CauseFinderTest : public testing::Test {
 protected:
  CauseFinderTest() {
    deployment_.uid = *api::Uid::parse(support::kUid);
    deployment_.deployment = kube::DeploymentWords{.generation = 1, .spec_replicas = 1};
  }

  static std::string pods(const json& state, const std::string& next = "") {
    return json{{"metadata", {{"resourceVersion", "9"}, {"continue", next}}},
                {"items",
                 {{{"metadata", {{"name", "checkout-5d-a"}}},
                   {"status",
                    {{"containerStatuses",
                      {{{"name", "checkout"}, {"ready", false}, {"state", state}}}}}}}}}}
        .dump();
  }
  static std::string pulling() {
    return pods({{"waiting", {{"reason", "ErrImagePull"}, {"message", "not found"}}}});
  }

  CauseFinder::Finding find(bool known = false) {
    return finder_.find({"shop", "checkout"}, deployment_, known, log_, {});
  }
  std::string reason(bool known = false) {
    const auto cause = find(known).cause;
    return cause ? cause->reason : "-";
  }
  std::size_t looks() const { return server_.requests().size(); }

  kube::ChildRecord deployment_;
  support::ScriptedTransport server_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kDebug, text_};
  kube::Client client_{server_, metrics_, clock_, {.host = "server", .field_manager = "us"}};
  CauseFinder finder_{client_, clock_};
};

TEST_F(CauseFinderTest, ARolloutThatGoesWellCostsNoRequest) {
  EXPECT_EQ(find().next_look, 5s);
  clock_.advance(4s);
  EXPECT_EQ(find().next_look, 1s);
  EXPECT_EQ(looks(), 0U);
}

TEST_F(CauseFinderTest, LooksFiveToSixtySecondsApartAndRememberInBetween) {
  auto rule = server_.on(kube::Method::kGet, kPods);
  for (int i = 0; i < 6; ++i) rule.answer(200, pulling());
  auto wait = find().next_look;
  for (const auto expected : {10s, 20s, 40s, 60s, 60s}) {
    clock_.advance(wait);
    const auto finding = find();
    ASSERT_TRUE(finding.cause);
    EXPECT_EQ(finding.cause->reason, "ImagePullBackOff");
    wait = finding.next_look;
    EXPECT_EQ(wait, expected);
    EXPECT_EQ(reason(), "ImagePullBackOff") << "as of the last look";
  }
  EXPECT_EQ(looks(), 5U);
  const kube::Request request = server_.requests().front();
  EXPECT_THAT(request.query,
              testing::IsSupersetOf({std::pair<std::string, std::string>{"limit", "20"},
                                     {"labelSelector",
                                      "app.kubernetes.io/instance=checkout,"
                                      "app.kubernetes.io/name=checkout"}}));
}

TEST_F(CauseFinderTest, AChangeOfTheDeploymentBringsTheNextLookForward) {
  server_.on(kube::Method::kGet, kPods).answer(200, pulling());
  clock_.advance(find().next_look);
  EXPECT_EQ(find().next_look, 10s);
  deployment_.deployment->updated = 1;
  EXPECT_EQ(find().next_look, 5s);
  EXPECT_EQ(reason(), "ImagePullBackOff");
}

TEST_F(CauseFinderTest, LooksOnWhereThePodsSeenAreWell) {
  const json running{{"running", json::object()}};
  server_.on(kube::Method::kGet, kPods).answer(200, pods(running, "2")).answer(200, pulling());
  clock_.advance(find().next_look);
  EXPECT_EQ(reason(), "ImagePullBackOff");
  ASSERT_EQ(looks(), 2U);
  EXPECT_THAT(server_.requests().back().query, testing::Contains(testing::Pair("continue", "2")));
}

TEST_F(CauseFinderTest, LooksAtFivePagesAtMost) {
  const json running{{"running", json::object()}};
  auto rule = server_.on(kube::Method::kGet, kPods);
  for (int i = 0; i < 9; ++i) rule.answer(200, pods(running, "more"));
  clock_.advance(find().next_look);
  EXPECT_EQ(reason(), "-");
  EXPECT_EQ(looks(), 5U);
}

TEST_F(CauseFinderTest, ANewTemplateIsNotBlamedForTheOldOne) {
  server_.on(kube::Method::kGet, kPods).answer(200, pulling());
  clock_.advance(find().next_look);
  EXPECT_EQ(reason(), "ImagePullBackOff");
  deployment_.deployment->generation = 2;
  EXPECT_EQ(reason(), "-");
}

TEST_F(CauseFinderTest, AKnownCauseIsLookedForAtOnceSoThatARestartSaysTheSame) {
  server_.on(kube::Method::kGet, kPods).answer(200, pods({{"running", json::object()}}));
  EXPECT_EQ(reason(true), "ProbeFailing");
}

TEST_F(CauseFinderTest, AContainerHasTimeForItsProbes) {
  auto rule = server_.on(kube::Method::kGet, kPods);
  for (int i = 0; i < 3; ++i) rule.answer(200, pods({{"running", json::object()}}));
  clock_.advance(find().next_look);
  EXPECT_EQ(reason(), "-") << "after 5 s";
  clock_.advance(10s);
  EXPECT_EQ(reason(), "-") << "after 15 s";
  clock_.advance(20s);
  EXPECT_EQ(reason(), "ProbeFailing") << "after 35 s";
}

TEST_F(CauseFinderTest, AListThatFailsIsNoNews) {
  server_.on(kube::Method::kGet, kPods)
      .answer(200, pulling())
      .answer(403, R"({"reason":"Forbidden","message":"no"})")
      .fault(kube::Fault::kReset);
  clock_.advance(find().next_look);
  EXPECT_EQ(reason(), "ImagePullBackOff");
  clock_.advance(10s);
  EXPECT_EQ(reason(), "ImagePullBackOff");
  clock_.advance(20s);
  EXPECT_EQ(reason(), "ImagePullBackOff");
  EXPECT_EQ(looks(), 3U);
}

TEST_F(CauseFinderTest, AReadyServiceIsForgotten) {
  server_.on(kube::Method::kGet, kPods).answer(200, pulling());
  clock_.advance(find().next_look);
  EXPECT_EQ(reason(), "ImagePullBackOff");
  finder_.forget({"shop", "checkout"});
  EXPECT_EQ(reason(), "-");
}

}  // namespace
}  // namespace controller
