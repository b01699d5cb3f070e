// serviceblueprint-operator: the composition root. Everything is made here, in the order in which
// it depends on what came before, and destroyed in the reverse; there is no other place where parts
// find each other.

#include <array>
#include <chrono>
#include <climits>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include <malloc.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "blueprint/labels.h"
#include "controller/applier.h"
#include "controller/reconciler.h"
#include "controller/watches.h"
#include "kube/client.h"
#include "kube/config.h"
#include "kube/cpprest_transport.h"
#include "kube/credentials.h"
#include "kube/environment.h"
#include "runtime/controller.h"
#include "runtime/event_recorder.h"
#include "runtime/sweeper.h"
#include "runtime/work_queue.h"
#include "telemetry/http_endpoint.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include "configuration_reload.h"
#include "core_dumps.h"
#include "options.h"
#include "signals.h"
#include "version.h"

namespace {

using namespace std::chrono_literals;

constexpr int kWrongUsage = 2;
constexpr std::string_view kController = "serviceblueprint";
constexpr auto kStuckWorker = 5min;  // a pass is a few requests with a deadline of seconds each

telemetry::HttpHandler healthz(const kube::CpprestTransport& transport,
                               const runtime::WorkQueue& queue) {
  return telemetry::health_handler(
      "healthz",
      {{"http-client",
        [&] {
          return transport.io_thread_alive(30s) ? std::string() : "the I/O thread does not answer";
        }},
       {"workers", [&] {
          return queue.longest_running() < kStuckWorker ? std::string() : "a worker is stuck";
        }}});
}

telemetry::HttpHandler readyz(const controller::Watches& watches,
                              const controller::BlueprintReconciler& reconciler) {
  return telemetry::health_handler("readyz",
                                   {{"caches", [&] { return watches.unsynced(); }},
                                    {"status", [&] { return reconciler.status_problem(); }}});
}

telemetry::HttpHandler metrics_page(telemetry::Metrics& metrics) {
  return [&metrics](const std::string&) {
    return telemetry::HttpAnswer{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()};
  };
}

// Runs the workers until `stop`, then until they have drained or `grace` is over. False: it was
// over.
bool run_controller(runtime::Controller& controller, const std::stop_token& stop,
                    std::chrono::milliseconds grace, const base::Clock& clock) {
  std::stop_source abort;
  std::jthread limit([&](const std::stop_token& drained) {
    std::stop_source woken;
    const std::stop_callback on_stop(stop, [&] { woken.request_stop(); });
    const std::stop_callback on_drained(drained, [&] { woken.request_stop(); });
    while (clock.sleep_for(24h, woken.get_token())) {
    }
    if (clock.sleep_for(grace, drained)) abort.request_stop();
  });
  controller.run(stop, abort.get_token());
  return !abort.stop_requested();
}

std::unique_ptr<telemetry::HttpEndpoint> endpoint(
    const std::string& address, std::map<std::string, telemetry::HttpHandler> handlers,
    const telemetry::Log& log) {
  if (address.empty()) return nullptr;
  return std::make_unique<telemetry::HttpEndpoint>(address, std::move(handlers),
                                                   telemetry::HttpLimits{}, log);
}

// In a pod, the pod's name.
std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data()
                                                                           : "unknown";
}

// The parts in the order of their making. Constructed, nothing runs yet but the endpoints, which
// answer that the caches are not synced; `run` does the work.
class Process {
 public:
  // `inputs` are those that made `options`.
  Process(const options::Options& options, const options::Inputs& inputs, SignalWatch& signals,
          const telemetry::Log& log)
      : options_(options),
        log_(log),
        reload_(
            inputs, options,
            {.asked = [&signals] { return signals.take_reload_request(); },
             .accept = [this](const auto& now, const auto& before) { reconfigure(now, before); }},
            clock_, metrics_.configuration, log) {
    metrics_.on_collect([this] {
      queue_.refresh_metrics();
      watches_.refresh_metrics();
    });
    health_ = endpoint(
        options_.health_probe_bind_address,
        {{"/healthz", healthz(transport_, queue_)}, {"/readyz", readyz(watches_, reconciler_)}},
        log_);
    pages_ = endpoint(options_.metrics_bind_address, {{"/metrics", metrics_page(metrics_)}}, log_);
  }

