#include "runtime/sweeper.h"

#include <algorithm>

namespace runtime {

void sweep(WorkQueue& queue, const std::function<std::vector<api::ObjectKey>()>& keys,
           const base::Clock& clock, const SweepOptions& options, const std::stop_token& stop) {
  const auto ticks =
      static_cast<std::size_t>(std::max<std::int64_t>(1, options.period / options.tick));
  std::vector<api::ObjectKey> round;
  std::size_t tick = 0;
  while (clock.sleep_for(options.tick, stop)) {
    if (tick == 0) round = keys();
    // The share of this tick: sizes that do not divide evenly leave no key out.
    const std::size_t begin = round.size() * tick / ticks;
    const std::size_t end = round.size() * (tick + 1) / ticks;
    for (std::size_t i = begin; i < end; ++i) queue.add(round[i], Lane::kSweep);
    tick = (tick + 1) % ticks;
  }
}

}  // namespace runtime
