#pragma once

// Who may work: with leader election the holder of the Lease, without it this process at once. It
// owns the elector, its connection to the API server, which no other request can hold up, and the
// thread that renews.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "kube/client.h"
#include "kube/config.h"
#include "kube/credentials.h"
#include "kube/write_fence.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include "options.h"

class Leadership {
 public:
  // All that is referred to outlives the Leadership.
  struct Context {
    const options::Options::LeaderElection& options;
    const kube::ClientConfig& config;
    kube::CredentialSource& credentials;
    const base::Clock& clock;
    telemetry::Metrics& metrics;
    kube::WriteFence& fence;
    const telemetry::Log& log;
    kube::ClientOptions client;  // but for the deadline
    std::string user_agent;
    std::string host_name;  // a part of our name in the Lease
  };

  explicit Leadership(const Context& context);
  ~Leadership();
  Leadership(const Leadership&) = delete;
  Leadership& operator=(const Leadership&) = delete;

  // Waits until this process may work, runs `work`, which ends after `stop`, and then gives the
  // Lease back, unless `abort` says that there is no time for it. Returns without `work` when
  // `stop` comes before. Ends the process with exit code 1 when the Lease is lost: nothing that
  // runs here could be trusted to write no more. Throws runtime::NoLeaseNamespace.
  void run(const std::function<void()>& work, const std::stop_token& stop,
           const std::stop_token& abort);

  // For /healthz: why this process, as the leader, is not able to say any more whether it still is
  // one.
  std::string stuck() const;
  // For /readyz: why it cannot become the leader.
  std::string problem() const;

 private:
  struct Election;

  kube::WriteFence& fence_;
  const telemetry::Log& log_;
  const std::unique_ptr<Election> election_;  // empty: there is none
};
