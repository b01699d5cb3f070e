#include "runtime/leader_elector.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace runtime {
namespace {

using namespace std::chrono_literals;
using kube::Fault;
using kube::Method;
using nlohmann::json;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kCollection = "/apis/coordination.k8s.io/v1/namespaces/system/leases";
constexpr const char* kLease = "/apis/coordination.k8s.io/v1/namespaces/system/leases/operator";
constexpr const char* kUs = "pod-1_aaaa";
constexpr const char* kConflict = R"({"reason":"Conflict","message":"modified"})";
constexpr const char* kAbsent = R"({"reason":"NotFound","message":"leases not found"})";
constexpr const char* kStatus = R"(leader_election_master_status{name="operator"} )";

// A Lease as client-go's candidates write it.
json lease_of(const std::string& holder, int resource_version,
              const std::string& renewed = "2026-01-01T00:00:00.000000Z", int seconds = 15) {
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata",
           {{"name", "operator"},
            {"namespace", "system"},
            {"resourceVersion", std::to_string(resource_version)},
            {"labels", {{"team", "platform"}}}}},
          {"spec",
           {{"holderIdentity", holder},
            {"leaseDurationSeconds", seconds},
            {"acquireTime", "2025-12-31T23:00:00.000000Z"},
            {"renewTime", renewed},
            {"leaseTransitions", 3}}}};
}

class LeaderElectorTest : public testing::Test {
 protected:
  json sent(std::size_t index) const { return json::parse(server_.requests().at(index).body); }
  json last_sent() const { return json::parse(server_.requests().back().body); }
  auto on_get() { return server_.on(Method::kGet, kLease); }
  auto on_put() { return server_.on(Method::kPut, kLease); }

  // We are the leader; the Lease has resource version 7.
  void lead() {
    server_.on(Method::kGet, kLease).answer(404, kAbsent);
    server_.on(Method::kPost, kCollection).answer(201, lease_of(kUs, 7).dump());
    ASSERT_TRUE(elector_.acquire(stop_.get_token(), {}));
  }
  // The latest step of the rule is the last of the test.
  void then_stop(support::ScriptedTransport::Rule rule) {
    rule.before([this] { stop_.request_stop(); });
  }
  LeaderElector::End renew() { return elector_.renew(stop_.get_token(), {}); }
  double status() const {
    const std::string text = metrics_.text();
    return std::stod(text.substr(text.find(kStatus) + std::string(kStatus).size()));
  }

  support::ScriptedTransport server_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kInfo, text_};
  kube::Client client_{server_, metrics_, clock_, {.host = "server", .field_manager = "us"}};
  kube::WriteFence fence_{clock_};
  LeaderElector elector_{client_,
                         clock_,
                         [] { return 0.5; },
                         fence_,
                         metrics_.leader_status("operator"),
                         log_,
                         {.lease = {"system", "operator"}, .identity = kUs}};
  std::stop_source stop_;
};

TEST_F(LeaderElectorTest, MakesTheLeaseAndOpensTheFence) {
  EXPECT_EQ(status(), 0);
  lead();
  const json body = sent(1);
  EXPECT_EQ(body["apiVersion"], "coordination.k8s.io/v1");
  EXPECT_EQ(body["kind"], "Lease");
  EXPECT_EQ(body["metadata"], (json{{"name", "operator"}, {"namespace", "system"}}));
  EXPECT_EQ(body["spec"], (json{{"holderIdentity", kUs},
                                {"leaseDurationSeconds", 15},
                                {"acquireTime", "2026-01-01T00:00:00.000000Z"},
                                {"renewTime", "2026-01-01T00:00:00.000000Z"},
                                {"leaseTransitions", 0}}));
  EXPECT_EQ(fence_.remaining(), 13s);
  EXPECT_EQ(status(), 1);
  EXPECT_THAT(text_.str(), HasSubstr("became the leader"));
}

TEST_F(LeaderElectorTest, SomebodyElseMakesItFirst) {
  on_get().answer(404, kAbsent);
  server_.on(Method::kPost, kCollection).answer(409, R"({"reason":"AlreadyExists"})");
  then_stop(on_get().answer(200, lease_of("other", 4).dump()));
  EXPECT_FALSE(elector_.acquire(stop_.get_token(), {}));
  EXPECT_FALSE(fence_.is_open());
  EXPECT_THAT(text_.str(), HasSubstr(R"("holder":"other")"));
}

