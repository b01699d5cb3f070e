// serviceblueprint-operator: the composition root. Everything is made here, in the order in which
// it depends on what came before, and destroyed in the reverse; there is no other place where parts
// find each other.

#include <array>
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
#include "kube/circuit_breaker.h"
#include "kube/client.h"
#include "kube/config.h"
#include "kube/cpprest_transport.h"
#include "kube/credentials.h"
#include "kube/environment.h"
#include "kube/write_fence.h"
#include "runtime/controller.h"
#include "runtime/event_recorder.h"
#include "runtime/sweeper.h"
#include "runtime/work_queue.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include "configuration_reload.h"
#include "core_dumps.h"
#include "endpoints.h"
#include "grace_period.h"
#include "leadership.h"
#include "options.h"
#include "signals.h"
#include "version.h"

namespace {

constexpr int kWrongUsage = 2;
constexpr std::string_view kController = "serviceblueprint";

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
  }

  // Until `stop`. False: the grace period was over before the workers had drained. Caches and
  // endpoints also serve a standby; only the leader works.
  bool run(const std::stop_token& stop) {
    log_.info("starting", {{"server", server_}, {"workers", options_.max_concurrent_reconciles}});
    const std::jthread reloader([this](const std::stop_token& end) { reload_.run(end); });
    const GracePeriod grace(stop, options_.graceful_shutdown_timeout, clock_);
    const std::jthread prober([this](const std::stop_token& end) {
      breaker_.run([this](kube::Availability server) { hold_back(server); }, end);
    });
    watches_.start();
    bool drained = true;
    if (watches_.wait_until_synced(stop)) {
      log_.info("caches synced", {{"blueprints", watches_.blueprints().size()}});
      leadership_.run([&] { drained = work(stop, grace.over()); }, stop, grace.over());
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

  // Keys wait in the queue while no request would be answered.
  void hold_back(kube::Availability server) {
    if (server == kube::Availability::kDown) return queue_.pause();
    queue_.resume();
  }

  // What the leader does, until `stop`. False: it was cut short by `abort`.
  bool work(const std::stop_token& stop, const std::stop_token& abort) {
    // Ends last: the workers may have something to tell until they have drained.
    const std::jthread events([this](const std::stop_token& end) { events_.run(end); });
    const std::jthread sweeper([this](const std::stop_token& end) {
      runtime::sweep(queue_, [this] { return watches_.blueprints().keys(); }, clock_, {}, end);
    });
    controller_.run(stop, abort);
    return !abort.stop_requested();
  }

  const options::Options& options_;
  const telemetry::Log& log_;
  const base::SystemClock clock_;
  telemetry::Metrics metrics_{build_info(), kController, runtime::lane_names()};

  const kube::ClientConfig config_ =
      kube::load_client_config({options_.kubeconfig, options_.context}, kube::system_environment());
  const std::string server_ = config_.host + ":" + std::to_string(config_.port);
  kube::CredentialSource credentials_{config_, kube::system_environment(), clock_};
  const std::string user_agent_ = "serviceblueprint-operator/" + build_info().version;
  kube::WriteFence fence_{clock_};
  kube::CpprestTransport transport_{config_, credentials_, clock_, user_agent_};
  kube::FencedTransport fenced_{transport_, fence_};
  kube::CircuitBreaker breaker_{fenced_, clock_, base::system_random, metrics_.circuit, log_};
  const kube::Identity identity_{std::string(blueprint::kManagedBy),
                                 api::kServiceBlueprint.api_version(),
                                 std::string(api::kServiceBlueprint.kind)};
  kube::Client client_{breaker_,
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

  Leadership leadership_{{.options = options_.leader_election,
                          .config = config_,
                          .credentials = credentials_,
                          .clock = clock_,
                          .metrics = metrics_,
                          .fence = fence_,
                          .log = log_,
                          .client = {.host = server_, .field_manager = identity_.field_manager},
                          .user_agent = user_agent_,
                          .host_name = host_name()}};
  options::ConfigurationReload reload_;
  const Endpoints endpoints_{
      options_, {transport_, breaker_, queue_, watches_, reconciler_, leadership_, metrics_}, log_};
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
