#include "runtime/controller.h"

#include <functional>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/error.h"
#include "kube/write_fence.h"
#include "support/manual_clock.h"

namespace runtime {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class FakeReconciler final : public Reconciler {
 public:
  Result reconcile(const api::ObjectKey& key, const telemetry::Log& log,
                   const std::stop_token& stop) override {
    return behaviour(key, log, stop);
  }

  std::function<Result(const api::ObjectKey&, const telemetry::Log&, const std::stop_token&)>
      behaviour;
};

class ControllerTest : public testing::Test {
 protected:
  // Runs the controller until the reconciler has been called `passes` times.
  void run(int passes) {
    std::stop_source stop;
    auto inner = reconciler_.behaviour;
    reconciler_.behaviour = [&, inner](const auto& key, const auto& log, const auto& abort) {
      if (++calls_ == passes) stop.request_stop();
      return inner(key, log, abort);
    };
    Controller controller(queue_, reconciler_, metrics_.reconcile, clock_, log_, {.workers = 1});
    controller.run(stop.get_token(), abort_.get_token());
  }

  const api::ObjectKey key_{"shop", "checkout"};
  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", lane_names()};
  WorkQueue queue_{clock_, [] { return 0.0; }, metrics_.queue};
  FakeReconciler reconciler_;
  std::ostringstream text_;
  telemetry::Log log_{telemetry::LogFormat::kJson, telemetry::Level::kInfo, text_};
  std::stop_source abort_;
  int calls_ = 0;
};

TEST_F(ControllerTest, ASuccessIsForgottenAndCounted) {
  queue_.retry(key_);
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [](const auto&, const auto&, const auto&) {
    return Result{.generation = 4, .writes = 2};
  };
  run(1);
  EXPECT_EQ(queue_.failures(key_), 0);
  EXPECT_EQ(metrics_.reconcile.success.value(), 1);
  EXPECT_EQ(metrics_.reconcile.errors.value(), 0);
  EXPECT_THAT(text_.str(), HasSubstr(R"("message":"reconciled")"));
  EXPECT_THAT(text_.str(), HasSubstr(R"("writes":2)"));
  EXPECT_THAT(text_.str(), HasSubstr(R"("generation":4)"));
  EXPECT_THAT(text_.str(), HasSubstr(R"("namespace":"shop")"));
  EXPECT_THAT(text_.str(), HasSubstr(R"("reconcileID":")"));
}

TEST_F(ControllerTest, AWriteThatTheFenceRefusedIsNoFailureAndIsNotForgotten) {
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [](const auto&, const auto&, const auto&) -> Result {
    throw kube::WriteFenced();
  };
  run(1);
  EXPECT_EQ(metrics_.reconcile.errors.value(), 0);
  EXPECT_EQ(metrics_.reconcile.panics.value(), 0);
  EXPECT_EQ(queue_.failures(key_), 0);
  EXPECT_EQ(queue_.delayed(), 1U);
  EXPECT_EQ(text_.str(), "");
}

TEST_F(ControllerTest, APassWithoutWritesIsNoNewsForTheLog) {
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [](const auto&, const auto&, const auto&) { return Result{}; };
  run(1);
  EXPECT_EQ(text_.str(), "");
}

TEST_F(ControllerTest, ARequeueComesBackAfterItsTime) {
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [](const auto&, const auto&, const auto&) {
    return Result{.requeue_after = 30s};
  };
  run(1);
  EXPECT_EQ(metrics_.reconcile.requeue_after.value(), 1);
  EXPECT_FALSE(queue_.try_take());
  clock_.advance(30s);
  EXPECT_TRUE(queue_.try_take());
}

TEST_F(ControllerTest, BackingOffGrowsWithoutCountingAnError) {
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [](const auto&, const auto&, const auto&) {
    return Result{.back_off = true};
  };
  run(1);
  EXPECT_EQ(metrics_.reconcile.requeue.value(), 1);
  EXPECT_EQ(metrics_.reconcile.errors.value(), 0);
  EXPECT_EQ(queue_.failures(key_), 1);
}

TEST_F(ControllerTest, AServerErrorIsRetriedNotBeforeTheServerSays) {
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [](const auto&, const auto&, const auto&) -> Result {
    throw kube::RetryableError(
        {.code = 429, .reason = "TooManyRequests", .message = "slow", .retry_after = 9s});
  };
  run(1);
  EXPECT_EQ(metrics_.reconcile.error.value(), 1);
  EXPECT_EQ(metrics_.reconcile.errors.value(), 1);
  EXPECT_EQ(metrics_.reconcile.panics.value(), 0);
  EXPECT_THAT(text_.str(), HasSubstr(R"("retryInSeconds":9)"));
  clock_.advance(8s);
  EXPECT_FALSE(queue_.try_take());
  clock_.advance(1s);
  EXPECT_TRUE(queue_.try_take());
}

TEST_F(ControllerTest, ThatNoAnswerCameIsNotTheKeysFault) {
  const std::vector<std::function<void()>> failures{
      [] { throw kube::TransportError(kube::Fault::kConnect, "refused"); },
      [] { throw kube::TransportError(kube::Fault::kCircuitOpen, "down"); },
      [] { throw kube::RetryableError({.code = 503}); }};
  for (std::size_t i = 0; i < failures.size(); ++i) {
    const api::ObjectKey key{"shop", std::to_string(i)};
    for (int failed = 0; failed < 20; ++failed) queue_.retry(key);
    queue_.add(key, Lane::kUser);
    reconciler_.behaviour = [&](const auto&, const auto&, const auto&) -> Result {
      failures[i]();
      return {};
    };
    calls_ = 0;
    run(1);
    EXPECT_EQ(metrics_.reconcile.panics.value(), 0);
    queue_.resume();
    EXPECT_EQ(queue_.try_take(), key);
  }
}

TEST_F(ControllerTest, AnAnswerIsTheKeysMatter) {
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [](const auto&, const auto&, const auto&) -> Result {
    throw kube::RetryableError({.code = 503, .retry_after = 9s});
  };
  run(1);
  queue_.resume();
  EXPECT_FALSE(queue_.try_take());
}

TEST_F(ControllerTest, ThatTheServerIsDownIsNotSaidForEachKey) {
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [](const auto&, const auto&, const auto&) -> Result {
    throw kube::TransportError(kube::Fault::kCircuitOpen, "down");
  };
  run(1);
  EXPECT_EQ(text_.str(), "");
}

TEST_F(ControllerTest, ADefectIsCaughtAtItsKeyAndCountedAsAPanic) {
  queue_.add(key_, Lane::kUser);
  queue_.add({"shop", "other"}, Lane::kUser);
  bool other_served = false;
  reconciler_.behaviour = [&](const api::ObjectKey& key, const auto&, const auto&) -> Result {
    if (key.name != "other") throw std::out_of_range("a defect");
    other_served = true;
    return {};
  };
  run(2);
  EXPECT_EQ(metrics_.reconcile.panics.value(), 1);
  EXPECT_TRUE(other_served);
  EXPECT_EQ(queue_.failures(key_), 1);
  EXPECT_THAT(text_.str(), HasSubstr("a defect"));
}

TEST_F(ControllerTest, APassThatTheShutdownCutShortIsNoError) {
  queue_.add(key_, Lane::kUser);
  reconciler_.behaviour = [this](const auto&, const auto&, const auto&) -> Result {
    abort_.request_stop();
    throw kube::TransportError(kube::Fault::kCancelled, "cancelled");
  };
  run(1);
  EXPECT_EQ(metrics_.reconcile.errors.value(), 0);
  EXPECT_EQ(text_.str(), "");
}

TEST_F(ControllerTest, EachPassHasAnIdOfItsOwn) {
  reconciler_.behaviour = [this](const auto&, const telemetry::Log& log, const auto&) {
    log.info("pass");
    if (calls_ < 2) queue_.add(key_, Lane::kUser);
    return Result{};
  };
  queue_.add(key_, Lane::kUser);
  run(2);
  std::istringstream lines(text_.str());
  std::string first;
  std::string second;
  std::getline(lines, first);
  std::getline(lines, second);
  const auto id = [](const std::string& line) { return line.substr(line.find("reconcileID"), 30); };
  EXPECT_NE(id(first), id(second));
}

TEST_F(ControllerTest, WorkersShowWhileTheyWork) {
  queue_.add(key_, Lane::kUser);
  double active = 0;
  reconciler_.behaviour = [&](const auto&, const auto&, const auto&) {
    active = metrics_.reconcile.active_workers.value();
    return Result{};
  };
  run(1);
  EXPECT_EQ(active, 1);
  EXPECT_EQ(metrics_.reconcile.active_workers.value(), 0);
  EXPECT_EQ(metrics_.reconcile.max_concurrent.value(), 1);
}

TEST_F(ControllerTest, SeveralWorkersFinishWhatTheyHoldBeforeRunReturns) {
  const base::SystemClock clock;
  WorkQueue queue(clock, base::system_random, metrics_.queue);
  std::atomic<int> finished{0};
  std::stop_source stop;
  reconciler_.behaviour = [&](const auto&, const auto&, const auto&) {
    stop.request_stop();
    clock.sleep_for(1ms, {});
    ++finished;
    return Result{};
  };
  queue.add(key_, Lane::kUser);
  Controller controller(queue, reconciler_, metrics_.reconcile, clock, log_, {.workers = 4});
  controller.run(stop.get_token(), {});
  EXPECT_EQ(finished, 1);
}

}  // namespace
}  // namespace runtime
