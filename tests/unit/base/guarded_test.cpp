#include "base/guarded.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace base {
namespace {

using namespace std::chrono_literals;

TEST(Guarded, CountsEveryIncrementOfSeveralThreads) {
  Guarded<int> count(0);
  {
    std::jthread first([&count] {
      for (int i = 0; i < 1000; ++i) count.with([](int& value) { ++value; });
    });
    std::jthread second([&count] {
      for (int i = 0; i < 1000; ++i) count.with([](int& value) { ++value; });
    });
  }
  EXPECT_EQ(std::as_const(count).with([](const int& value) { return value; }), 2000);
}

TEST(SystemClock, SleepEndsEarlyWhenStopped) {
  const SystemClock clock;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.sleep_for(1h, stop.get_token()));
}

TEST(SystemClock, SleepsTheWholeDurationOtherwise) {
  const SystemClock clock;
  const SteadyTime start = clock.now();
  EXPECT_TRUE(clock.sleep_for(2ms, std::stop_token{}));
  EXPECT_GE(clock.now() - start, 2ms);
  EXPECT_GT(clock.wall_now().time_since_epoch().count(), 0);
}

}  // namespace
}  // namespace base
