#include "runtime/event_recorder.h"

#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kube/write_fence.h"
#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace runtime {
namespace {

using namespace std::chrono_literals;
using kube::Method;
using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kEvents = "/apis/events.k8s.io/v1/namespaces/shop/events";

class EventRecorderTest : public testing::Test {
 protected:
  static Event event(const std::string& note = "written: Deployment",
                     const std::string& uid = "aaaa") {
    return {.resource = api::kServiceBlueprint,
            .key = {"shop", "checkout"},
            .uid = uid,
            .reason = "Applied",
            .action = "Apply",
            .note = note};
  }

  // Sends all that is waiting.
  void flush() {
    std::stop_source stopped;
    stopped.request_stop();
    recorder_.run(stopped.get_token());
  }

  void creations_succeed(int count) {
    auto rule = server_.on(Method::kPost, kEvents);
    for (int i = 0; i < count; ++i) rule.answer(201, "{}");
  }

  json sent(std::size_t index) const { return json::parse(server_.requests().at(index).body); }
  // The event that the first request made.
  std::string first_path() const {
    return std::string(kEvents) + "/" + sent(0)["metadata"]["name"].get<std::string>();
  }

  support::ScriptedTransport server_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kDebug, text_};
  kube::Client client_{server_, metrics_, clock_, {.host = "server", .field_manager = "us"}};
  EventRecorder recorder_{
      client_, clock_, metrics_.events, log_, {"serviceblueprint.dev/operator", "pod-1"}};
};

TEST_F(EventRecorderTest, SendsWhatTheApiAsksFor) {
  creations_succeed(1);
  recorder_.record(event());
  EXPECT_THAT(server_.requests(), IsEmpty()) << "nobody waits for an event";
  flush();
  const json body = sent(0);
  EXPECT_EQ(body["apiVersion"], "events.k8s.io/v1");
  EXPECT_EQ(body["type"], "Normal");
  EXPECT_EQ(body["reason"], "Applied");
  EXPECT_EQ(body["action"], "Apply");
  EXPECT_EQ(body["note"], "written: Deployment");
  EXPECT_EQ(body["reportingController"], "serviceblueprint.dev/operator");
  EXPECT_EQ(body["reportingInstance"], "pod-1");
  EXPECT_EQ(body["regarding"]["kind"], "ServiceBlueprint");
  EXPECT_EQ(body["regarding"]["uid"], "aaaa");
  EXPECT_THAT(body["eventTime"].get<std::string>(),
              testing::MatchesRegex("[0-9-]+T[0-9:]+\\.[0-9]+Z"));
  EXPECT_THAT(body["eventTime"].get<std::string>(), SizeIs(27));
  EXPECT_EQ(metrics_.events.sent.value(), 1);
}

TEST_F(EventRecorderTest, TheSameAgainBecomesASeries) {
  creations_succeed(1);
  recorder_.record(event());
  flush();
  server_.on(Method::kPatch, first_path()).answer(200, "{}").answer(200, "{}");
  recorder_.record(event());
  recorder_.record(event());
  flush();
  ASSERT_THAT(server_.requests(), SizeIs(3));
  EXPECT_EQ(sent(1)[0]["path"], "/series");
  EXPECT_EQ(sent(1)[0]["value"]["count"], 2);
  EXPECT_EQ(sent(2)[0]["value"]["count"], 3);
}

TEST_F(EventRecorderTest, ADifferentNoteOrAnotherObjectIsAnotherEvent) {
  creations_succeed(3);
  recorder_.record(event());
  recorder_.record(event("written: Service"));
  recorder_.record(event("written: Deployment", "bbbb"));
  flush();
  EXPECT_THAT(server_.requests(), SizeIs(3));
  EXPECT_NE(sent(0)["metadata"]["name"], sent(1)["metadata"]["name"]);
}

