#include "kube/reflector.h"

#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/store_sink.h"
#include "support/manual_clock.h"
#include "support/objects.h"
#include "support/scripted_transport.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using support::bookmark;
using support::child;
using support::event;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kPath = "/api/v1/services";

std::string query(const Request& request, const std::string& name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return "-";
}

class ReflectorTest : public testing::Test {
 protected:
  explicit ReflectorTest(Presence presence = Presence::kRequired)
      : reflector_(client_, sink_, clock_, [] { return 0.0; }, metrics_, log_,
                   {.selection = {.resource = api::kService,
                                  .view = View::kMetadata,
                                  .label_selector = "app.kubernetes.io/managed-by=x"},
                    .presence = presence,
                    .absent_poll = 1ms}) {}

  support::ScriptedTransport::Rule watch() {
    return server_.on(Method::kGet, kPath).with_query("watch", "true");
  }
  support::ScriptedTransport::Rule list() {
    return server_.on(Method::kGet, kPath).with_query("limit", "500");
  }

  // Runs until the script has been asked `requests` times, then stops.
  void run_until(std::size_t requests) {
    std::jthread runner([this](const std::stop_token& stop) { reflector_.run(stop); });
    ASSERT_TRUE(server_.wait_for_requests(requests));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const api::ObjectKey& key : store_.keys()) names.push_back(key.name);
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string requested(std::size_t index, const std::string& name) const {
    return query(server_.requests().at(index), name);
  }

  support::ScriptedTransport server_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kDebug, text_};
  Client client_{server_, metrics_, clock_, {.host = "server", .field_manager = "manager"}};
  Store<ChildRecord> store_{Scoping::kCluster, [](const auto&, const auto&, const auto&) {}};
  StoreSink<ChildRecord> sink_{store_, "", [](std::string_view object) {
                                 return decode_child(object, support::identity());
                               }};
  Reflector reflector_;
};

TEST_F(ReflectorTest, AsksForInitialEventsAsFreshAsEtcdAndGoesOnInTheSameStream) {
  watch()
      .stream({event("ADDED", child("checkout", 5)), bookmark(7, true),
               event("ADDED", child("cart", 9))})
      .then_block();
  run_until(1);
  EXPECT_THAT(names(), ElementsAre("cart", "checkout"));
  EXPECT_TRUE(reflector_.synced());
  EXPECT_EQ(requested(0, "sendInitialEvents"), "true");
  EXPECT_EQ(requested(0, "resourceVersionMatch"), "NotOlderThan");
  EXPECT_EQ(requested(0, "allowWatchBookmarks"), "true");
  EXPECT_EQ(requested(0, "resourceVersion"), "-");
  EXPECT_EQ(requested(0, "timeoutSeconds"), "300");
  EXPECT_EQ(requested(0, "labelSelector"), "app.kubernetes.io/managed-by=x");
  EXPECT_THAT(server_.requests()[0].accept, HasSubstr("PartialObjectMetadata"));
}

TEST_F(ReflectorTest, IsNotSyncedBeforeTheBookmarkThatEndsTheInitialEvents) {
  watch().stream({event("ADDED", child("checkout", 5)), bookmark(6)}).then_block();
  run_until(1);
  EXPECT_FALSE(reflector_.synced());
}

TEST_F(ReflectorTest, CountsEventsButNoBookmarks) {
  watch()
      .stream({event("ADDED", child("checkout", 5)), bookmark(7, true), bookmark(8),
               event("MODIFIED", child("checkout", 9))})
      .then_block();
  run_until(1);
  EXPECT_DOUBLE_EQ(metrics_.resource("services").events.value(), 2);
}

TEST_F(ReflectorTest, AllowsShortSilenceInAListAndALongOneInAWatch) {
  watch()
      .stream({event("ADDED", child("checkout", 5)), bookmark(7, true), bookmark(8)})
      .then_block();
  run_until(1);
  EXPECT_THAT(server_.silences(), ElementsAre(10s, 90s, 90s));
}

TEST_F(ReflectorTest, ResumesFromTheLastVersionWhenTheServerEndsTheStream) {
  watch().stream({bookmark(7, true), event("MODIFIED", child("checkout", 12))});
  watch().stream({bookmark(20)});
  watch().block();
  run_until(3);
  EXPECT_EQ(requested(1, "resourceVersion"), "12");
  EXPECT_EQ(requested(1, "sendInitialEvents"), "-");
  EXPECT_EQ(requested(2, "resourceVersion"), "20");
  EXPECT_THAT(clock_.sleeps(), IsEmpty()) << "an orderly end costs no wait";
}

