#pragma once

// The cap on requests under way: cpprestsdk opens a connection for each without limit.

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace kube {

// Thread safety: may be used from any thread.
class InFlight {
 public:
  explicit InFlight(int limit) : free_(limit) {}

  // False: `deadline` came or `stop` was used first.
  bool acquire(base::SteadyTime deadline, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!released_.wait_until(lock, stop, deadline, [this] { return free_ > 0; })) return false;
    --free_;
    return true;
  }

  void release() {
    const std::scoped_lock lock(mutex_);
    ++free_;
    released_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any released_;
  int free_;
};

}  // namespace kube
