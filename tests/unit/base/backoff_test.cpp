#include "base/backoff.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUntilItsMaximum) {
  const Backoff backoff{.initial = 5ms, .max = 30ms, .jitter = 0.0};
  EXPECT_EQ(backoff.delay(0, 0.9), 5ms);
  EXPECT_EQ(backoff.delay(1, 0.9), 10ms);
  EXPECT_EQ(backoff.delay(2, 0.9), 20ms);
  EXPECT_EQ(backoff.delay(3, 0.9), 30ms);
  EXPECT_EQ(backoff.delay(5000, 0.9), 30ms);
}

TEST(Backoff, FullJitterSpreadsOverTheWholeDelayButNeverReachesZero) {
  const Backoff backoff{.initial = 1s, .max = 60s};
  EXPECT_EQ(backoff.delay(0, 0.0), 1s);
  EXPECT_EQ(backoff.delay(0, 0.5), 500ms);
  EXPECT_GT(backoff.delay(0, 0.999999999999), 0ns);
}

TEST(Backoff, RandomNumbersStayInTheirInterval) {
  double lowest = 1.0;
  double highest = 0.0;
  for (int i = 0; i < 1000; ++i) {
    const double drawn = system_random();
    lowest = std::min(lowest, drawn);
    highest = std::max(highest, drawn);
  }
  EXPECT_GE(lowest, 0.0);
  EXPECT_LT(highest, 1.0);
  EXPECT_LT(lowest, highest);
}

}  // namespace
}  // namespace base
