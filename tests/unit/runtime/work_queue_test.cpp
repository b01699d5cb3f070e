#include "runtime/work_queue.h"

#include <atomic>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace runtime {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

api::ObjectKey key(const std::string& name) { return {"shop", name}; }

class WorkQueueTest : public testing::Test {
 protected:
  // Takes and gives back everything that is ready.
  std::vector<std::string> drain() {
    std::vector<std::string> names;
    while (const auto taken = queue_.try_take()) {
      names.push_back(taken->name);
      queue_.done(*taken);
    }
    return names;
  }

  support::ManualClock clock_;
  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", lane_names()};
  WorkQueue queue_{clock_, [] { return 0.0; }, metrics_.queue};
};

TEST_F(WorkQueueTest, GivesAKeyOnceHoweverOftenItWasAdded) {
  for (int i = 0; i < 3; ++i) queue_.add(key("a"), Lane::kUser);
  EXPECT_THAT(drain(), ElementsAre("a"));
}

TEST_F(WorkQueueTest, FirstComeFirstServedWithinALane) {
  for (const char* const name : {"c", "a", "b"}) queue_.add(key(name), Lane::kDrift);
  EXPECT_THAT(drain(), ElementsAre("c", "a", "b"));
}

TEST_F(WorkQueueTest, LanesGoByUrgency) {
  queue_.add(key("sweep"), Lane::kSweep);
  queue_.add(key("initial"), Lane::kInitial);
  queue_.add(key("drift"), Lane::kDrift);
  queue_.add(key("user"), Lane::kUser);
  EXPECT_THAT(drain(), ElementsAre("user", "drift", "initial", "sweep"));
}

TEST_F(WorkQueueTest, AMoreUrgentAddMovesTheKeyALessUrgentOneDoesNot) {
  queue_.add(key("a"), Lane::kInitial);
  queue_.add(key("b"), Lane::kDrift);
  queue_.add(key("a"), Lane::kUser);
  queue_.add(key("b"), Lane::kSweep);
  EXPECT_THAT(drain(), ElementsAre("a", "b"));
}

TEST_F(WorkQueueTest, NeverGivesTheSameKeyTwiceAtOnce) {
  queue_.add(key("a"), Lane::kUser);
  ASSERT_TRUE(queue_.try_take());
  queue_.add(key("a"), Lane::kUser);
  EXPECT_FALSE(queue_.try_take());
  queue_.done(key("a"));
  EXPECT_THAT(drain(), ElementsAre("a")) << "what was added meanwhile comes once more";
}

TEST_F(WorkQueueTest, AKeyThatIsDoneIsGone) {
  queue_.add(key("a"), Lane::kUser);
  drain();
  EXPECT_THAT(drain(), IsEmpty());
  EXPECT_EQ(queue_.ready() + queue_.delayed(), 0U);
}

TEST_F(WorkQueueTest, ADelayedKeyComesWhenItsTimeHasCome) {
  queue_.add_after(key("a"), 10s);
  EXPECT_THAT(drain(), IsEmpty());
  EXPECT_EQ(queue_.delayed(), 1U);
  clock_.advance(10s);
  EXPECT_THAT(drain(), ElementsAre("a"));
}

TEST_F(WorkQueueTest, KeepsTheEarlierOfTwoDelays) {
  queue_.add_after(key("a"), 10s);
  queue_.add_after(key("a"), 60s);
  queue_.add_after(key("a"), 5s);
  clock_.advance(5s);
  EXPECT_THAT(drain(), ElementsAre("a"));
  clock_.advance(60s);
  EXPECT_THAT(drain(), IsEmpty());
}

TEST_F(WorkQueueTest, AnAddDoesNotWaitForTheDelay) {
  queue_.add_after(key("a"), 10s);
  queue_.add(key("a"), Lane::kUser);
  EXPECT_THAT(drain(), ElementsAre("a"));
  clock_.advance(10s);
  EXPECT_THAT(drain(), IsEmpty());
}

TEST_F(WorkQueueTest, ADelayDoesNotHoldBackWhatIsReady) {
  queue_.add(key("a"), Lane::kUser);
  queue_.add_after(key("a"), 10s);
  EXPECT_THAT(drain(), ElementsAre("a"));
}

TEST_F(WorkQueueTest, ADelayAskedForByTheWorkerHoldsAfterDone) {
  queue_.add(key("a"), Lane::kUser);
  ASSERT_TRUE(queue_.try_take());
  queue_.add_after(key("a"), 10s);
  queue_.done(key("a"));
  EXPECT_THAT(drain(), IsEmpty());
  clock_.advance(10s);
  EXPECT_THAT(drain(), ElementsAre("a"));
}