TEST_F(LeaderElectorTest, AStandbyAsksEachPeriodWithJitter) {
  auto rule = on_get().answer(200, lease_of("other", 4).dump());
  rule.answer(200, lease_of("other", 4).dump());
  then_stop(rule.answer(200, lease_of("other", 4).dump()));
  EXPECT_FALSE(elector_.acquire(stop_.get_token(), {}));
  EXPECT_THAT(clock_.sleeps(), SizeIs(2));
  EXPECT_THAT(clock_.sleeps(), Each(3200ms));  // 2 s * (1 + 1.2 * 0.5)
}

TEST_F(LeaderElectorTest, StealsOnceTheRecordHasNotChangedForItsDuration) {
  auto get = on_get();
  // Seen at 0, 3.2, 6.4, 9.6, 12.8 and, expired, 16 s.
  for (int i = 0; i < 6; ++i) get.answer(200, lease_of("other", 4).dump());
  on_put().answer(200, lease_of(kUs, 5).dump());
  EXPECT_TRUE(elector_.acquire(stop_.get_token(), {}));
  EXPECT_EQ(server_.steps_left(), 0U);
  const json body = last_sent();
  EXPECT_EQ(body["metadata"], lease_of("other", 4)["metadata"]) << "its version is the condition";
  EXPECT_EQ(body["spec"]["holderIdentity"], kUs);
  EXPECT_EQ(body["spec"]["leaseTransitions"], 4);
  EXPECT_EQ(body["spec"]["acquireTime"], "2026-01-01T00:00:16.000000Z");
}

TEST_F(LeaderElectorTest, TheDurationIsTheRecordsOwn) {
  auto get = on_get();
  for (int i = 0; i < 3; ++i) get.answer(200, lease_of("other", 4, "t", 6).dump());
  on_put().answer(200, lease_of(kUs, 5).dump());
  EXPECT_TRUE(elector_.acquire(stop_.get_token(), {}));
  EXPECT_EQ(server_.steps_left(), 0U);
}

// Nobody's clock is compared with ours: only a change of the record counts, in whatever direction.
TEST_F(LeaderElectorTest, ARenewTimeFarInThePastOrFutureIsARenewal) {
  auto get = on_get();
  for (const char* const time : {"2026-01-01T00:00:00.000000Z", "1999-01-01T00:00:00.000000Z",
                                 "2099-01-01T00:00:00.000000Z", "2001-01-01T00:00:00.000000Z"}) {
    for (int i = 0; i < 4; ++i) get.answer(200, lease_of("other", 4, time).dump());
  }
  get.before([this] { stop_.request_stop(); });
  EXPECT_FALSE(elector_.acquire(stop_.get_token(), {}));
}

TEST_F(LeaderElectorTest, ATouchThatChangesNoRecordIsNoRenewal) {
  auto get = on_get();
  for (int version = 4; version < 10; ++version) get.answer(200, lease_of("other", version).dump());
  on_put().answer(200, lease_of(kUs, 11).dump());
  EXPECT_TRUE(elector_.acquire(stop_.get_token(), {}));
  EXPECT_EQ(last_sent()["metadata"]["resourceVersion"], "9");
}

TEST_F(LeaderElectorTest, AWallClockThatJumpsChangesNothing) {
  auto get = on_get();
  get.answer(200, lease_of("other", 4).dump()).before([this] { clock_.set_wall_clock_by(1h); });
  then_stop(get.answer(200, lease_of("other", 4).dump()));
  EXPECT_FALSE(elector_.acquire(stop_.get_token(), {}));
}

TEST_F(LeaderElectorTest, TakesAReleasedLeaseAtOnce) {
  on_get().answer(200, lease_of("", 4, "t", 1).dump());
  on_put().answer(200, lease_of(kUs, 5).dump());
  EXPECT_TRUE(elector_.acquire(stop_.get_token(), {}));
  EXPECT_EQ(last_sent()["spec"]["leaseTransitions"], 4);
}

