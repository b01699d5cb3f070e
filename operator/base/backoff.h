#pragma once

// Exponential back-off with jitter, as a pure function of the attempt and of a random number: the
// caller keeps the count, so that a test needs neither a clock nor a seed.

#include <chrono>
#include <functional>

namespace base {

// Uniform in [0, 1). Injected so that tests choose the jitter.
using Random = std::function<double()>;

// Per thread, seeded from the system's entropy: two replicas must not retry in step.
double system_random();

struct Backoff {
  std::chrono::nanoseconds initial;
  std::chrono::nanoseconds max;
  double factor = 2.0;
  // The share of the delay that is random. 1.0 = full jitter (AWS Architecture Blog, "Exponential
  // Backoff And Jitter"): the delay is uniform in (0, ceiling]. 0.0 = none.
  double jitter = 1.0;

  // The delay before try number `attempt` + 1, where `attempt` >= 0 counts the failures before the
  // latest.
  std::chrono::nanoseconds delay(int attempt, double random) const;
};

}  // namespace base