TEST_F(WorkQueueTest, RetriesDoubleTheirDelayByKeyUpToFiveMinutes) {
  EXPECT_EQ(queue_.retry(key("a")), 5ms);
  EXPECT_EQ(queue_.retry(key("a")), 10ms);
  EXPECT_EQ(queue_.retry(key("b")), 5ms);
  for (int i = 0; i < 40; ++i) queue_.retry(key("a"));
  EXPECT_EQ(queue_.retry(key("a")), 5min);
  queue_.forget(key("a"));
  EXPECT_EQ(queue_.retry(key("a")), 5ms);
}

TEST_F(WorkQueueTest, ARetryWaitsAtLeastAsLongAsTheServerAsked) {
  EXPECT_EQ(queue_.retry(key("a"), 7s), 7s);
}

TEST_F(WorkQueueTest, NothingComesBeforeTheTimeThatTheServerAskedFor) {
  queue_.retry(key("a"), 7s);
  queue_.add(key("a"), Lane::kUser);
  queue_.add_after(key("a"), 1s);
  clock_.advance(6999ms);
  EXPECT_THAT(drain(), IsEmpty());
  clock_.advance(1ms);
  EXPECT_THAT(drain(), ElementsAre("a"));
  queue_.add(key("a"), Lane::kUser);
  EXPECT_THAT(drain(), ElementsAre("a")) << "then it is as before";
}

TEST_F(WorkQueueTest, NorDoesWhatWasAddedWhileTheRefusedPassRan) {
  queue_.add(key("a"), Lane::kUser);
  ASSERT_TRUE(queue_.try_take());
  queue_.add(key("a"), Lane::kUser);
  queue_.retry(key("a"), 7s);
  queue_.done(key("a"));
  EXPECT_THAT(drain(), IsEmpty());
  clock_.advance(7s);
  EXPECT_THAT(drain(), ElementsAre("a"));
}

TEST_F(WorkQueueTest, AServerCannotCloseAKeyForLongerThanFiveMinutes) {
  EXPECT_EQ(queue_.retry(key("a"), 24h), 5min);
}

TEST_F(WorkQueueTest, KeepsTheCountOfFailuresWhileAKeyIsAdded) {
  queue_.retry(key("a"));
  queue_.add(key("a"), Lane::kUser);
  drain();
  EXPECT_EQ(queue_.failures(key("a")), 1);
}

TEST_F(WorkQueueTest, GivesNothingWhileItIsPausedAndKeepsWhatIsAdded) {
  queue_.add(key("before"), Lane::kUser);
  queue_.pause();
  queue_.add(key("during"), Lane::kUser);
  queue_.add_after(key("due"), 1s);
  clock_.advance(1s);
  EXPECT_THAT(drain(), IsEmpty());
  queue_.resume();
  EXPECT_THAT(drain(), ElementsAre("before", "during", "due"));
}

TEST_F(WorkQueueTest, WhatTheServersAbsenceMadeFailIsReadyWhenItIsBack) {
  for (int i = 0; i < 20; ++i) queue_.retry(key("unanswered"), {}, Blame::kServer);
  queue_.retry(key("refused"), 1min);
  queue_.add_after(key("later"), 1min);
  queue_.pause();
  queue_.resume();
  EXPECT_THAT(drain(), ElementsAre("unanswered"));
  EXPECT_EQ(queue_.failures(key("unanswered")), 0);
  EXPECT_EQ(queue_.failures(key("refused")), 1);
}

TEST_F(WorkQueueTest, AKeyStillInAWorkersHandsIsAbsolvedToo) {
  queue_.add(key("a"), Lane::kUser);
  ASSERT_TRUE(queue_.try_take());
  for (int i = 0; i < 20; ++i) queue_.retry(key("a"), {}, Blame::kServer);
  queue_.resume();
  queue_.done(key("a"));
  EXPECT_THAT(drain(), ElementsAre("a"));
}

TEST_F(WorkQueueTest, AStarvingLaneGoesFirst) {
  queue_.add(key("sweep"), Lane::kSweep);
  clock_.advance(31s);
  queue_.add(key("user"), Lane::kUser);
  EXPECT_THAT(drain(), ElementsAre("sweep", "user"));
}

TEST_F(WorkQueueTest, EveryEighthPickLooksAtTheLowestLane) {
  for (int i = 0; i < 16; ++i) queue_.add(key("user" + std::to_string(i)), Lane::kUser);
  queue_.add(key("sweep"), Lane::kSweep);
  const auto order = drain();
  EXPECT_EQ(order.at(7), "sweep");
}

