#include "kube/circuit_breaker.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guarded.h"
#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using State = CircuitBreaker::State;

Request get(std::string path, WhenDown when_down = WhenDown::kFail) {
  Request request;
  request.path = std::move(path);
  request.when_down = when_down;
  return request;
}

class CircuitBreakerTest : public testing::Test {
 protected:
  // Waits until the condition holds; a generous bound, since another thread has to come by.
  static bool eventually(const std::function<bool()>& condition) {
    const base::SystemClock clock;
    for (int i = 0; i < 30000; ++i) {
      if (condition()) return true;
      clock.sleep_for(1ms, {});
    }
    return false;
  }

  support::ScriptedTransport::Rule on(const std::string& path) {
    return server_.on(Method::kGet, path);
  }
  support::ScriptedTransport::Rule probe() { return on("/readyz"); }

  // The fault of the request, or none.
  std::optional<Fault> send(const Request& request, const std::stop_token& stop = {}) {
    try {
      breaker_.send(request, stop);
    } catch (const TransportError& error) {
      return error.fault();
    }
    return std::nullopt;
  }

  // `count` requests of different paths that fail alike.
  void fail(int count, Fault fault) {
    for (int i = 0; i < count; ++i) {
      const std::string path = "/failing/" + std::to_string(++requests_);
      on(path).fault(fault);
      EXPECT_EQ(send(get(path)), fault);
    }
  }
  void answer(int count, int status, std::optional<std::chrono::seconds> retry_after = {}) {
    for (int i = 0; i < count; ++i) {
      const std::string path = "/answered/" + std::to_string(++requests_);
      on(path).answer(status, "", retry_after);
      EXPECT_EQ(send(get(path)), std::nullopt);
    }
  }

  bool is_open() const { return breaker_.state() == State::kOpen; }
  bool is_closed() const { return breaker_.state() == State::kClosed; }

  std::jthread start_probing() {
    return std::jthread([this](const std::stop_token& stop) {
      breaker_.run(
          [this](Availability now) { heard_.with([&](auto& all) { all.push_back(now); }); }, stop);
    });
  }
  // What run() has told so far.
  std::vector<Availability> heard() {
    return heard_.with([](const auto& all) { return all; });
  }
  // Probes until the listener has heard that the server is back.
  bool probe_until_up() {
    const std::size_t before = heard().size();
    const std::jthread prober = start_probing();
    return eventually([&] { return heard().size() == before + 2; });
  }

  // By an answer, if it is open.
  void close() {
    if (is_closed()) return answer(1, 200);
    probe().answer(200, "");
    ASSERT_TRUE(probe_until_up());
  }

  double transitions(State to) const {
    return metrics_.circuit.transitions.at(static_cast<std::size_t>(to)).value();
  }

  support::ScriptedTransport server_;
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", {"user"}};
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kInfo, text_};
  CircuitBreaker breaker_{server_, clock_, [] { return 0.0; }, metrics_.circuit, log_};
  base::Guarded<std::vector<Availability>> heard_;
  int requests_ = 0;
};

TEST_F(CircuitBreakerTest, PassesEverythingOnWhileItIsClosed) {
  on("/a").answer(200, "body");
  EXPECT_EQ(breaker_.send(get("/a"), {}).body, "body");
  EXPECT_TRUE(is_closed());
}

TEST_F(CircuitBreakerTest, OpensAfterFiveFailuresInARowAndThenSendsNothing) {
  fail(4, Fault::kReset);
  EXPECT_TRUE(is_closed());
  fail(1, Fault::kReset);
  EXPECT_TRUE(is_open());
  EXPECT_EQ(send(get("/a")), Fault::kCircuitOpen);
  EXPECT_EQ(server_.requests().size(), 5U);
}

TEST_F(CircuitBreakerTest, AnAnswerInBetweenBeginsTheRowAnew) {
  fail(4, Fault::kReset);
  answer(1, 404);
  fail(4, Fault::kReset);
  EXPECT_TRUE(is_closed());
}

TEST_F(CircuitBreakerTest, OneSlowKindOfRequestDoesNotOpenIt) {
  auto rule = on("/slow");
  for (int i = 0; i < 20; ++i) {
    rule.fault(Fault::kTimeout);
    send(get("/slow"));
  }
  EXPECT_TRUE(is_closed());
}

TEST_F(CircuitBreakerTest, ARefusedConnectionIsNoPathsFault) {
  auto rule = on("/a");
  for (int i = 0; i < 5; ++i) {
    rule.fault(Fault::kConnect);
    send(get("/a"));
  }
  EXPECT_TRUE(is_open());
}

TEST_F(CircuitBreakerTest, FaultsOpenItIfTheyTellOfTheServer) {
  const std::map<Fault, bool> opens{
      {Fault::kConnect, true},   {Fault::kTls, true},          {Fault::kWrite, true},
      {Fault::kTimeout, true},   {Fault::kReset, true},        {Fault::kProtocol, true},
      {Fault::kTooLarge, false}, {Fault::kCredentials, false}, {Fault::kCancelled, false}};
  for (const auto& [fault, expected] : opens) {
    fail(5, fault);
    EXPECT_EQ(is_open(), expected) << to_string(fault);
    close();
  }
}