TEST_F(ReflectorTest, AnEventCutInTheMiddleIsNotAppliedAndTheWatchResumesBeforeIt) {
  const std::string whole = event("ADDED", child("cart", 9));
  watch().stream({bookmark(7, true), whole.substr(0, whole.size() / 2)}).then_fault(Fault::kReset);
  watch().block();
  run_until(2);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(requested(1, "resourceVersion"), "7");
}

TEST_F(ReflectorTest, RemovesOnADeletedEvent) {
  watch().stream({event("ADDED", child("checkout", 5)), bookmark(7, true),
                  event("DELETED", child("checkout", 8))});
  watch().block();
  run_until(2);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(requested(1, "resourceVersion"), "8");
}

TEST_F(ReflectorTest, ListsAnewOn410AsAStatusAndSweepsWhatIsGone) {
  watch().stream(
      {event("ADDED", child("checkout", 5)), event("ADDED", child("cart", 6)), bookmark(7, true)});
  watch().answer(410, R"({"kind":"Status","code":410,"reason":"Expired","message":"too old"})");
  watch().stream({event("ADDED", child("cart", 6)), bookmark(30, true)}).then_block();
  run_until(3);
  EXPECT_THAT(names(), ElementsAre("cart"));
  EXPECT_EQ(requested(2, "sendInitialEvents"), "true");
  EXPECT_EQ(requested(2, "resourceVersion"), "-") << "never from a version that has expired";
}

TEST_F(ReflectorTest, ListsAnewOn410InsideTheStream) {
  watch().stream({bookmark(7, true), event("ERROR", {{"kind", "Status"}, {"code", 410}})});
  watch().stream({bookmark(9, true)}).then_block();
  run_until(2);
  EXPECT_EQ(requested(1, "sendInitialEvents"), "true");
}

TEST_F(ReflectorTest, ListsAnewWhenTheServerHasNotReachedOurVersion) {
  watch().stream({bookmark(7, true)});
  watch().answer(
      504,
      R"({"code":504,"reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge"}]}})");
  watch().stream({bookmark(3, true)}).then_block();
  run_until(3);
  EXPECT_EQ(requested(2, "sendInitialEvents"), "true");
}

TEST_F(ReflectorTest, FallsBackToPagesWhenInitialEventsAreRefused) {
  watch().answer(422,
                 R"({"code":422,"reason":"Invalid","message":"sendInitialEvents is forbidden"})");
  server_.on(Method::kGet, kPath)
      .with_query("continue", "next")
      .answer(200,
              R"({"metadata":{"resourceVersion":"40"},"items":[)" + child("cart", 6).dump() + "]}");
  list().answer(200, R"({"metadata":{"resourceVersion":"40","continue":"next"},"items":[)" +
                         child("checkout", 5).dump() + "]}");
  watch().block();
  run_until(4);
  EXPECT_THAT(names(), ElementsAre("cart", "checkout"));
  EXPECT_TRUE(reflector_.synced());
  EXPECT_EQ(requested(1, "resourceVersion"), "-") << "a list, too, is as fresh as etcd";
  EXPECT_EQ(requested(3, "resourceVersion"), "40");
}

TEST_F(ReflectorTest, FallsBackToPagesWhenInitialEventsStayAway) {
  watch().stream({event("ADDED", child("checkout", 5))}).then_fault(Fault::kTimeout);
  list().answer(200, R"({"metadata":{"resourceVersion":"40"},"items":[]})");
  watch().block();
  run_until(3);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_TRUE(reflector_.synced());
}

TEST_F(ReflectorTest, WaitsForAServerThatIsDownInsteadOfFailing) {
  watch().answer(400, "{}");
  list().answer(200, R"({"metadata":{"resourceVersion":"40"},"items":[]})");
  watch().block();
  run_until(3);
  for (const Request& request : server_.requests()) EXPECT_EQ(request.when_down, WhenDown::kWait);
}

TEST_F(ReflectorTest, HearsFromTheServerWhenTheWatchBegins) {
  const auto start = reflector_.last_heard();
  watch().stream({bookmark(7, true)});
  watch().stream({}).before([this] { clock_.advance(60s); });
  watch().block();
  run_until(3);
  EXPECT_EQ(reflector_.last_heard() - start, 60s);
}

TEST_F(ReflectorTest, RemembersThatInitialEventsDoNotWork) {
  watch().stream({event("ERROR", {{"code", 400}})});
  list().answer(200, R"({"metadata":{"resourceVersion":"40"},"items":[]})");
  watch().answer(410, "{}");
  list().answer(200, R"({"metadata":{"resourceVersion":"50"},"items":[]})");
  watch().block();
  run_until(5);
  EXPECT_EQ(requested(4, "resourceVersion"), "50");
}

