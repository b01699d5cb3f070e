#pragma once

// The workers: take a key, reconcile it, and turn the outcome into what the queue does next, a
// metric and a log line, all in one place. The reconciler itself never retries, sleeps, counts or
// catches.

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "runtime/reconciler.h"
#include "runtime/work_queue.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace runtime {

struct ControllerOptions {
  int workers = 8;
};

class Controller {
 public:
  Controller(WorkQueue& queue, Reconciler& reconciler, const telemetry::Metrics::Reconcile& series,
             const base::Clock& clock, telemetry::Log log, ControllerOptions options);

  // Runs the workers until `stop` is requested and each has finished the key in its hands. Passes
  // in progress see `abort`, so that a shutdown's time limit can cut them short.
  void run(const std::stop_token& stop, const std::stop_token& abort);

 private:
  void work(const std::stop_token& stop, const std::stop_token& abort);
  void process(const api::ObjectKey& key, const std::stop_token& abort);
  void settle(const api::ObjectKey& key, const Result& result, const telemetry::Log& log,
              std::chrono::nanoseconds duration);
  void fail(const api::ObjectKey& key, const std::exception& error, const telemetry::Log& log,
            std::chrono::nanoseconds duration);
  std::string next_reconcile_id();

  WorkQueue& queue_;
  Reconciler& reconciler_;
  const telemetry::Metrics::Reconcile series_;
  const base::Clock& clock_;
  const telemetry::Log log_;
  const ControllerOptions options_;
  const std::uint64_t process_id_;
  std::atomic<std::uint64_t> passes_{0};
};

}  // namespace runtime
