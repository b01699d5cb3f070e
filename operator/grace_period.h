#pragma once

// The time that is left to finish after a stop was requested.

#include <chrono>
#include <stop_token>
#include <thread>

#include "base/clock.h"

class GracePeriod {
 public:
  GracePeriod(const std::stop_token& stop, std::chrono::milliseconds length,
              const base::Clock& clock);

  // Requested once `length` has gone by since `stop`.
  std::stop_token over() const { return over_.get_token(); }

 private:
  std::stop_source over_;
  std::jthread thread_;
};
