#pragma once

// Tells people what happened, as events.k8s.io/v1 Events: `kubectl describe` shows them.
//
// Events are help, not state: nothing waits for them and nothing depends on them. They are put into
// a bounded queue and sent by one thread of their own; what does not fit, or comes too often for
// one object, is dropped and counted. The same thing said again within six minutes becomes a series
// of the first event instead of a further object (the API's own way to aggregate).
//
// Thread safety: record() may be called from any thread; run() by one.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "api/object_key.h"
#include "api/resource.h"
#include "base/clock.h"
#include "kube/client.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace runtime {

struct Event {
  api::Resource resource;  // with key and uid: what it is about
  api::ObjectKey key;
  std::string uid;
  bool warning = false;
  std::string reason;  // why, CamelCase
  std::string action;  // what was done, CamelCase
  std::string note;    // for people; cut to what the API takes
};

struct EventSource {
  std::string controller;  // qualified name: "serviceblueprint.dev/operator"
  std::string instance;    // the pod or machine
};

class EventRecorder {
 public:
  static constexpr std::size_t kQueue = 1000;
  // A bucket of tokens an object: so many at once, then one more each interval.
  static constexpr int kBurst = 25;
  static constexpr std::chrono::seconds kInterval{60};
  static constexpr std::chrono::minutes kSeries{6};

  EventRecorder(kube::Client& client, const base::Clock& clock, telemetry::Metrics::Events series,
                telemetry::Log log, EventSource source);

  // Never waits for anything but a lock.
  void record(Event event);
  // Sends until `stop` is requested, then what is left, for at most a few seconds.
  void run(const std::stop_token& stop);

 private:
  struct Pending {
    Event event;
    base::WallTime time;
  };
  struct Bucket {
    double tokens = kBurst;
    base::SteadyTime filled;
  };
  struct Series {
    std::string name;
    int count = 1;
    base::SteadyTime last;
  };

  // REQUIRES: mutex_ is held.
  bool take_token(const std::string& uid);

  void send(const Pending& pending);
  // False: there is no such event any more.
  bool extend(const Pending& pending, Series& series);
  void create(const Pending& pending, const std::string& identity);
  void settle(const kube::Outcome& outcome, const Event& event);
  void forget_old_series();

  kube::Client& client_;
  const base::Clock& clock_;
  const telemetry::Metrics::Events metrics_;
  const telemetry::Log log_;
  const EventSource source_;

  std::mutex mutex_;
  std::condition_variable_any added_;
  // Protected by mutex_.
  std::deque<Pending> queue_;
  std::unordered_map<std::string, Bucket> buckets_;  // by uid
  // Of the sending thread.
  std::map<std::string, Series> series_;  // by what is said of what
};

}  // namespace runtime
