#pragma once

// Which of several replicas writes: the one whose name is in a Lease. Same protocol, constants and
// record as client-go's tools/leaderelection, so that any of its candidates may stand beside ours.
//
//   standby   looks at the Lease every retry period (jittered by up to 1.2 of it). It takes a Lease
//             that is absent, released, or was not seen to change for the duration that its record
//             names.
//   leader    renews every retry period. No success for the renew deadline, or somebody else's name
//             in the Lease: lost, for good. The caller ends the process.
//   stopped   release() gives the Lease back, so that a successor need not wait.
//
// Two clocks are never compared: a record counts from when it was first seen here, on boot time;
// what the record says about time is for people. Every write is conditional on the resourceVersion
// that was looked at, so a conflict means that somebody else was faster.
//
// Each success opens the write fence until the moment of sending + lease duration - margin. The
// margin is 2 s, or what the renew deadline leaves of the lease duration where that is less, so
// that the fence does not close on a leader that may still renew.

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>

#include <nlohmann/json.hpp>

#include "api/object_key.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "kube/client.h"
#include "kube/write_fence.h"
#include "runtime/lease_record.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace runtime {

struct LeaderElectorOptions {
  api::ObjectKey lease;
  std::string identity;  // unique for each process
  std::chrono::seconds lease_duration{15};
  std::chrono::milliseconds renew_deadline{10'000};  // < lease_duration
  std::chrono::milliseconds retry_period{2'000};     // * 1.2 < renew_deadline
};

// There is no namespace for the Lease; what() says which and what to do.
class NoLeaseNamespace : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thread safety: acquire(), then renew(), then release(), one at a time; overdue() and problem()
// from any thread.
class LeaderElector {
 public:
  enum class End { kStopped, kLost };
  static constexpr std::chrono::seconds kMargin{2};

  // `client` has a connection of its own and deadlines of at most half the renew deadline.
  LeaderElector(kube::Client& client, const base::Clock& clock, base::Random random,
                kube::WriteFence& fence, telemetry::Gauge status, const telemetry::Log& log,
                LeaderElectorOptions options);

  // Waits until this process leads. False: `stop` came first. What may change the Lease is cut
  // short by `abort` only: whether it did must be known. Throws NoLeaseNamespace.
  bool acquire(const std::stop_token& stop, const std::stop_token& abort);
  // Keeps the Lease until `stop`, or until it is lost; then the fence is closed.
  End renew(const std::stop_token& stop, const std::stop_token& abort);
  // Closes the fence and gives the Lease back if it is still ours. No write may be under way.
  void release(const std::stop_token& abort);

  // True: this process leads by its own account, but has not renewed for `tolerance` more than the
  // lease duration. It should have ended itself by then.
  bool overdue(std::chrono::seconds tolerance) const;
  // Why the server refuses us the Lease, in words; empty when it does not.
  std::string problem() const;

 private:
  enum class Try {
    kHeld,
    kNot,     // somebody else holds it, or was faster
    kFailed,  // no answer that settles it
  };
  struct Public {
    bool leading = false;
    base::BootTime renewed;
    std::string problem;
  };

  Try try_once(const std::stop_token& stop, const std::stop_token& abort);
  Try look_and_write(const std::stop_token& stop, const std::stop_token& abort);
  Try create(const std::stop_token& abort);
  // Puts our name or a newer time into the Lease as it was last seen.
  Try write(const std::stop_token& abort);
  // What became of a write that was sent at that moment.
  Try settle(const kube::Outcome& outcome, base::BootTime sent);
  Try refused(const kube::ApiError& error);
  // One try to give the Lease back; true: nothing is left to try.
  bool give_back(const std::stop_token& abort);

  bool is_ours() const { return observed_.holder == options_.identity; }
  // False: it was not seen to change for as long as it says itself.
  bool is_current() const;
  LeaseRecord next_record() const;
  void observe(nlohmann::json lease);
  End lost(std::string_view cause);
  void stand_down();

  kube::Client& client_;
  const base::Clock& clock_;
  const base::Random random_;
  kube::WriteFence& fence_;
  const telemetry::Gauge status_;
  const telemetry::Log log_;
  const LeaderElectorOptions options_;
  const std::chrono::milliseconds margin_;

  // Of the thread that runs the election.
  nlohmann::json lease_;  // as last seen
  LeaseRecord observed_;
  base::BootTime observed_at_;  // when the record was first seen
  bool leading_ = false;
  base::Guarded<Public> public_;
};

}  // namespace runtime
