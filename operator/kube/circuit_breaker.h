#pragma once

// Keeps the requests of the whole process away from an API server that is down, and finds out soon
// when it is back.
//
//   Closed --- 5 failures in a row ---> Open --- after 0.5 s to 5 s ---> HalfOpen (one probe)
//      ^  ^                              |  ^                                |    |
//      |  +------ any late answer -------+  +---- no answer, or not ready ---+    |
//      +---------------------------- the probe is answered ----------------------+
//
// - A failure is a request that got no answer, or that of a gateway before a dead server
//   (kube::tells_of_outage). Any other answer proves life, a refusal too; a cancelled request says
//   nothing. Failures of one path count once in a row, so that one slow or broken kind of request
//   cannot open it; a refused connection is no path's fault and counts each time.
// - A stream proves life when it begins to answer. What it tells later does not (a watch cache goes
//   on without etcd), and neither does its end: the next request will show.
// - While it is not closed, requests fail at once with Fault::kCircuitOpen, or wait for the closing
//   if they ask for that (WhenDown::kWait). So a server that is down sees one probe at a time,
//   whatever the number of workers and watches, and on the closing all watches reconnect at once.
// - The probe is GET /readyz, which the default role system:public-info-viewer allows to everybody.
//   A server that says 500, "not ready", is left alone for 30 s at most: readiness also depends on
//   what does not concern us.
// - The wait begins anew at 0.5 s when a request other than the probe has been answered; a server
//   that answers nothing but probes is not asked more and more often.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "kube/http_transport.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace kube {

struct CircuitBreakerOptions {
  std::size_t failures = 5;
  base::Backoff backoff{
      .initial = std::chrono::milliseconds(500), .max = std::chrono::seconds(5), .jitter = 0.5};
  std::chrono::milliseconds probe_timeout{5'000};
  std::chrono::seconds unready_patience{30};
};

enum class Availability { kDown, kUp };

// Thread safety: run() on one thread; everything else may be called from any thread.
class CircuitBreaker final : public HttpTransport {
 public:
  // In the order of telemetry::Metrics::Circuit.
  enum class State { kClosed, kHalfOpen, kOpen };
  using Listener = std::function<void(Availability)>;

  // `inner` and `clock` outlive the breaker.
  CircuitBreaker(HttpTransport& inner, const base::Clock& clock, base::Random random,
                 const telemetry::Metrics::Circuit& series, telemetry::Log log,
                 CircuitBreakerOptions options = {});

  Response send(const Request& request, const std::stop_token& stop) override;
  Response stream(const Request& request, const OnBytes& on_bytes,
                  const std::stop_token& stop) override;

  // Probes whenever it is open, until `stop` is requested; without it, only a late answer closes
  // it. `listener` is called on this thread, in turn with kDown and kUp.
  void run(const Listener& listener, const std::stop_token& stop);

  State state() const;

 private:
  // How often it has been closed. What a request learned before the latest closing is out of date.
  using Epoch = std::uint64_t;

  // Why and since when it is open. `over`: it is closed again.
  struct Outage {
    std::string cause;
    base::SteadyTime since;
    std::stop_source over;
  };

  Epoch admit(const Request& request, const std::stop_token& stop);
  void judge(const Request& request, const Response& response, Epoch epoch);
  void judge(const Request& request, const TransportError& error, Epoch epoch);
  void answered();
  // `path`: empty for what is no path's fault.
  void failed(const std::string& path, const std::string& cause, Epoch epoch);
  std::optional<Outage> wait_for_outage(const std::stop_token& stop);
  void probe_until_over(const Outage& outage, const std::stop_token& stop);
  std::chrono::nanoseconds next_delay();
  // What the probe found out.
  enum class Finding { kAlive, kNotReady, kDown };
  Finding probe(const std::stop_token& stop);

  // REQUIRES of these: mutex_ is held.
  void set_state(State state);
  void close();

  HttpTransport& inner_;
  const base::Clock& clock_;
  const base::Random random_;
  const telemetry::Metrics::Circuit series_;
  const telemetry::Log log_;
  const CircuitBreakerOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // State below is protected by mutex_.
  State state_ = State::kClosed;
  Epoch epoch_ = 0;
  std::size_t row_ = 0;          // failures since the last answer
  std::set<std::string> paths_;  // that have failed in it
  int probes_ = 0;               // since a request other than a probe was answered
  Outage outage_;                // the latest
};

}  // namespace kube
