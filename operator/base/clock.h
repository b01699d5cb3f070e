#pragma once

// The time seam. Nothing outside this file reads a clock or sleeps: production code gets a `const
// Clock&`, tests pass `support::ManualClock` and decide what time it is.
//
// Monotonic time drives waiting, back-off and deadlines. Boot time also runs while the machine is
// suspended: what another machine may count on (a Lease) is measured in it. Wall time is only ever
// shown to people (condition transition times, log lines); no decision compares it, because clocks
// of other machines and of this one may jump.

#include <chrono>
#include <stop_token>

namespace base {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

// CLOCK_BOOTTIME (clock_gettime(2)), which the standard library has no clock for.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;  // NOLINT(readability-identifier-naming): std names it
};
using BootTime = BootClock::time_point;

// Thread safety: all methods may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime now() const = 0;
  virtual BootTime boot_now() const = 0;
  virtual WallTime wall_now() const = 0;
  // Returns after `duration`, or at once when `stop` is requested. True: the whole duration went
  // by.
  virtual bool sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const = 0;
};

// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  SteadyTime now() const override;
  BootTime boot_now() const override;
  WallTime wall_now() const override;
  bool sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const override;
};

}  // namespace base
