#pragma once

#include <mutex>
#include <vector>

#include "base/clock.h"

namespace support {

// A clock that moves only when told. A sleep returns at once, moves the time forward by its length
// and is recorded, so that a test reads the waits of the code it drives as a list.
class ManualClock final : public base::Clock {
 public:
  base::SteadyTime now() const override;
  base::BootTime boot_now() const override;
  base::WallTime wall_now() const override;
  bool sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const override;

  void advance(std::chrono::nanoseconds duration);
  // The machine sleeps: monotonic time stands still, boot time and wall time go on.
  void suspend(std::chrono::nanoseconds duration);
  // Somebody sets the wall clock.
  void set_wall_clock_by(std::chrono::nanoseconds difference);
  std::vector<std::chrono::nanoseconds> sleeps() const;

 private:
  mutable std::mutex mutex_;
  mutable std::chrono::nanoseconds elapsed_{0};
  std::chrono::nanoseconds suspended_{0};
  std::chrono::nanoseconds wall_offset_{0};
  mutable std::vector<std::chrono::nanoseconds> sleeps_;
};

}  // namespace support
