#pragma once

// What keeps a process that may no longer be the leader from writing. A write's deadline is
//
//   min(its own, end of the Lease as it was last confirmed - margin)
//
// on boot time, which neither a jump of the wall clock nor a frozen process or machine can stretch,
// and the fence is asked again as the last step before the request goes out. It stands at the HTTP
// seam, where no write of any kind can pass it by.
//
// What it cannot do: a process that is frozen after that last step, or a request that is already on
// its way, is not called back. Such a write carries a uid or a resourceVersion and changes nothing
// that has moved on; a late creation is seen by the new leader.

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <stop_token>

#include "base/clock.h"
#include "kube/http_transport.h"

namespace kube {

// Closed when made. Thread safety: all methods may be called from any thread.
class WriteFence {
 public:
  // `clock` outlives the fence.
  explicit WriteFence(const base::Clock& clock) : clock_(clock) {}

  void open_until(base::BootTime end);
  // Without leader election.
  void open_always() { open_until(base::BootTime::max()); }
  // For good: open_until() has no effect any more.
  void close();

  // How much longer it is open; zero when it is closed.
  std::chrono::nanoseconds remaining() const;
  bool is_open() const { return remaining() > std::chrono::nanoseconds(0); }

 private:
  const base::Clock& clock_;
  std::atomic<base::BootTime::rep> end_{0};
  std::atomic<bool> closed_{false};
};

// The fence refused a write, or closed before its answer came. Nothing is wrong with the API
// server, so this is no TransportError and counts nowhere as one: the caller's work simply ends.
class WriteFenced : public std::runtime_error {
 public:
  WriteFenced() : std::runtime_error("not written: this process may not be the leader any more") {}
};

// Lets reads pass, and writes as long as the fence is open. Thread safety: as HttpTransport asks.
class FencedTransport final : public HttpTransport {
 public:
  // Both outlive `inner`'s I/O thread, as its clock does: it asks the fence.
  FencedTransport(HttpTransport& inner, const WriteFence& fence) : inner_(inner), fence_(fence) {}

  // Also throws WriteFenced.
  Response send(const Request& request, const std::stop_token& stop) override;
  Response stream(const Request& request, const OnBytes& on_bytes,
                  const std::stop_token& stop) override;

 private:
  HttpTransport& inner_;
  const WriteFence& fence_;
};

}  // namespace kube
