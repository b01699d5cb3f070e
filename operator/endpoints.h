#pragma once

// What the operator answers on its own: /healthz, /readyz and /metrics. Healthy means that nothing
// of ours is stuck, whatever the API server does; ready means that this process would work if it
// were the leader, so a standby is ready too.

#include <memory>

#include "controller/reconciler.h"
#include "controller/watches.h"
#include "kube/circuit_breaker.h"
#include "kube/cpprest_transport.h"
#include "runtime/work_queue.h"
#include "telemetry/http_endpoint.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include "leadership.h"
#include "options.h"

class Endpoints {
 public:
  // What the checks look at; all of it outlives the endpoints.
  struct Parts {
    const kube::CpprestTransport& transport;
    const kube::CircuitBreaker& breaker;
    const runtime::WorkQueue& queue;
    const controller::Watches& watches;
    const controller::BlueprintReconciler& reconciler;
    const Leadership& leadership;
    telemetry::Metrics& metrics;
  };

  // Serves at once. Throws std::runtime_error that names an address which cannot be had.
  Endpoints(const options::Options& options, const Parts& parts, const telemetry::Log& log);

 private:
  std::unique_ptr<telemetry::HttpEndpoint> health_;
  std::unique_ptr<telemetry::HttpEndpoint> metrics_;
};
