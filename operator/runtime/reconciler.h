#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "api/object_key.h"
#include "telemetry/log.h"

namespace runtime {

// What becomes of a key after a pass that did not fail.
struct Result {
  // Look again after this time, whatever happens in between. Empty: wait for a change.
  std::optional<std::chrono::nanoseconds> requeue_after;
  // The pass found something that only time or a person can change: look again with the key's
  // growing back-off. Counted as "requeue", not as an error.
  bool back_off = false;

  // For the log line of the pass.
  std::int64_t generation = 0;
  int writes = 0;
};

// Drives one object towards its spec, however often it is asked (level-based: a key says which
// object, not what happened). One key is never in two workers at once.
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  // Throws to be tried again with back-off. `log` carries the key and the reconcileID.
  virtual Result reconcile(const api::ObjectKey& key, const telemetry::Log& log,
                           const std::stop_token& stop) = 0;
};

}  // namespace runtime
