#include "endpoints.h"

#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;

constexpr auto kStuckWorker = 5min;  // a pass is a few requests with a deadline of seconds each

telemetry::HttpHandler healthz(const Endpoints::Parts& parts) {
  return telemetry::health_handler(
      "healthz",
      {{"http-client",
        [&transport = parts.transport] {
          return transport.io_thread_alive(30s) ? std::string() : "the I/O thread does not answer";
        }},
       {"workers",
        [&queue = parts.queue] {
          return queue.longest_running() < kStuckWorker ? std::string() : "a worker is stuck";
        }},
       {"leader-election", [&leadership = parts.leadership] { return leadership.stuck(); }}});
}

telemetry::HttpHandler readyz(const Endpoints::Parts& parts) {
  return telemetry::health_handler(
      "readyz",
      {{"api-server",
        [&breaker = parts.breaker] {
          const bool up = breaker.state() == kube::CircuitBreaker::State::kClosed;
          return up ? std::string() : "the API server is down";
        }},
       {"caches", [&watches = parts.watches] { return watches.unsynced(); }},
       {"status", [&reconciler = parts.reconciler] { return reconciler.status_problem(); }},
       {"leader-election", [&leadership = parts.leadership] { return leadership.problem(); }}});
}

telemetry::HttpHandler metrics_page(telemetry::Metrics& metrics) {
  return [&metrics](const std::string&) {
    return telemetry::HttpAnswer{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()};
  };
}

std::unique_ptr<telemetry::HttpEndpoint> endpoint(
    const std::string& address, std::map<std::string, telemetry::HttpHandler> handlers,
    const telemetry::Log& log) {
  if (address.empty()) return nullptr;
  return std::make_unique<telemetry::HttpEndpoint>(address, std::move(handlers),
                                                   telemetry::HttpLimits{}, log);
}

}  // namespace

Endpoints::Endpoints(const options::Options& options, const Parts& parts, const telemetry::Log& log)
    : health_(endpoint(options.health_probe_bind_address,
                       {{"/healthz", healthz(parts)}, {"/readyz", readyz(parts)}}, log)),
      metrics_(endpoint(options.metrics_bind_address, {{"/metrics", metrics_page(parts.metrics)}},
                        log)) {}