TEST_F(CircuitBreakerTest, WhatSaysNothingDoesNotEndTheRow) {
  fail(4, Fault::kTimeout);
  fail(1, Fault::kCancelled);
  fail(1, Fault::kCredentials);
  fail(1, Fault::kTimeout);
  EXPECT_TRUE(is_open());
}

TEST_F(CircuitBreakerTest, RefusalsAndOverloadProveLife) {
  for (const int status : {200, 400, 401, 403, 404, 409, 410, 422, 429, 500}) answer(5, status);
  answer(5, 503, 1s);
  EXPECT_TRUE(is_closed());
}

TEST_F(CircuitBreakerTest, AGatewaysAnswerIsNone) {
  for (const int status : {502, 503, 504}) {
    answer(5, status);
    EXPECT_TRUE(is_open()) << status;
    close();
  }
}

TEST_F(CircuitBreakerTest, ProbesAfterGrowingWaitsUntilThereIsAnAnswer) {
  fail(5, Fault::kConnect);
  auto rule = probe();
  for (int i = 0; i < 5; ++i) rule.fault(Fault::kConnect);
  rule.answer(200, "ok");
  ASSERT_TRUE(probe_until_up());
  EXPECT_TRUE(is_closed());
  EXPECT_THAT(clock_.sleeps(), ElementsAre(500ms, 1s, 2s, 4s, 5s, 5s));
  EXPECT_EQ(transitions(State::kOpen), 6);
  EXPECT_EQ(transitions(State::kHalfOpen), 6);
  EXPECT_EQ(transitions(State::kClosed), 1);
  answer(1, 200);
}

TEST_F(CircuitBreakerTest, IsHalfOpenDuringTheProbeAndStillSendsNothingElse) {
  fail(5, Fault::kConnect);
  State during = State::kClosed;
  std::optional<Fault> other;
  probe().answer(200, "ok").before([&] {
    during = breaker_.state();
    other = send(get("/a"));
  });
  ASSERT_TRUE(probe_until_up());
  EXPECT_EQ(during, State::kHalfOpen);
  EXPECT_EQ(other, Fault::kCircuitOpen);
}

TEST_F(CircuitBreakerTest, ARefusalAnswersTheProbeToo) {
  fail(5, Fault::kConnect);
  probe().answer(503, "").answer(403, "");
  ASSERT_TRUE(probe_until_up());
  EXPECT_EQ(transitions(State::kHalfOpen), 2);
}

TEST_F(CircuitBreakerTest, AServerThatIsNotReadyIsLeftAloneForAWhile) {
  fail(5, Fault::kConnect);
  auto rule = probe();
  for (int i = 0; i < 20; ++i) rule.answer(500, "[-]etcd failed");
  ASSERT_TRUE(probe_until_up());
  // 0.5 s, and then 1 + 2 + 4 + 5 * 5 s.
  EXPECT_EQ(transitions(State::kHalfOpen), 9);
}

TEST_F(CircuitBreakerTest, AnUnknownHindranceOfTheProbeIsNotTheServers) {
  fail(5, Fault::kConnect);
  probe().fault(Fault::kCredentials);
  EXPECT_TRUE(probe_until_up());
}

TEST_F(CircuitBreakerTest, AGatewayMaySpeakForADeadServerForEver) {
  fail(5, Fault::kConnect);
  auto rule = probe();
  for (int i = 0; i < 20; ++i) rule.answer(503, "");
  rule.answer(200, "");
  ASSERT_TRUE(probe_until_up());
  EXPECT_EQ(transitions(State::kHalfOpen), 21);
}

TEST_F(CircuitBreakerTest, WhatWaitsIsSentAsSoonAsTheServerIsBack) {
  fail(5, Fault::kConnect);
  on("/watch").stream({"event"});
  std::atomic<bool> streamed{false};
  std::jthread watch([&](const std::stop_token& stop) {
    breaker_.stream(
        get("/watch", WhenDown::kWait),
        [&](std::string_view) {
          streamed = true;
          return 1s;
        },
        stop);
  });
  probe().fault(Fault::kConnect).answer(200, "").before([&] { EXPECT_FALSE(streamed); });
  ASSERT_TRUE(probe_until_up());
  EXPECT_TRUE(eventually([&] { return streamed.load(); }));
  EXPECT_EQ(server_.requests().back().path, "/watch");
}

TEST_F(CircuitBreakerTest, WaitingEndsWithTheStopToken) {
  fail(5, Fault::kConnect);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(send(get("/a", WhenDown::kWait), stop.get_token()), Fault::kCancelled);
}

