#pragma once

// The keys that wait for a worker. One entry a key whatever happens, never the same key to two
// workers, and a key that is added while a worker has it comes once more afterwards.
//
// Lanes: what a user changed goes before what drifted, before retries, before the initial list,
// before the sweep. A lane that waits is not starved: a key that has waited 30 s goes first, and
// every eighth pick looks at the lanes from the lowest end. Within a lane: first come, first
// served. A key added to two lanes waits in the higher one.
//
// Delays: add_after() and retry() put a key aside; the earlier of two times holds, and an add() in
// between comes at once, but not before a time that the server asked for (Retry-After). retry()
// counts failures by key and doubles the delay, 5 ms to 5 min with jitter; forget() resets the
// count.
//
// While the API server is down nothing is taken: keys wait in their lanes. Those that had failed
// because of it are ready again at once when it is back, without the failures.
//
// Thread safety: all methods may be called from any thread.

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/object_key.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "telemetry/metrics.h"

namespace runtime {

// From the most to the least urgent.
enum class Lane : std::uint8_t { kUser, kDrift, kRetry, kInitial, kSweep };
inline constexpr std::size_t kLanes = 5;
// Values of workqueue_depth's label `priority`, in the order of Lane.
std::vector<std::string> lane_names();

// Why a pass failed: because of its object, or because no answer came from the API server.
enum class Blame { kObject, kServer };

class WorkQueue {
 public:
  WorkQueue(const base::Clock& clock, base::Random random, telemetry::Metrics::Queue series);

  // Wanted now.
  void add(const api::ObjectKey& key, Lane lane);
  // Wanted after `delay`, without counting a failure.
  void add_after(const api::ObjectKey& key, std::chrono::nanoseconds delay);
  // A pass failed. Nothing takes the key before `at_least` (Retry-After) is over, of which 5 min
  // count at most. Returns the delay.
  std::chrono::nanoseconds retry(const api::ObjectKey& key, std::chrono::nanoseconds at_least = {},
                                 Blame blame = Blame::kObject);
  // A pass succeeded.
  void forget(const api::ObjectKey& key);

  // Waits for a key. Empty when `stop` is requested. Every key taken must be given back by done().
  std::optional<api::ObjectKey> take(const std::stop_token& stop);
  // The same without waiting.
  std::optional<api::ObjectKey> try_take();
  void done(const api::ObjectKey& key);

  // The API server is down, and is back.
  void pause();
  void resume();

  // Keys ready now and keys put aside; keys with a worker are in neither.
  std::size_t ready() const;
  std::size_t delayed() const;
  int failures(const api::ObjectKey& key) const;
  // Age of the oldest pass that is still running; zero when none is. A pass has a bounded number of
  // requests with a deadline each, so a large figure means a stuck worker.
  std::chrono::nanoseconds longest_running() const;
  // Sets the gauges that tell the age of the work in hand.
  void refresh_metrics();

 private:
  struct Entry {
    std::optional<Lane> lane;  // waits in this lane
    std::uint64_t ticket = 0;  // its place there
    std::optional<base::SteadyTime>
        not_before;                 // put aside; while running: to be put aside when done
    base::SteadyTime closed_until;  // the server asked for this
    bool running = false;
    std::optional<Lane> again;  // added while running
    base::SteadyTime since;     // waiting or running since
    int failures = 0;
    Blame blame = Blame::kObject;  // of the latest
  };
  using Entries = std::unordered_map<api::ObjectKey, Entry>;

  // REQUIRES of all of these: mutex_ is held.
  void enter(Entries::value_type& entry, Lane lane);
  void leave_lane(Entry& entry, Lane lane);
  void put_aside(Entries::value_type& entry, base::SteadyTime time);
  void take_back(Entries::value_type& entry);
  void want(Entries::value_type& entry, Lane lane);
  void delay_until(const api::ObjectKey& key, base::SteadyTime time);
  void release_due();
  std::optional<std::size_t> next_lane() const;
  std::optional<api::ObjectKey> take_ready();
  bool absolve(Entry& entry);
  base::SteadyTime next_due() const;

  const base::Clock& clock_;
  const base::Random random_;
  const telemetry::Metrics::Queue series_;
  const base::Backoff backoff_{
      .initial = std::chrono::milliseconds(5), .max = std::chrono::minutes(5), .jitter = 0.5};

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // State below is protected by mutex_.
  Entries entries_;  // references to its elements stay valid
  std::array<std::map<std::uint64_t, Entries::value_type*>, kLanes> lanes_;  // by ticket
  std::set<std::pair<base::SteadyTime, Entries::value_type*>> aside_;
  std::set<Entries::value_type*> running_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t picks_ = 0;
  bool paused_ = false;
};

}  // namespace runtime
