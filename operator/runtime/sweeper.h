#pragma once

// Instead of a resync that brings everything at once: each key is looked at again about every
// `period`, spread evenly, in the lowest lane. A look at an unchanged object costs no request; it
// is there for what a defect may have missed.

#include <chrono>
#include <functional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "runtime/work_queue.h"

namespace runtime {

struct SweepOptions {
  std::chrono::seconds period{1800};
  std::chrono::seconds tick{10};
};

// Runs until `stop` is requested. `keys` is asked for anew when a round begins.
void sweep(WorkQueue& queue, const std::function<std::vector<api::ObjectKey>()>& keys,
           const base::Clock& clock, const SweepOptions& options, const std::stop_token& stop);

}  // namespace runtime
