#pragma once

// Keeps a store equal to what the API server has, for one resource, for ever: the list-watch loop
// that client-go calls a reflector, as a state machine with named states.
//
//            +--------- 404: the API is not installed -----------> Absent --- wake() or 20 s ---+
//            |                                                                                  v
//   Unlisted --- WatchList (initial events, then the bookmark that ends them) ---> Watching --- 410
//   ---> Unlisted
//      |  ^                                                                           |  ^
//      |  +--- not supported, or silent for 10 s: from then on by pages -> Paging ----+  +---
//      stream ended: go on from the
//      +------------------------------------------------------------------------------       last
//      resourceVersion
//
// - Never resourceVersion "0": a cache of any age could go back in time. Empty is as fresh as etcd.
// - A watch lasts 300 to 600 s at random, so that a fleet's watches do not end together; 90 s of
// silence count as dead
//   (the server sends a bookmark each minute).
// - Failures wait 0.8 s to 30 s with jitter; the first good event resets that, not the mere
// connection.
//
// Constants are client-go's (tools/cache/reflector.go) where it has them.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "base/backoff.h"
#include "base/clock.h"
#include "kube/client.h"
#include "kube/record.h"
#include "kube/watch_decoder.h"
#include "telemetry/log.h"

namespace kube {

// Where a reflector puts what it learns; StoreSink makes one of a Store. Called on the reflector's
// thread. Objects come as JSON text with kJsonPadding readable bytes behind. Throws DecodeError for
// what it cannot read.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void begin_list() = 0;
  virtual void listed(std::string_view object) = 0;
  virtual void end_list(ResourceVersion version) = 0;
  // These two return the object's resourceVersion.
  virtual ResourceVersion changed(std::string_view object) = 0;
  virtual ResourceVersion removed(std::string_view object) = 0;
  virtual void advanced(ResourceVersion version) = 0;
  virtual void cleared() = 0;
};

// Whether a 404 of the whole resource, or a missing right to it, is a state to live with or a
// failure.
enum class Presence { kRequired, kOptional };

struct ReflectorConfig {
  Selection selection;
  Presence presence = Presence::kRequired;
  base::Backoff backoff{
      .initial = std::chrono::milliseconds(800), .max = std::chrono::seconds(30), .jitter = 0.5};
  std::chrono::milliseconds absent_poll{20'000};
  // What metrics and logs call the watch; empty: the resource's plural.
  std::string label;
};

// Thread safety: run() on one thread; everything else may be called from any thread.
class Reflector {
 public:
  Reflector(Client& client, RecordSink& sink, const base::Clock& clock, base::Random random,
            telemetry::Metrics& metrics, const telemetry::Log& log, ReflectorConfig config);

  // Returns when `stop` is requested.
  void run(const std::stop_token& stop);

  // The store has held a complete list at least once since the resource was there, or the optional
  // resource is known to be absent.
  bool synced() const { return phase_.load() != Phase::kStarting; }
  // The optional resource is not served.
  bool absent() const { return phase_.load() == Phase::kAbsent; }
  // When the server was last heard of: an event, a bookmark, the end of a list, or a 404 of an
  // optional resource.
  base::SteadyTime last_heard() const;
  // Ends the wait in the state Absent: the resource has probably just been installed.
  void wake();

  const api::Resource& resource() const { return config_.selection.resource; }

 private:
  enum class Phase { kStarting, kSynced, kAbsent };

  // Each state carries only its own data, so a resourceVersion that has expired cannot be used.
  struct Unlisted {};
  struct Paging {};
  struct Watching {
    ResourceVersion version;
  };
  struct Absent {};
  using State = std::variant<Unlisted, Paging, Watching, Absent>;

  // How a request ended, and what that means for the state.
  enum class End {
    kClosed,       // the server ended the stream, as it does after its time-out
    kExpired,      // 410, in either form: the resourceVersion is too old
    kMissing,      // 404: the resource is not served
    kUnsupported,  // the server does not do initial events
    kFailed,
  };
  class Stream;

  State step(const Unlisted& state, const std::stop_token& stop);
  State step(const Paging& state, const std::stop_token& stop);
  State step(const Watching& state, const std::stop_token& stop);
  State step(const Absent& state, const std::stop_token& stop);

  State after_watch(const Stream& stream, const std::stop_token& stop);
  State after_missing(const std::stop_token& stop);
  bool counts_as_missing(int status) const;
  State fall_back_to_pages();
  void complete_list(ResourceVersion version);
  void fail(std::string_view reason, const std::string& text, const std::stop_token& stop);
  void heard();
  std::chrono::seconds watch_timeout() const;

  Client& client_;
  RecordSink& sink_;
  const base::Clock& clock_;
  const base::Random random_;
  telemetry::Metrics& metrics_;
  telemetry::Metrics::Resource series_;
  telemetry::Log log_;
  const ReflectorConfig config_;

  std::atomic<Phase> phase_{Phase::kStarting};
  std::atomic<base::SteadyTime> last_heard_;
  bool watch_list_ = true;  // until the server shows that it cannot
  int failures_ = 0;        // in a row, without a good event

  std::mutex wake_mutex_;
  std::condition_variable_any wake_condition_;
  bool woken_ = false;
};

}  // namespace kube
