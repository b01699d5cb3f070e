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
  base::WallTime wall_now() const override;
  bool sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const override;

  void advance(std::chrono::nanoseconds duration);
  std::vector<std::chrono::nanoseconds> sleeps() const;

 private:
  mutable std::mutex mutex_;
  mutable std::chrono::nanoseconds elapsed_{0};
  mutable std::vector<std::chrono::nanoseconds> sleeps_;
};

}  // namespace support
