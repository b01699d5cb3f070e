#include "telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/guarded.h"
#include "telemetry/process.h"

namespace telemetry {
namespace {

using prometheus::Family;
using prometheus::Labels;
using Buckets = prometheus::Histogram::BucketBoundaries;

// sigs.k8s.io/controller-runtime, pkg/internal/controller/metrics.
const Buckets& reconcile_buckets() {
  static const Buckets buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3,  0.35,
                               0.4,   0.45, 0.5,   0.6,  0.7, 0.8,  0.9, 1,    1.25, 1.5,
                               1.75,  2,    2.5,   3,    3.5, 4,    4.5, 5,    6,    7,
                               8,     9,    10,    15,   20,  25,   30,  40,   50,   60};
  return buckets;
}

// controller-runtime, pkg/internal/metrics: 12 buckets, each ten times the one before.
const Buckets& queue_buckets() {
  static const Buckets buckets{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};
  return buckets;
}

// k8s.io/component-base, metrics/prometheus/restclient.
const Buckets& request_buckets() {
  static const Buckets buckets{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};
  return buckets;
}

Family<prometheus::Counter>& counter_family(prometheus::Registry& registry, const char* name,
                                            const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<prometheus::Gauge>& gauge_family(prometheus::Registry& registry, const char* name,
                                        const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<prometheus::Histogram>& histogram_family(prometheus::Registry& registry, const char* name,
                                                const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

// Series with the same labels, each the only one of its family.
class SeriesMaker {
 public:
  SeriesMaker(prometheus::Registry& registry, const Labels& labels)
      : registry_(registry), labels_(labels) {}

  Counter counter(const char* name, const char* help) const {
    return Counter(counter_family(registry_, name, help).Add(labels_));
  }
  Gauge gauge(const char* name, const char* help) const {
    return Gauge(gauge_family(registry_, name, help).Add(labels_));
  }
  Histogram histogram(const char* name, const char* help, const Buckets& buckets) const {
    return Histogram(histogram_family(registry_, name, help).Add(labels_, buckets));
  }

 private:
  prometheus::Registry& registry_;
  const Labels& labels_;
};

prometheus::ClientMetric gauge_sample(double value) {
  prometheus::ClientMetric sample;
  sample.gauge.value = value;
  return sample;
}

prometheus::MetricFamily process_family(const char* name, const char* help, double value) {
  return {name, help, prometheus::MetricType::Gauge, {gauge_sample(value)}};
}

void append_process(std::vector<prometheus::MetricFamily>& families) {
  const auto usage = read_process_usage();
  if (!usage) return;
  prometheus::ClientMetric cpu;
  cpu.counter.value = usage->cpu_seconds;
  families.push_back({"process_cpu_seconds_total",
                      "Total user and system CPU time spent in seconds.",
                      prometheus::MetricType::Counter,
                      {cpu}});
  for (const auto& family : {
           process_family("process_resident_memory_bytes", "Resident memory size in bytes.",
                          usage->resident_bytes),
           process_family("process_virtual_memory_bytes", "Virtual memory size in bytes.",
                          usage->virtual_bytes),
           process_family("process_start_time_seconds",
                          "Start time of the process since unix epoch in seconds.",
                          usage->start_time_seconds),
           process_family("process_threads", "Number of OS threads in the process.",
                          usage->threads),
           process_family("process_open_fds", "Number of open file descriptors.",
                          usage->open_files),
           process_family("process_max_fds", "Maximum number of open file descriptors.",
                          usage->max_files),
       }) {
    families.push_back(family);
  }
}

}  // namespace

void Counter::increment(double by) const { series_->Increment(by); }
double Counter::value() const { return series_->Value(); }

void Gauge::set(double value) const { series_->Set(value); }
void Gauge::add(double by) const { series_->Increment(by); }
double Gauge::value() const { return series_->Value(); }

void Histogram::observe(std::chrono::nanoseconds duration) const {
  observe(std::chrono::duration<double>(duration).count());
}
void Histogram::observe(double value) const { series_->Observe(value); }

struct Metrics::Families {
  Family<prometheus::Counter>& counter(const char* name, const char* help) {
    return counter_family(registry, name, help);
  }
  Family<prometheus::Gauge>& gauge(const char* name, const char* help) {
    return gauge_family(registry, name, help);
  }
  Family<prometheus::Histogram>& histogram(const char* name, const char* help) {
    return histogram_family(registry, name, help);
  }

  prometheus::Registry registry;
  base::Guarded<std::vector<std::function<void()>>> refreshers;

  Family<prometheus::Counter>& requests =
      counter("rest_client_requests_total",
              "Number of HTTP requests, partitioned by status code, method, and host.");
  Family<prometheus::Histogram>& request_seconds =
      histogram("rest_client_request_duration_seconds",
                "Request latency in seconds. Broken down by verb, and host.");
  Family<prometheus::Gauge>& cache_objects = gauge(
      "serviceblueprint_cache_objects", "Number of objects held in memory per watched resource.");
  Family<prometheus::Gauge>& synced =
      gauge("serviceblueprint_reflector_synced",
            "Whether the first list of a watched resource is complete (1) or not (0).");
  Family<prometheus::Counter>& events =
      counter("serviceblueprint_watch_events_total",
              "Number of watch events received per resource, bookmarks excepted.");
  Family<prometheus::Counter>& lists =
      counter("serviceblueprint_reflector_lists_total",
              "Number of complete lists read per watched resource.");
  Family<prometheus::Counter>& decode_errors =
      counter("serviceblueprint_watch_decode_errors_total",
              "Number of objects and events that could not be decoded per watched resource.");
  Family<prometheus::Counter>& watch_restarts =
      counter("serviceblueprint_watch_restarts_total",
              "Number of watches that were opened again per resource, and why.");
  Family<prometheus::Counter>& writes =
      counter("serviceblueprint_writes_total",
              "Number of writes to the API server per resource, and how they ended.");
  Family<prometheus::Gauge>& leader_status = gauge(
      "leader_election_master_status",
      "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 "
      "indicates master. 'name' is the string used to identify the lease.");
  Family<prometheus::Gauge>& managed =
      gauge("serviceblueprint_managed_objects",
            "Number of objects that belong to a blueprint per resource.");
};

namespace {

Metrics::Reconcile make_reconcile(prometheus::Registry& registry, const Labels& labels) {
  auto& total = counter_family(registry, "controller_runtime_reconcile_total",
                               "Total number of reconciliations per controller");
  const auto result = [&total, &labels](const char* value) {
    Labels with_result = labels;
    with_result["result"] = value;
    return Counter(total.Add(with_result));
  };
  const SeriesMaker series(registry, labels);
  return {
      .success = result("success"),
      .error = result("error"),
      .requeue = result("requeue"),
      .requeue_after = result("requeue_after"),
      .errors = series.counter("controller_runtime_reconcile_errors_total",
                               "Total number of reconciliation errors per controller"),
      .terminal_errors =
          series.counter("controller_runtime_terminal_reconcile_errors_total",
                         "Total number of terminal reconciliation errors per controller"),
      .panics = series.counter("controller_runtime_reconcile_panics_total",
                               "Total number of reconciliation panics per controller"),
      .timeouts = series.counter("controller_runtime_reconcile_timeouts_total",
                                 "Total number of reconciliation timeouts per controller"),
      .seconds =
          series.histogram("controller_runtime_reconcile_time_seconds",
                           "Length of time per reconciliation per controller", reconcile_buckets()),
      .active_workers = series.gauge("controller_runtime_active_workers",
                                     "Number of currently used workers per controller"),
      .max_concurrent = series.gauge("controller_runtime_max_concurrent_reconciles",
                                     "Maximum number of concurrent reconciles per controller"),
  };
}

std::vector<Gauge> make_depth(prometheus::Registry& registry, const Labels& labels,
                              const std::vector<std::string>& lanes) {
  auto& family = gauge_family(registry, "workqueue_depth",
                              "Current depth of workqueue by workqueue and priority");
  std::vector<Gauge> depth;
  for (const std::string& lane : lanes) {
    Labels with_priority = labels;
    with_priority["priority"] = lane;
    depth.emplace_back(family.Add(with_priority));
  }
  return depth;
}

Metrics::Queue make_queue(prometheus::Registry& registry, const Labels& labels,
                          const std::vector<std::string>& lanes) {
  const SeriesMaker series(registry, labels);
  return {
      .depth = make_depth(registry, labels, lanes),
      .adds = series.counter("workqueue_adds_total", "Total number of adds handled by workqueue"),
      .retries =
          series.counter("workqueue_retries_total", "Total number of retries handled by workqueue"),
      .queue_duration = series.histogram(
          "workqueue_queue_duration_seconds",
          "How long in seconds an item stays in workqueue before being requested", queue_buckets()),
      .work_duration = series.histogram(
          "workqueue_work_duration_seconds",
          "How long in seconds processing an item from workqueue takes.", queue_buckets()),
      .unfinished_work = series.gauge(
          "workqueue_unfinished_work_seconds",
          "How many seconds of work has been done that is in progress and hasn't been observed by "
          "work_duration. Large values indicate stuck threads."),
      .longest_running = series.gauge(
          "workqueue_longest_running_processor_seconds",
          "How many seconds has the longest running processor for workqueue been running."),
  };
}

Metrics::Events make_events(prometheus::Registry& registry) {
  auto& recorded =
      counter_family(registry, "serviceblueprint_recorded_events_total",
                     "Number of Kubernetes Events about blueprints, and what became of them.");
  return {.sent = Counter(recorded.Add({{"outcome", "sent"}})),
          .dropped = Counter(recorded.Add({{"outcome", "dropped"}})),
          .failed = Counter(recorded.Add({{"outcome", "failed"}}))};
}

Metrics::Configuration make_configuration(prometheus::Registry& registry) {
  const Labels none;
  const SeriesMaker series(registry, none);
  return {
      .last_reload_successful =
          series.gauge("serviceblueprint_config_last_reload_successful",
                       "Whether the last attempt to read the configuration succeeded."),
      .last_reload_success_time =
          series.gauge("serviceblueprint_config_last_reload_success_timestamp_seconds",
                       "When the configuration was last read with success."),
  };
}

Metrics::Circuit make_circuit(prometheus::Registry& registry) {
  auto& state = gauge_family(registry, "serviceblueprint_circuit_breaker_state",
                             "1 for the state of the circuit breaker before the API server; open "
                             "and half_open mean that it does not answer.");
  auto& transitions = counter_family(registry, "serviceblueprint_circuit_breaker_transitions_total",
                                     "Number of times the circuit breaker went to a state.");
  Metrics::Circuit circuit;
  std::size_t index = 0;
  for (const char* const name : {"closed", "half_open", "open"}) {
    circuit.state.at(index) = Gauge(state.Add({{"state", name}}));
    circuit.transitions.at(index++) = Counter(transitions.Add({{"state", name}}));
  }
  circuit.state.front().set(1);
  return circuit;
}

Labels resource_labels(std::string_view resource) { return {{"resource", std::string(resource)}}; }

}  // namespace

Metrics::Metrics(const BuildInfo& build, std::string_view controller,
                 const std::vector<std::string>& lanes)
    : families_(std::make_unique<Families>()) {
  const std::string name(controller);
  reconcile = make_reconcile(families_->registry, {{"controller", name}});
  queue = make_queue(families_->registry, {{"name", name}, {"controller", name}}, lanes);
  configuration = make_configuration(families_->registry);
  events = make_events(families_->registry);
  circuit = make_circuit(families_->registry);
  families_
      ->gauge("serviceblueprint_build_info",
              "A constant 1, labelled with the version, commit and compiler of this program.")
      .Add({{"version", build.version}, {"commit", build.commit}, {"compiler", build.compiler}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::count_request(std::string_view host, std::string_view method, std::string_view code,
                            std::chrono::nanoseconds duration) {
  const std::string host_label(host);
  const std::string method_label(method);
  families_->requests
      .Add({{"code", std::string(code)}, {"method", method_label}, {"host", host_label}})
      .Increment();
  Histogram(families_->request_seconds.Add({{"verb", method_label}, {"host", host_label}},
                                           request_buckets()))
      .observe(duration);
}

Metrics::Resource Metrics::resource(std::string_view resource) {
  const Labels labels = resource_labels(resource);
  return {
      .cache_objects = Gauge(families_->cache_objects.Add(labels)),
      .synced = Gauge(families_->synced.Add(labels)),
      .events = Counter(families_->events.Add(labels)),
      .lists = Counter(families_->lists.Add(labels)),
      .decode_errors = Counter(families_->decode_errors.Add(labels)),
  };
}

void Metrics::count_watch_restart(std::string_view resource, std::string_view reason) {
  families_->watch_restarts
      .Add({{"resource", std::string(resource)}, {"reason", std::string(reason)}})
      .Increment();
}

void Metrics::count_write(std::string_view resource, std::string_view outcome) {
  families_->writes.Add({{"resource", std::string(resource)}, {"outcome", std::string(outcome)}})
      .Increment();
}

Gauge Metrics::managed_objects(std::string_view resource) {
  return Gauge(families_->managed.Add(resource_labels(resource)));
}

Gauge Metrics::leader_status(std::string_view name) {
  return Gauge(families_->leader_status.Add({{"name", std::string(name)}}));
}

void Metrics::on_collect(std::function<void()> refresh) {
  families_->refreshers.with(
      [&refresh](auto& refreshers) { refreshers.push_back(std::move(refresh)); });
}

std::string Metrics::text() const {
  const auto refreshers = families_->refreshers.with([](const auto& all) { return all; });
  for (const auto& refresh : refreshers) refresh();
  std::vector<prometheus::MetricFamily> families = families_->registry.Collect();
  append_process(families);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace telemetry