TEST_F(EventRecorderTest, ASeriesEndsWithTimeAndWithItsEvent) {
  creations_succeed(3);
  recorder_.record(event());
  flush();
  server_.on(Method::kPatch, first_path()).answer(404, R"({"reason":"NotFound"})");
  recorder_.record(event());
  flush();
  ASSERT_THAT(server_.requests(), SizeIs(3)) << "the server has let go of the first event";
  clock_.advance(7min);
  recorder_.record(event());
  flush();
  EXPECT_EQ(server_.requests().back().method, Method::kPost);
}

TEST_F(EventRecorderTest, OneObjectCannotFloodTheOthers) {
  creations_succeed(EventRecorder::kBurst + 2);
  for (int i = 0; i < EventRecorder::kBurst + 10; ++i)
    recorder_.record(event("note " + std::to_string(i)));
  EXPECT_EQ(metrics_.events.dropped.value(), 10);
  recorder_.record(event("another's", "bbbb"));
  EXPECT_EQ(metrics_.events.dropped.value(), 10);
  clock_.advance(EventRecorder::kInterval);
  recorder_.record(event("one more"));
  recorder_.record(event("and one too many"));
  EXPECT_EQ(metrics_.events.dropped.value(), 11);
  flush();
  EXPECT_EQ(metrics_.events.sent.value(), EventRecorder::kBurst + 2);
}

TEST_F(EventRecorderTest, AFullQueueDrops) {
  for (std::size_t i = 0; i <= EventRecorder::kQueue; ++i)
    recorder_.record(event("note", std::to_string(i)));
  EXPECT_EQ(metrics_.events.dropped.value(), 1);
}

TEST_F(EventRecorderTest, ANamespaceThatIsGoingAwayIsNoError) {
  server_.on(Method::kPost, kEvents)
      .answer(403,
              R"({"reason":"Forbidden","details":{"causes":[{"reason":"NamespaceTerminating"}]}})")
      .answer(404, R"({"reason":"NotFound","message":"namespaces \"shop\" not found"})");
  recorder_.record(event());
  recorder_.record(event());
  flush();
  EXPECT_EQ(metrics_.events.dropped.value(), 2);
  EXPECT_EQ(metrics_.events.failed.value(), 0);
}

TEST_F(EventRecorderTest, WhatCannotBeSentIsCountedAndGoneAndTheNextOneComes) {
  server_.on(Method::kPost, kEvents)
      .fault(kube::Fault::kReset)
      .answer(500, R"({"reason":"InternalError"})")
      .answer(422, R"({"reason":"Invalid","message":"note"})")
      .answer(201, "{}");
  for (int i = 0; i < 4; ++i) recorder_.record(event());
  flush();
  EXPECT_EQ(metrics_.events.failed.value(), 3);
  EXPECT_EQ(metrics_.events.sent.value(), 1);
}

TEST_F(EventRecorderTest, AnEventOfAFormerLeaderIsDroppedAndNoFailure) {
  server_.on(Method::kPost, kEvents).answer(201, "").before([] { throw kube::WriteFenced(); });
  recorder_.record(event());
  flush();
  EXPECT_EQ(metrics_.events.dropped.value(), 1);
  EXPECT_EQ(metrics_.events.failed.value(), 0);
}

TEST_F(EventRecorderTest, ANoteIsCutToWhatTheApiTakes) {
  creations_succeed(1);
  recorder_.record(event(std::string(5000, 'x')));
  flush();
  EXPECT_THAT(sent(0)["note"].get<std::string>(), SizeIs(1024));
}

TEST_F(EventRecorderTest, ItsThreadSendsWhatComesAndEndsWhenAsked) {
  creations_succeed(1);
  std::jthread sender([this](const std::stop_token& stop) { recorder_.run(stop); });
  recorder_.record(event());
  EXPECT_TRUE(server_.wait_for_requests(1));
  sender.request_stop();
  sender.join();
}

}  // namespace
}  // namespace runtime
