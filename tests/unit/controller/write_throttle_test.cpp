#include "controller/write_throttle.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace controller {
namespace {

using namespace std::chrono_literals;

class WriteThrottleTest : public testing::Test {
 protected:
  bool permits(const std::string& content = "a") {
    return throttle_.permits(api::kService, key_, content);
  }
  void write(int times, const std::string& content = "a") {
    for (int i = 0; i < times; ++i) throttle_.wrote(api::kService, key_, content);
  }

  const api::ObjectKey key_{"shop", "checkout"};
  support::ManualClock clock_;
  WriteThrottle throttle_{clock_};
};

TEST_F(WriteThrottleTest, FiveWritesInAMinuteAreEnough) {
  write(4);
  EXPECT_TRUE(permits());
  write(1);
  EXPECT_FALSE(permits());
}

TEST_F(WriteThrottleTest, FiveWritesOverALongerTimeAreNoFight) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(permits());
    write(1);
    clock_.advance(15s);
  }
}

TEST_F(WriteThrottleTest, OtherContentNeverWaits) {
  write(5);
  EXPECT_FALSE(permits());
  EXPECT_TRUE(permits("b"));
  EXPECT_TRUE(throttle_.permits(api::kDeployment, key_, "a"));
  EXPECT_TRUE(throttle_.permits(api::kService, {"shop", "cart"}, "a"));
}

TEST_F(WriteThrottleTest, EachPauseIsTwiceAsLongUpToTenMinutes) {
  write(5);
  EXPECT_FALSE(permits());
  for (const auto pause : {1min, 2min, 4min, 8min, 10min, 10min}) {
    clock_.advance(pause - 1s);
    EXPECT_FALSE(permits());
    clock_.advance(1s);
    EXPECT_TRUE(permits());
    write(1);
  }
}

TEST_F(WriteThrottleTest, AChildThatWasLeftAloneBeginsAnew) {
  write(5);
  EXPECT_FALSE(permits());
  clock_.advance(3min);
  write(1);
  EXPECT_TRUE(permits());
}

TEST_F(WriteThrottleTest, AFightThatEndedLongAgoIsForgotten) {
  write(5);
  EXPECT_FALSE(permits());
  clock_.advance(10min);
  throttle_.wrote(api::kService, {"shop", "cart"}, "a");  // sweeps
  write(4);
  EXPECT_TRUE(permits());
}

}  // namespace
}  // namespace controller