TEST_F(WorkQueueTest, MeasuresDepthAndTheAgeOfRunningWork) {
  queue_.add(key("a"), Lane::kUser);
  queue_.add(key("b"), Lane::kDrift);
  ASSERT_TRUE(queue_.try_take());
  clock_.advance(3s);
  queue_.refresh_metrics();
  EXPECT_EQ(metrics_.queue.depth[0].value(), 0);
  EXPECT_EQ(metrics_.queue.depth[1].value(), 1);
  EXPECT_EQ(metrics_.queue.unfinished_work.value(), 3);
  EXPECT_EQ(metrics_.queue.longest_running.value(), 3);
  EXPECT_EQ(queue_.longest_running(), 3s);
}

TEST(WorkQueue, AWaitingWorkerGetsItsKeyWhenThePauseEnds) {
  const base::SystemClock clock;
  telemetry::Metrics metrics({"v", "c", "g"}, "serviceblueprint", lane_names());
  WorkQueue queue(clock, [] { return 0.0; }, metrics.queue);
  queue.pause();
  queue.add(key("a"), Lane::kUser);
  std::optional<api::ObjectKey> taken;
  std::jthread worker([&](const std::stop_token& stop) { taken = queue.take(stop); });
  queue.resume();
  worker.join();
  EXPECT_EQ(taken, key("a"));
}

TEST(WorkQueue, TakeReturnsWhenStopped) {
  const base::SystemClock clock;
  telemetry::Metrics metrics({"v", "c", "g"}, "serviceblueprint", lane_names());
  WorkQueue queue(clock, [] { return 0.0; }, metrics.queue);
  std::atomic<bool> returned{false};
  std::jthread worker([&](const std::stop_token& stop) {
    EXPECT_FALSE(queue.take(stop));
    returned = true;
  });
  worker.request_stop();
  worker.join();
  EXPECT_TRUE(returned);
}

TEST(WorkQueue, TakeWakesForADelayedKey) {
  const base::SystemClock clock;
  telemetry::Metrics metrics({"v", "c", "g"}, "serviceblueprint", lane_names());
  WorkQueue queue(clock, [] { return 0.0; }, metrics.queue);
  queue.add_after({"shop", "a"}, 1ms);
  const std::stop_source stop;
  EXPECT_EQ(queue.take(stop.get_token()), (api::ObjectKey{"shop", "a"}));
}

TEST(WorkQueue, ManyProducersAndWorkersLoseNothingAndNeverShareAKey) {
  constexpr int kKeys = 20;
  constexpr int kAdds = 200;
  const base::SystemClock clock;
  telemetry::Metrics metrics({"v", "c", "g"}, "serviceblueprint", lane_names());
  WorkQueue queue(clock, base::system_random, metrics.queue);
  std::array<std::atomic<int>, kKeys> holders{};
  std::array<std::atomic<int>, kKeys> wanted{};
  std::array<std::atomic<int>, kKeys> seen{};
  std::atomic<bool> shared{false};
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < 4; ++w) {
      workers.emplace_back([&](const std::stop_token& stop) {
        while (const auto taken = queue.take(stop)) {
          const auto index = static_cast<std::size_t>(std::stoi(taken->name));
          if (holders[index].fetch_add(1) != 0) shared = true;
          seen[index] = wanted[index].load();
          if (seen[index] % 7 == 0) queue.add_after(*taken, 100us);
          holders[index].fetch_sub(1);
          queue.done(*taken);
        }
      });
    }
    std::vector<std::jthread> producers;
    for (int p = 0; p < 2; ++p) {
      producers.emplace_back([&] {
        for (int i = 0; i < kAdds * kKeys; ++i) {
          const auto index = static_cast<std::size_t>(i % kKeys);
          wanted[index].fetch_add(1);
          queue.add({"shop", std::to_string(index)}, static_cast<Lane>(i % 5));
        }
      });
    }
    producers.clear();  // joins
    const auto caught_up = [&] {
      for (std::size_t i = 0; i < kKeys; ++i) {
        if (seen[i] != 2 * kAdds) return false;
      }
      return true;
    };
    for (int i = 0; i < 30000 && !caught_up(); ++i) clock.sleep_for(1ms, {});
    EXPECT_TRUE(caught_up()) << "the last add of each key was seen by a worker";
  }
  EXPECT_FALSE(shared);
}

}  // namespace
}  // namespace runtime