TEST_F(ReflectorTest, BeginsAgainWhenAPageFails) {
  watch().answer(400, "{}");
  list().answer(200, R"({"metadata":{"resourceVersion":"40","continue":"next"},"items":[]})");
  server_.on(Method::kGet, kPath).with_query("continue", "next").answer(410, R"({"code":410})");
  list().answer(200, R"({"metadata":{"resourceVersion":"41"},"items":[]})");
  watch().block();
  run_until(5);
  EXPECT_EQ(requested(4, "resourceVersion"), "41");
}

TEST_F(ReflectorTest, WaitsLongerAfterEachFailureUntilAnEventComes) {
  watch().fault(Fault::kConnect);
  watch().fault(Fault::kConnect);
  watch().answer(503, "{}");
  watch().stream({bookmark(7, true)});
  watch().fault(Fault::kReset);
  watch().block();
  run_until(6);
  EXPECT_THAT(clock_.sleeps(), ElementsAre(800ms, 1600ms, 3200ms, 800ms));
}

TEST_F(ReflectorTest, AServerThatHangsUpAtOnceIsNotCalledInALoop) {
  watch().stream({bookmark(7, true)});
  for (int i = 0; i < 3; ++i) watch().stream({});
  watch().block();
  run_until(5);
  EXPECT_THAT(clock_.sleeps(), ElementsAre(800ms, 1600ms, 3200ms));
}

TEST_F(ReflectorTest, GarbageInTheStreamIsAReasonToReconnect) {
  watch().stream(
      {bookmark(7, true), "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"uid\":3}}}\n"});
  watch().block();
  run_until(2);
  EXPECT_EQ(requested(1, "resourceVersion"), "7");
  EXPECT_DOUBLE_EQ(metrics_.resource("services").decode_errors.value(), 1);
}

TEST_F(ReflectorTest, ARequiredResourceThatIsMissingIsNotSyncedAndSaysSo) {
  watch().stream({event("ADDED", child("checkout", 5)), bookmark(7, true)});
  watch().answer(404, "404 page not found\n");
  watch().block();
  run_until(3);
  EXPECT_FALSE(reflector_.synced());
  EXPECT_FALSE(reflector_.absent());
  EXPECT_THAT(names(), IsEmpty()) << "what is not served does not exist";
  EXPECT_THAT(text_.str(), HasSubstr("CustomResourceDefinition"));
}

TEST_F(ReflectorTest, HearsFromTheServerWithEveryBlock) {
  const auto start = reflector_.last_heard();
  watch().stream({bookmark(7, true)}).before([this] { clock_.advance(5s); }).then_block();
  run_until(1);
  EXPECT_EQ(reflector_.last_heard() - start, 5s);
}

class OptionalReflectorTest : public ReflectorTest {
 protected:
  OptionalReflectorTest() : ReflectorTest(Presence::kOptional) {}
};

TEST_F(OptionalReflectorTest, AnAbsentApiIsAStateAndIsAskedForAgain) {
  watch().answer(404, "404 page not found\n");
  watch().answer(404, "404 page not found\n");
  watch().block();
  run_until(3);
  EXPECT_TRUE(reflector_.synced());
  EXPECT_TRUE(reflector_.absent());
  EXPECT_THAT(clock_.sleeps(), IsEmpty()) << "it is no failure";
}

TEST_F(OptionalReflectorTest, AMissingRightCountsAsAbsent) {
  watch().answer(403, R"({"code":403,"reason":"Forbidden","message":"no"})");
  watch().block();
  run_until(2);
  EXPECT_TRUE(reflector_.absent());
}

TEST_F(OptionalReflectorTest, AnApiThatAppearsIsListedAndOneThatGoesIsCleared) {
  watch().answer(404, "");
  watch().stream({event("ADDED", child("checkout", 5)), bookmark(7, true)});
  watch().block();
  run_until(3);
  EXPECT_FALSE(reflector_.absent());
  EXPECT_THAT(names(), ElementsAre("checkout"));
}

class PatientReflectorTest : public ReflectorTest {
 protected:
  PatientReflectorTest()
      : patient_(client_, sink_, clock_, [] { return 0.0; }, metrics_, log_,
                 {.selection = {.resource = api::kService},
                  .presence = Presence::kOptional,
                  .absent_poll = 1h}) {}

  Reflector patient_;
};

TEST_F(PatientReflectorTest, WakingEndsTheWaitForAnAbsentApi) {
  watch().answer(404, "");
  watch().block();
  std::jthread runner([this](const std::stop_token& stop) { patient_.run(stop); });
  ASSERT_TRUE(server_.wait_for_requests(1));
  patient_.wake();
  EXPECT_TRUE(server_.wait_for_requests(2));
}

}  // namespace
}  // namespace kube
