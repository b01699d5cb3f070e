#pragma once

// Every metric of the operator, in one place: name, help, unit and labels are in metrics.cpp, the
// code that counts sees only these members. The first part uses controller-runtime's names, labels
// and buckets, so that dashboards made for it work; ours begin with `serviceblueprint_`. Labels are
// bounded sets, never object names.
//
// Thread safety: everything may be used from any thread.

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace telemetry {

// Handles to one series each. They stay valid as long as the Metrics they came from.
class Counter {
 public:
  Counter() = default;
  explicit Counter(prometheus::Counter& series) : series_(&series) {}
  void increment(double by = 1) const;
  double value() const;

 private:
  prometheus::Counter* series_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(prometheus::Gauge& series) : series_(&series) {}
  void set(double value) const;
  void add(double by) const;
  double value() const;

 private:
  prometheus::Gauge* series_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(prometheus::Histogram& series) : series_(&series) {}
  void observe(std::chrono::nanoseconds duration) const;
  void observe(double value) const;

 private:
  prometheus::Histogram* series_ = nullptr;
};

struct BuildInfo {
  std::string version;
  std::string commit;
  std::string compiler;
};

class Metrics {
 public:
  // `controller` is the label value of the same name. `lanes` are the values of workqueue_depth's
  // label `priority`.
  Metrics(const BuildInfo& build, std::string_view controller,
          const std::vector<std::string>& lanes);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // controller_runtime_*
  struct Reconcile {
    Counter success, error, requeue, requeue_after;  // controller_runtime_reconcile_total{result}
    Counter errors, terminal_errors, panics, timeouts;
    Histogram seconds;
    Gauge active_workers, max_concurrent;
  } reconcile;

  // workqueue_*
  struct Queue {
    std::vector<Gauge> depth;  // one a lane, in the order given to the constructor
    Counter adds, retries;
    Histogram queue_duration, work_duration;
    Gauge unfinished_work, longest_running;
  } queue;

  // As Prometheus calls its own, so that alerts for it are known.
  struct Configuration {
    Gauge last_reload_successful;    // serviceblueprint_config_last_reload_successful, 0 or 1
    Gauge last_reload_success_time;  // ..._config_last_reload_success_timestamp_seconds
  } configuration;

  // serviceblueprint_recorded_events_total{outcome}: Kubernetes Events for people.
  struct Events {
    Counter sent, dropped, failed;
  } events;

  // serviceblueprint_circuit_breaker_state{state}, 1 for the state it is in, and
  // serviceblueprint_circuit_breaker_transitions_total{state}, how often it went there.
  struct Circuit {
    std::array<Gauge, 3> state;  // closed, half_open, open
    std::array<Counter, 3> transitions;
  } circuit;

  // rest_client_requests_total{code,method,host} and
  // rest_client_request_duration_seconds{verb,host}. `code` is the HTTP status or "<error>" when
  // none came (client-go's word).
  void count_request(std::string_view host, std::string_view method, std::string_view code,
                     std::chrono::nanoseconds duration);

  // Series a watched resource, made at the first call and then found again. `resource` is the
  // plural name.
  struct Resource {
    Gauge cache_objects;    // serviceblueprint_cache_objects{resource}
    Gauge synced;           // serviceblueprint_reflector_synced{resource}, 0 or 1
    Counter events;         // serviceblueprint_watch_events_total{resource}
    Counter lists;          // serviceblueprint_reflector_lists_total{resource}
    Counter decode_errors;  // serviceblueprint_watch_decode_errors_total{resource}
  };
  Resource resource(std::string_view resource);
  // serviceblueprint_watch_restarts_total{resource,reason}; `reason` is a short word from a closed
  // list.
  void count_watch_restart(std::string_view resource, std::string_view reason);

  // serviceblueprint_writes_total{resource,outcome}: created, applied, converted, repaired,
  // deleted, conflict, denied, failed.
  void count_write(std::string_view resource, std::string_view outcome);

  // serviceblueprint_managed_objects{resource}
  Gauge managed_objects(std::string_view resource);

  // leader_election_master_status{name}, client-go's: 0 or 1. `name` is the Lease's. Without leader
  // election there is no such series.
  Gauge leader_status(std::string_view name);

  // Called before each text(): gauges that are read, not counted (threads, memory, queue age).
  // process_* are built in.
  void on_collect(std::function<void()> refresh);

  // Prometheus text exposition format 0.0.4.
  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace telemetry
