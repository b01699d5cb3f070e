#include "runtime/event_recorder.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "api/digest.h"
#include "kube/text.h"
#include "kube/write_fence.h"
#include "runtime/micro_time.h"

namespace runtime {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::size_t kNoteLimit = 1024;  // events.k8s.io/v1, Event.note
constexpr auto kDrain = 3s;
// Above so many, what nobody needs any more is looked for and forgotten.
constexpr std::size_t kManyBuckets = 4096;
constexpr std::size_t kManySeries = 1024;

std::string identity_of(const Event& event) {
  return event.uid + "\n" + (event.warning ? "W" : "N") + event.reason + "\n" + event.note;
}

// The namespace is going away, or is gone: nobody is left to tell.
bool namespace_is_ending(const kube::ApiError& error) {
  return error.has_cause("NamespaceTerminating") ||
         (error.code == 404 && error.message.find("namespaces \"") != std::string::npos);
}

}  // namespace

EventRecorder::EventRecorder(kube::Client& client, const base::Clock& clock,
                             telemetry::Metrics::Events series, telemetry::Log log,
                             EventSource source)
    : client_(client),
      clock_(clock),
      metrics_(series),
      log_(std::move(log)),
      source_(std::move(source)) {}

void EventRecorder::record(Event event) {
  event.note = kube::shortened(std::move(event.note), kNoteLimit);
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= kQueue || !take_token(event.uid)) {
      metrics_.dropped.increment();
      return;
    }
    queue_.push_back({std::move(event), clock_.wall_now()});
  }
  added_.notify_one();
}

bool EventRecorder::take_token(const std::string& uid) {
  const base::SteadyTime now = clock_.now();
  const auto refilled = [&](const Bucket& bucket) {
    const std::chrono::duration<double> since = now - bucket.filled;
    return std::min<double>(kBurst,
                            bucket.tokens + since / std::chrono::duration<double>(kInterval));
  };
  if (buckets_.size() >= kManyBuckets)
    std::erase_if(buckets_, [&](const auto& one) { return refilled(one.second) >= kBurst; });
  Bucket& bucket = buckets_.try_emplace(uid, Bucket{.filled = now}).first->second;
  bucket = {refilled(bucket), now};
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

void EventRecorder::run(const std::stop_token& stop) {
  std::optional<base::SteadyTime> end;
  while (true) {
    std::unique_lock lock(mutex_);
    added_.wait(lock, stop, [this] { return !queue_.empty(); });
    if (stop.stop_requested() && !end) end = clock_.now() + kDrain;
    if (queue_.empty()) return;
    if (end && clock_.now() > *end) {
      metrics_.dropped.increment(static_cast<double>(queue_.size()));
      return;
    }
    const Pending pending = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    send(pending);
  }
}

void EventRecorder::send(const Pending& pending) {
  const std::string identity = identity_of(pending.event);
  try {
    forget_old_series();
    const auto found = series_.find(identity);
    if (found == series_.end() || !extend(pending, found->second)) create(pending, identity);
  } catch (const kube::WriteFenced&) {
    metrics_.dropped.increment();
  } catch (const std::exception& error) {
    metrics_.failed.increment();
    log_.debug("event not sent", {{"reason", pending.event.reason}, {"error", error.what()}});
  }
}

bool EventRecorder::extend(const Pending& pending, Series& series) {
  const json patch = json::array(
      {{{"op", "add"},
        {"path", "/series"},
        {"value", {{"count", series.count + 1}, {"lastObservedTime", micro_time(pending.time)}}}}});
  const kube::Outcome outcome =
      client_.json_patch(api::kEvent, {pending.event.key.namespace_, series.name}, patch.dump(),
                         kube::View::kMetadata, {});
  const auto* const error = std::get_if<kube::ApiError>(&outcome);
  if (error != nullptr && error->code == 404 && !namespace_is_ending(*error)) return false;
  ++series.count;
  series.last = clock_.now();
  settle(outcome, pending.event);
  return true;
}

void EventRecorder::create(const Pending& pending, const std::string& identity) {
  const Event& event = pending.event;
  const std::string time = micro_time(pending.time);
  const std::string name =
      event.key.name + "." + api::to_hex(api::digest_of(identity + time + source_.instance));
  const json body{{"apiVersion", api::kEvent.api_version()},
                  {"kind", api::kEvent.kind},
                  {"metadata", {{"name", name}, {"namespace", event.key.namespace_}}},
                  {"eventTime", time},
                  {"type", event.warning ? "Warning" : "Normal"},
                  {"reason", event.reason},
                  {"action", event.action},
                  {"note", event.note},
                  {"regarding",
                   {{"apiVersion", event.resource.api_version()},
                    {"kind", event.resource.kind},
                    {"name", event.key.name},
                    {"namespace", event.key.namespace_},
                    {"uid", event.uid}}},
                  {"reportingController", source_.controller},
                  {"reportingInstance", source_.instance}};
  const kube::Outcome outcome = client_.create(api::kEvent, {event.key.namespace_, name},
                                               body.dump(), kube::View::kMetadata, {});
  if (std::holds_alternative<std::string>(outcome))
    series_[identity] = {.name = name, .last = clock_.now()};
  settle(outcome, event);
}

void EventRecorder::settle(const kube::Outcome& outcome, const Event& event) {
  const auto* const error = std::get_if<kube::ApiError>(&outcome);
  if (error == nullptr) return metrics_.sent.increment();
  if (namespace_is_ending(*error)) return metrics_.dropped.increment();
  metrics_.failed.increment();
  log_.debug("event refused", {{"reason", event.reason}, {"error", error->message}});
}

void EventRecorder::forget_old_series() {
  const base::SteadyTime now = clock_.now();
  const auto old = [now](const auto& one) { return now - one.second.last > kSeries; };
  std::erase_if(series_, old);
  // A storm of different events: aggregating the oldest is what can be done without.
  while (series_.size() >= kManySeries) {
    series_.erase(std::min_element(
        series_.begin(), series_.end(),
        [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
  }
}

}  // namespace runtime
