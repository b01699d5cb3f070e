#include "base/clock.h"

#include <condition_variable>
#include <ctime>
#include <mutex>

namespace base {

SteadyTime SystemClock::now() const { return std::chrono::steady_clock::now(); }

BootTime SystemClock::boot_now() const {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return BootTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

WallTime SystemClock::wall_now() const { return std::chrono::system_clock::now(); }

bool SystemClock::sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace base