TEST_F(CircuitBreakerTest, ALateAnswerClosesItAndEndsTheWaitForTheProbe) {
  const base::SystemClock clock;
  CircuitBreaker breaker(server_, clock, [] { return 0.0; }, metrics_.circuit, log_,
                         {.failures = 1, .backoff = {.initial = 1h, .max = 1h}});
  std::jthread prober([&](const std::stop_token& stop) {
    breaker.run([&](Availability now) { heard_.with([&](auto& all) { all.push_back(now); }); },
                stop);
  });
  on("/fast").fault(Fault::kConnect);
  on("/late").answer(200, "").before([&] {
    EXPECT_THROW(breaker.send(get("/fast"), {}), TransportError);
    ASSERT_TRUE(eventually([&] { return heard() == std::vector{Availability::kDown}; }));
  });
  breaker.send(get("/late"), {});
  EXPECT_EQ(breaker.state(), State::kClosed);
  EXPECT_TRUE(
      eventually([&] { return heard() == std::vector{Availability::kDown, Availability::kUp}; }));
}

TEST_F(CircuitBreakerTest, AFailureFromBeforeTheClosingDoesNotCount) {
  on("/old").fault(Fault::kTimeout).before([&] {
    on("/older").answer(200, "").before([&] { fail(5, Fault::kConnect); });
    send(get("/older"));
  });
  send(get("/old"));
  fail(4, Fault::kConnect);
  EXPECT_TRUE(is_closed());
}

TEST_F(CircuitBreakerTest, AStreamProvesLifeWhenItBegins) {
  fail(4, Fault::kReset);
  on("/watch").stream({"event"}).then_fault(Fault::kReset);
  EXPECT_THROW(breaker_.stream(get("/watch"), [](std::string_view) { return 1s; }, {}),
               TransportError);
  fail(4, Fault::kReset);
  EXPECT_TRUE(is_closed());
}

TEST_F(CircuitBreakerTest, AStreamThatNeverBeganIsAFailure) {
  fail(4, Fault::kReset);
  on("/watch").fault(Fault::kReset);
  EXPECT_THROW(breaker_.stream(get("/watch"), [](std::string_view) { return 1s; }, {}),
               TransportError);
  EXPECT_TRUE(is_open());
}

TEST_F(CircuitBreakerTest, AStreamThatGoesOnDoesNotCloseIt) {
  on("/watch").stream({"first", "second"});
  breaker_.stream(get("/watch"),
                  [&](std::string_view block) {
                    if (block == "first") fail(5, Fault::kTimeout);
                    return 1s;
                  },
                  {});
  EXPECT_TRUE(is_open());
}

TEST_F(CircuitBreakerTest, AServerThatAnswersOnlyProbesIsNotAskedMoreOften) {
  probe().answer(200, "").answer(200, "").answer(200, "");
  fail(5, Fault::kReset);
  ASSERT_TRUE(probe_until_up());
  fail(5, Fault::kReset);
  ASSERT_TRUE(probe_until_up());
  answer(1, 200);
  fail(5, Fault::kReset);
  ASSERT_TRUE(probe_until_up());
  EXPECT_THAT(clock_.sleeps(), ElementsAre(500ms, 1s, 500ms));
}

TEST_F(CircuitBreakerTest, SaysOnceThatTheServerIsDownAndOnceThatItIsBack) {
  fail(5, Fault::kConnect);
  probe().fault(Fault::kConnect).answer(200, "");
  ASSERT_TRUE(probe_until_up());
  ASSERT_TRUE(eventually([&] { return heard().size() == 2; }));
  EXPECT_THAT(heard(), ElementsAre(Availability::kDown, Availability::kUp));
  EXPECT_THAT(text_.str(), HasSubstr(R"("message":"API server down: requests are held back")"));
  EXPECT_THAT(text_.str(), HasSubstr("scripted fault for GET /failing/5"));
  EXPECT_THAT(text_.str(), HasSubstr(R"("downSeconds":1.5)"));
  const std::string text = text_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(CircuitBreakerTest, ShowsItsStateAsAMetric) {
  const auto state = [this](State which) {
    return metrics_.circuit.state.at(static_cast<std::size_t>(which)).value();
  };
  EXPECT_EQ(state(State::kClosed), 1);
  fail(5, Fault::kConnect);
  EXPECT_EQ(state(State::kClosed), 0);
  EXPECT_EQ(state(State::kOpen), 1);
  probe().answer(200, "").before([&] { EXPECT_EQ(state(State::kHalfOpen), 1); });
  ASSERT_TRUE(probe_until_up());
  EXPECT_EQ(state(State::kClosed), 1);
  EXPECT_EQ(state(State::kOpen), 0);
  EXPECT_EQ(state(State::kHalfOpen), 0);
}

TEST_F(CircuitBreakerTest, StopsInTheMiddleOfAProbe) {
  fail(5, Fault::kConnect);
  probe().block();
  std::jthread prober = start_probing();
  ASSERT_TRUE(server_.wait_for_requests(6));
  prober.request_stop();
  prober.join();
  EXPECT_THAT(heard(), ElementsAre(Availability::kDown));
}

}  // namespace
}  // namespace kube
