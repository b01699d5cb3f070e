#include "support/manual_clock.h"

namespace support {
namespace {

// An arbitrary moment that is not zero, so that "never" and "at the start" differ.
// 2026-01-01T00:00:00Z.
constexpr std::chrono::seconds kEpoch{1767225600};

}  // namespace

base::SteadyTime ManualClock::now() const {
  const std::scoped_lock lock(mutex_);
  return base::SteadyTime(kEpoch + elapsed_);
}

base::WallTime ManualClock::wall_now() const {
  const std::scoped_lock lock(mutex_);
  return base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(
      kEpoch + elapsed_ + suspended_ + wall_offset_));
}

base::BootTime ManualClock::boot_now() const {
  const std::scoped_lock lock(mutex_);
  return base::BootTime(kEpoch + elapsed_ + suspended_);
}

bool ManualClock::sleep_for(std::chrono::nanoseconds duration, const std::stop_token& stop) const {
  if (stop.stop_requested()) return false;
  const std::scoped_lock lock(mutex_);
  elapsed_ += duration;
  sleeps_.push_back(duration);
  return true;
}

void ManualClock::advance(std::chrono::nanoseconds duration) {
  const std::scoped_lock lock(mutex_);
  elapsed_ += duration;
}

void ManualClock::suspend(std::chrono::nanoseconds duration) {
  const std::scoped_lock lock(mutex_);
  suspended_ += duration;
}

void ManualClock::set_wall_clock_by(std::chrono::nanoseconds difference) {
  const std::scoped_lock lock(mutex_);
  wall_offset_ += difference;
}

std::vector<std::chrono::nanoseconds> ManualClock::sleeps() const {
  const std::scoped_lock lock(mutex_);
  return sleeps_;
}

}  // namespace support
