#include "runtime/sweeper.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace runtime {
namespace {

using namespace std::chrono_literals;

// A clock that stops the sweep after some ticks.
class CountingClock final : public base::Clock {
 public:
  explicit CountingClock(int ticks) : ticks_(ticks) {}
  base::SteadyTime now() const override { return clock_.now(); }
  base::BootTime boot_now() const override { return clock_.boot_now(); }
  base::WallTime wall_now() const override { return clock_.wall_now(); }
  bool sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const override {
    return ticks_-- > 0 && clock_.sleep_for(duration, stop);
  }

 private:
  support::ManualClock clock_;
  mutable int ticks_;
};

class SweeperTest : public testing::Test {
 protected:
  std::vector<std::string> sweep_for(int ticks, int keys) {
    const CountingClock clock(ticks);
    sweep(queue_,
          [keys] {
            std::vector<api::ObjectKey> all;
            for (int i = 0; i < keys; ++i) all.push_back({"shop", std::to_string(i)});
            return all;
          },
          clock, {.period = 100s, .tick = 10s}, {});
    std::vector<std::string> names;
    while (const auto key = queue_.try_take()) {
      names.push_back(key->name);
      queue_.done(*key);
    }
    return names;
  }

  telemetry::Metrics metrics_{{"v", "c", "g"}, "serviceblueprint", lane_names()};
  support::ManualClock clock_;
  WorkQueue queue_{clock_, [] { return 0.0; }, metrics_.queue};
};

TEST_F(SweeperTest, ARoundVisitsEachKeyOnce) {
  const auto names = sweep_for(10, 23);
  EXPECT_EQ(names.size(), 23U);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 23U);
}

TEST_F(SweeperTest, ATickTakesItsShareOnly) {
  EXPECT_EQ(sweep_for(1, 100).size(), 10U);
  EXPECT_EQ(sweep_for(1, 5).size(), 0U) << "few keys come on later ticks";
}

TEST_F(SweeperTest, NothingToSweepIsFine) { EXPECT_TRUE(sweep_for(30, 0).empty()); }

}  // namespace
}  // namespace runtime
