#pragma once

// The time seam. Nothing outside this file reads a clock or sleeps: production code gets a `const
// Clock&`, tests pass `support::ManualClock` and decide what time it is.
//
// Monotonic time drives waiting, back-off and deadlines. Wall time is only ever shown to people
// (condition transition times, log lines); no decision compares it, because clocks of other
// machines and of this one may jump.

#include <chrono>
#include <stop_token>

namespace base {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

// Thread safety: all methods may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime now() const = 0;
  virtual WallTime wall_now() const = 0;
  // Returns after `duration`, or at once when `stop` is requested. True: the whole duration went
  // by.
  virtual bool sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const = 0;
};

// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  SteadyTime now() const override;
  WallTime wall_now() const override;
  bool sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const override;
};

}  // namespace base