TEST_F(LeaderElectorTest, RenewsWithoutALookAndKeepsWhatIsNotItsOwn) {
  lead();
  on_put().answer(200, lease_of(kUs, 8).dump()).answer(200, lease_of(kUs, 9).dump()).before([this] {
    EXPECT_EQ(fence_.remaining(), 11s);
    stop_.request_stop();
  });
  EXPECT_EQ(renew(), LeaderElector::End::kStopped);
  EXPECT_EQ(sent(2)["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(sent(3)["metadata"]["resourceVersion"], "8");
  EXPECT_EQ(sent(3)["metadata"]["labels"]["team"], "platform");
  EXPECT_EQ(sent(3)["spec"]["renewTime"], "2026-01-01T00:00:04.000000Z");
  EXPECT_EQ(sent(3)["spec"]["acquireTime"], lease_of(kUs, 7)["spec"]["acquireTime"]);
  EXPECT_EQ(sent(3)["spec"]["leaseTransitions"], 3);
  EXPECT_EQ(fence_.remaining(), 13s);
}

TEST_F(LeaderElectorTest, TheFenceCountsFromTheMomentOfSending) {
  lead();
  on_put().answer(200, lease_of(kUs, 8).dump()).before([this] {
    clock_.advance(4s);
    stop_.request_stop();
  });
  EXPECT_EQ(renew(), LeaderElector::End::kStopped);
  EXPECT_EQ(fence_.remaining(), 9s);
}

TEST_F(LeaderElectorTest, ARenewalWhoseAnswerWasLostIsNoLoss) {
  lead();
  on_put().fault(Fault::kTimeout).answer(409, kConflict);
  on_get().answer(200, lease_of(kUs, 8, "2026-01-01T00:00:02.000000Z").dump());
  then_stop(on_put().answer(200, lease_of(kUs, 9).dump()));
  EXPECT_EQ(renew(), LeaderElector::End::kStopped);
  EXPECT_EQ(last_sent()["metadata"]["resourceVersion"], "8");
  EXPECT_TRUE(fence_.is_open());
}

TEST_F(LeaderElectorTest, IsLostWhenSomebodyElseHoldsIt) {
  lead();
  on_put().answer(409, kConflict);
  on_get().answer(200, lease_of("other", 8).dump());
  EXPECT_EQ(renew(), LeaderElector::End::kLost);
  EXPECT_FALSE(fence_.is_open());
  EXPECT_EQ(status(), 0);
  EXPECT_THAT(text_.str(), HasSubstr("it is held by other"));
  EXPECT_EQ(server_.requests().back().method, Method::kGet) << "no further write";
}

TEST_F(LeaderElectorTest, IsLostWhenItsNameWasTakenOut) {
  lead();
  on_put().answer(409, kConflict);
  on_get().answer(200, lease_of("", 8).dump());
  EXPECT_EQ(renew(), LeaderElector::End::kLost);
  EXPECT_EQ(server_.requests().back().method, Method::kGet);
}

TEST_F(LeaderElectorTest, IsMadeAgainWhenItWasDeleted) {
  lead();
  on_put().answer(404, kAbsent);
  on_get().answer(404, kAbsent);
  then_stop(server_.on(Method::kPost, kCollection).answer(201, lease_of(kUs, 20).dump()));
  EXPECT_EQ(renew(), LeaderElector::End::kStopped);
  EXPECT_TRUE(fence_.is_open());
}

TEST_F(LeaderElectorTest, AServerThatIsAwayForShorterThanTheDeadlineIsNoLoss) {
  lead();
  auto put = on_put();
  for (const Fault fault : {Fault::kConnect, Fault::kTimeout, Fault::kReset}) put.fault(fault);
  put.answer(503, "{}");
  then_stop(put.answer(200, lease_of(kUs, 8).dump()));
  EXPECT_EQ(renew(), LeaderElector::End::kStopped);
  EXPECT_TRUE(fence_.is_open());
}

TEST_F(LeaderElectorTest, IsLostWhenItCannotBeRenewedForTheDeadline) {
  lead();
  auto put = on_put();
  for (int i = 0; i < 5; ++i) put.fault(Fault::kConnect);
  EXPECT_EQ(renew(), LeaderElector::End::kLost);
  EXPECT_EQ(clock_.sleeps().size(), 5U);  // 10 s
  EXPECT_FALSE(fence_.is_open()) << "although its time is not over";
  fence_.open_until(base::BootTime::max());
  EXPECT_FALSE(fence_.is_open()) << "for good";
}

TEST_F(LeaderElectorTest, AMachineThatSleptMayGoOnWhenNobodyTookTheLease) {
  lead();
  clock_.suspend(60s);
  EXPECT_FALSE(fence_.is_open()) << "until it is known";
  on_get().answer(200, lease_of(kUs, 7).dump());
  then_stop(on_put().answer(200, lease_of(kUs, 8).dump()));
  EXPECT_EQ(renew(), LeaderElector::End::kStopped);
  EXPECT_TRUE(fence_.is_open());
}

TEST_F(LeaderElectorTest, AMachineThatSleptIsNoLeaderWhenSomebodyTookTheLease) {
  lead();
  clock_.suspend(60s);
  on_get().answer(200, lease_of("other", 9).dump());
  EXPECT_EQ(renew(), LeaderElector::End::kLost);
  EXPECT_EQ(server_.requests().back().method, Method::kGet);
}

TEST_F(LeaderElectorTest, GivesTheLeaseBack) {
  lead();
  clock_.advance(1s);
  on_put().answer(200, lease_of("", 8).dump()).before([this] { EXPECT_FALSE(fence_.is_open()); });
  elector_.release({});
  const json spec = last_sent()["spec"];
  EXPECT_EQ(spec, (json{{"holderIdentity", ""},
                        {"leaseDurationSeconds", 1},
                        {"acquireTime", "2026-01-01T00:00:01.000000Z"},
                        {"renewTime", "2026-01-01T00:00:01.000000Z"},
                        {"leaseTransitions", 3}}));
  EXPECT_EQ(last_sent()["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(status(), 0);
}

TEST_F(LeaderElectorTest, AConflictOnReleaseIsLookedInto) {
  lead();
  on_put().answer(409, kConflict).answer(200, lease_of("", 10).dump());
  on_get().answer(200, lease_of(kUs, 9).dump());
  elector_.release({});
  EXPECT_EQ(last_sent()["metadata"]["resourceVersion"], "9");
  EXPECT_EQ(last_sent()["spec"]["holderIdentity"], "");
}

TEST_F(LeaderElectorTest, ALeaseThatIsNotOursAnyMoreIsNotGivenBack) {
  lead();
  on_put().answer(409, kConflict);
  on_get().answer(200, lease_of("other", 9).dump());
  elector_.release({});
  EXPECT_EQ(server_.requests().back().method, Method::kGet);
}

TEST_F(LeaderElectorTest, WithoutTimeForAReleaseTheLeaseIsLeftToExpire) {
  lead();
  std::stop_source abort;
  abort.request_stop();
  elector_.release(abort.get_token());
  EXPECT_THAT(server_.requests(), SizeIs(2));
  EXPECT_FALSE(fence_.is_open());
}

TEST_F(LeaderElectorTest, AReleaseThatFailsIsNotTriedForEver) {
  lead();
  on_put().fault(Fault::kConnect);
  elector_.release({});
  EXPECT_EQ(server_.steps_left(), 0U);
}

TEST_F(LeaderElectorTest, SaysWhatTheServerRefusesUntilItDoesNot) {
  auto get = on_get();
  get.answer(403, R"({"reason":"Forbidden","message":"no right to leases"})");
  get.answer(403, R"({"reason":"Forbidden","message":"no right to leases"})").before([this] {
    EXPECT_EQ(elector_.problem(), "no right to leases");
  });
  get.answer(200, lease_of("", 4).dump());
  on_put().answer(200, lease_of(kUs, 5).dump());
  EXPECT_TRUE(elector_.acquire(stop_.get_token(), {}));
  EXPECT_EQ(elector_.problem(), "");
  const std::string log = text_.str();
  EXPECT_EQ(log.find("the lease is refused"), log.rfind("the lease is refused")) << "said once";
}

TEST_F(LeaderElectorTest, WithoutTheNamespaceItSaysWhichAndWhatToDo) {
  on_get().answer(404, kAbsent);
  server_.on(Method::kPost, kCollection)
      .answer(404, R"({"reason":"NotFound","message":"namespaces \"system\" not found"})");
  try {
    elector_.acquire(stop_.get_token(), {});
    FAIL() << "there is no such namespace";
  } catch (const NoLeaseNamespace& error) {
    EXPECT_THAT(error.what(), HasSubstr("the namespace system"));
    EXPECT_THAT(error.what(), HasSubstr("--leader-elect-resource-namespace"));
  }
}

TEST_F(LeaderElectorTest, AnAnswerThatIsNoLeaseIsNoLead) {
  auto get = on_get();
  get.answer(200, "<html>").answer(200, "[]");
  then_stop(get.answer(
      200, R"({"metadata":{},"spec":{"holderIdentity":"x","leaseDurationSeconds":15}})"));
  EXPECT_FALSE(elector_.acquire(stop_.get_token(), {}));
}

TEST_F(LeaderElectorTest, IsOverdueOnlyAsALeaderThatDoesNotRenew) {
  clock_.advance(1h);
  EXPECT_FALSE(elector_.overdue(20s)) << "a standby never is";
  lead();
  clock_.advance(35s);
  EXPECT_FALSE(elector_.overdue(20s));
  clock_.advance(1s);
  EXPECT_TRUE(elector_.overdue(20s));
}

TEST_F(LeaderElectorTest, AShortLeaseHasAMarginThatARenewalFitsIn) {
  LeaderElector elector(client_, clock_, [] { return 0.0; }, fence_,
                        metrics_.leader_status("short"), log_,
                        {.lease = {"system", "operator"},
                         .identity = kUs,
                         .lease_duration = 3s,
                         .renew_deadline = 2s,
                         .retry_period = 500ms});
  on_get().answer(404, kAbsent);
  server_.on(Method::kPost, kCollection).answer(201, lease_of(kUs, 7).dump());
  ASSERT_TRUE(elector.acquire(stop_.get_token(), {}));
  EXPECT_EQ(fence_.remaining(), 2s);
}

// One Lease with the server's rule for concurrent writers.
class LeaseServer final : public kube::HttpTransport {
 public:
  kube::Response send(const kube::Request& request, const std::stop_token&) override {
    if (request.method == Method::kGet)
      return lease_.is_null() ? kube::Response{404, kAbsent, {}}
                              : kube::Response{200, lease_.dump(), {}};
    json wanted = json::parse(request.body);
    if (!lease_.is_null() &&
        wanted["metadata"]["resourceVersion"] != lease_["metadata"]["resourceVersion"])
      return {409, kConflict, {}};
    wanted["metadata"]["resourceVersion"] = std::to_string(++version_);
    lease_ = std::move(wanted);
    return {200, lease_.dump(), {}};
  }
  kube::Response stream(const kube::Request&, const kube::OnBytes&,
                        const std::stop_token&) override {
    throw std::logic_error("a Lease is not watched");
  }
  std::string holder() const { return lease_["spec"]["holderIdentity"]; }
  int transitions() const { return lease_["spec"]["leaseTransitions"]; }

 private:
  json lease_;
  int version_ = 0;
};

TEST(TwoCandidates, LeadInTurnAndNeverWriteAtTheSameTime) {
  LeaseServer server;
  support::ManualClock clock;
  telemetry::Metrics metrics({"v", "c", "g"}, "serviceblueprint", {"user"});
  std::ostringstream text;
  const telemetry::Log log(telemetry::LogFormat::kJson, telemetry::Level::kInfo, text);
  kube::Client client(server, metrics, clock, {.host = "server", .field_manager = "us"});
  kube::WriteFence first_fence(clock);
  kube::WriteFence second_fence(clock);
  const auto candidate = [&](const char* identity, kube::WriteFence& fence) {
    return LeaderElector(client, clock, [] { return 0.0; }, fence, metrics.leader_status(identity),
                         log, {.lease = {"system", "operator"}, .identity = identity});
  };
  LeaderElector first = candidate("first", first_fence);
  LeaderElector second = candidate("second", second_fence);

  ASSERT_TRUE(first.acquire({}, {}));
  // The first is frozen from here on.
  ASSERT_TRUE(second.acquire({}, {}));
  EXPECT_EQ(server.holder(), "second");
  EXPECT_FALSE(first_fence.is_open());
  EXPECT_TRUE(second_fence.is_open());
  EXPECT_EQ(first.renew({}, {}), LeaderElector::End::kLost);
  EXPECT_EQ(server.holder(), "second");

  second.release({});
  EXPECT_EQ(server.holder(), "");
  kube::WriteFence third_fence(clock);
  LeaderElector third = candidate("third", third_fence);
  const auto before = clock.now();
  ASSERT_TRUE(third.acquire({}, {}));
  EXPECT_EQ(clock.now(), before) << "no wait after a release";
  EXPECT_EQ(server.transitions(), 2);
}

}  // namespace
}  // namespace runtime
