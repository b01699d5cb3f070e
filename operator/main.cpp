// serviceblueprint-operator: the composition root. Everything is made here, in the order in which
// it depends on what came before, and destroyed in the reverse; there is no other place where parts
// find each other.

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include <malloc.h>

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
#include "runtime/sweeper.h"
#include "runtime/work_queue.h"
#include "telemetry/http_endpoint.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

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
    while (!stop.stop_requested() && clock.sleep_for(100ms, drained)) {
    }
    if (clock.sleep_for(grace, drained)) abort.request_stop();
  });
  controller.run(stop, abort.get_token());
  return !abort.stop_requested();
}

int run(const options::Options& options, const telemetry::Log& log) {
  const SignalWatch signals;
  const std::stop_token stop = signals.stop_token();
  const base::SystemClock clock;
  telemetry::Metrics metrics(kBuildInfo, kController, runtime::lane_names());

  const kube::ClientConfig config =
      kube::load_client_config({options.kubeconfig, options.context}, kube::system_environment());
  const std::string server = config.host + ":" + std::to_string(config.port);
  kube::CredentialSource credentials(config, kube::system_environment(), clock);
  kube::CpprestTransport transport(config, credentials, clock,
                                   "serviceblueprint-operator/" + kBuildInfo.version);
  const kube::Identity identity{std::string(blueprint::kManagedBy),
                                api::kServiceBlueprint.api_version(),
                                std::string(api::kServiceBlueprint.kind)};
  kube::Client client(transport, metrics, clock,
                      {.host = server,
                       .field_manager = identity.field_manager,
                       .request_timeout = options.request_timeout});

  runtime::WorkQueue queue(clock, base::system_random, metrics.queue);
  controller::Watches watches({.client = client,
                               .clock = clock,
                               .random = base::system_random,
                               .metrics = metrics,
                               .log = log,
                               .identity = identity,
                               .namespaces = options.namespaces},
                              queue);
  controller::Applier applier(client, watches.children(), metrics, identity);
  controller::BlueprintReconciler reconciler(watches.blueprints(), watches.children(), applier,
                                             client, clock,
                                             {.monitor_labels = options.service_monitor_labels});
  runtime::Controller controller(queue, reconciler, metrics.reconcile, clock, log,
                                 {.workers = options.max_concurrent_reconciles});

  metrics.on_collect([&] {
    queue.refresh_metrics();
    watches.refresh_metrics();
  });
  const auto endpoint = [&](const std::string& address,
                            std::map<std::string, telemetry::HttpHandler> handlers) {
    return address.empty() ? nullptr
                           : std::make_unique<telemetry::HttpEndpoint>(
                                 address, std::move(handlers), telemetry::HttpLimits{}, log);
  };
  const auto health =
      endpoint(options.health_probe_bind_address,
               {{"/healthz", healthz(transport, queue)}, {"/readyz", readyz(watches, reconciler)}});
  const auto pages = endpoint(options.metrics_bind_address, {{"/metrics", metrics_page(metrics)}});

  if (options.leader_election.enabled) {
    log.warn("this version elects no leader: run one replica, or say --leader-elect=false");
  }
  log.info("starting", {{"server", server}, {"workers", options.max_concurrent_reconciles}});
  watches.start();
  bool drained = true;
  if (watches.wait_until_synced(stop)) {
    log.info("caches synced", {{"blueprints", watches.blueprints().size()}});
    std::jthread sweeper([&](const std::stop_token& end) {
      runtime::sweep(queue, [&] { return watches.blueprints().keys(); }, clock, {}, end);
    });
    drained = run_controller(controller, stop, options.graceful_shutdown_timeout, clock);
  }
  watches.stop();
  log.info("stopped", {{"drained", drained}});
  log.flush();
  return drained ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  block_signals();
  kube::initialize_http_library();
  // Two arenas are enough for a handful of threads; the default of eight a core only fragments.
  mallopt(M_ARENA_MAX, 2);
  options::Invocation invocation;
  try {
    invocation = options::parse(options::process_inputs(argc, argv));
  } catch (const options::UsageError& error) {
    std::cerr << "serviceblueprint-operator: " << error.what() << "\n";
    return kWrongUsage;
  }
  if (invocation.action == options::Action::kShowHelp) {
    std::cout << options::help_text();
    return EXIT_SUCCESS;
  }
  if (invocation.action == options::Action::kShowVersion) {
    std::cout << kBuildInfo.version << " (commit " << kBuildInfo.commit << ", "
              << kBuildInfo.compiler << ")\n";
    return EXIT_SUCCESS;
  }
  const telemetry::Log log =
      telemetry::Log(invocation.options.log_format, invocation.options.log_level)
          .with({{"service", "serviceblueprint-operator"},
                 {"version", kBuildInfo.version},
                 {"controller", kController}});
  try {
    return run(invocation.options, log);
  } catch (const std::exception& error) {
    log.error("cannot run", {{"error", error.what()}});
    log.flush();
    return EXIT_FAILURE;
  }
}