  // Until `stop`. False: the grace period was over before the workers had drained.
  bool run(const std::stop_token& stop) {
    if (options_.leader_election.enabled) {
      log_.warn("this version elects no leader: run one replica, or say --leader-elect=false");
    }
    log_.info("starting", {{"server", server_}, {"workers", options_.max_concurrent_reconciles}});
    const std::jthread reloader([this](const std::stop_token& end) { reload_.run(end); });
    watches_.start();
    bool drained = true;
    if (watches_.wait_until_synced(stop)) {
      log_.info("caches synced", {{"blueprints", watches_.blueprints().size()}});
      // Ends last: the workers may have something to tell until they have drained.
      std::jthread events([this](const std::stop_token& end) { events_.run(end); });
      std::jthread sweeper([this](const std::stop_token& end) {
        runtime::sweep(queue_, [this] { return watches_.blueprints().keys(); }, clock_, {}, end);
      });
      drained = run_controller(controller_, stop, options_.graceful_shutdown_timeout, clock_);
    }
    watches_.stop();
    log_.info("stopped", {{"drained", drained}});
    return drained;
  }

 private:
  // A changed configuration. What the platform decides may concern every blueprint: they are looked
  // at behind everything that users do, and most looks find nothing to write.
  void reconfigure(const options::Options& now, const options::Options& before) {
    log_.set_level(now.log_level);
    if (now.platform == before.platform) return;
    reconciler_.set_platform(now.platform);
    for (const api::ObjectKey& key : watches_.blueprints().keys())
      queue_.add(key, runtime::Lane::kSweep);
  }

  const options::Options& options_;
  const telemetry::Log& log_;
  const base::SystemClock clock_;
  telemetry::Metrics metrics_{build_info(), kController, runtime::lane_names()};

  const kube::ClientConfig config_ =
      kube::load_client_config({options_.kubeconfig, options_.context}, kube::system_environment());
  const std::string server_ = config_.host + ":" + std::to_string(config_.port);
  kube::CredentialSource credentials_{config_, kube::system_environment(), clock_};
  kube::CpprestTransport transport_{config_, credentials_, clock_,
                                    "serviceblueprint-operator/" + build_info().version};
  const kube::Identity identity_{std::string(blueprint::kManagedBy),
                                 api::kServiceBlueprint.api_version(),
                                 std::string(api::kServiceBlueprint.kind)};
  kube::Client client_{transport_,
                       metrics_,
                       clock_,
                       {.host = server_,
                        .field_manager = identity_.field_manager,
                        .request_timeout = options_.request_timeout}};

  runtime::WorkQueue queue_{clock_, base::system_random, metrics_.queue};
  controller::Watches watches_{{.client = client_,
                                .clock = clock_,
                                .random = base::system_random,
                                .metrics = metrics_,
                                .log = log_,
                                .identity = identity_,
                                .namespaces = options_.namespaces,
                                .reference_namespaces = options_.reference_namespaces},
                               queue_};
  controller::Applier applier_{client_, watches_.children(), metrics_, clock_, identity_};
  runtime::EventRecorder events_{
      client_, clock_, metrics_.events, log_, {"serviceblueprint.dev/operator", host_name()}};
  controller::BlueprintReconciler reconciler_{watches_.blueprints(),
                                              watches_.children(),
                                              watches_.references(),
                                              applier_,
                                              client_,
                                              clock_,
                                              events_,
                                              options_.platform};
  runtime::Controller controller_{
      queue_, reconciler_, metrics_.reconcile,
      clock_, log_,        {.workers = options_.max_concurrent_reconciles}};

  options::ConfigurationReload reload_;

  std::unique_ptr<telemetry::HttpEndpoint> health_;
  std::unique_ptr<telemetry::HttpEndpoint> pages_;
};

}  // namespace

int main(int argc, char** argv) {
  forbid_core_dumps();
  block_signals();
  kube::initialize_http_library();
  // Two arenas are enough for a handful of threads; the default of eight a core only fragments.
  mallopt(M_ARENA_MAX, 2);
  const options::Inputs inputs = options::process_inputs(argc, argv);
  options::Invocation invocation;
  try {
    invocation = options::parse(inputs);
  } catch (const options::UsageError& error) {
    std::cerr << "serviceblueprint-operator: " << error.what() << "\n";
    return kWrongUsage;
  }
  if (invocation.action == options::Action::kShowHelp) {
    std::cout << options::help_text();
    return EXIT_SUCCESS;
  }
  if (invocation.action == options::Action::kShowVersion) {
    std::cout << build_info().version << " (commit " << build_info().commit << ", "
              << build_info().compiler << ")\n";
    return EXIT_SUCCESS;
  }
  const telemetry::Log log =
      telemetry::Log(invocation.options.log_format, invocation.options.log_level)
          .with({{"service", "serviceblueprint-operator"},
                 {"version", build_info().version},
                 {"controller", kController}});
  try {
    SignalWatch signals;
    const bool drained =
        Process(invocation.options, inputs, signals, log).run(signals.stop_token());
    log.flush();
    return drained ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    log.error("cannot run", {{"error", error.what()}});
    log.flush();
    return EXIT_FAILURE;
  }
}
