#include "runtime/work_queue.h"

#include <algorithm>
#include <utility>

namespace runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kStarving = 30s;
constexpr std::uint64_t kPicksPerLowPick = 8;

}  // namespace

std::vector<std::string> lane_names() { return {"user", "drift", "retry", "initial", "sweep"}; }

WorkQueue::WorkQueue(const base::Clock& clock, base::Random random,
                     telemetry::Metrics::Queue series)
    : clock_(clock), random_(std::move(random)), series_(std::move(series)) {}

void WorkQueue::add(const api::ObjectKey& key, Lane lane) {
  const std::scoped_lock lock(mutex_);
  series_.adds.increment();
  Entries::value_type& entry = *entries_.try_emplace(key).first;
  if (entry.second.running) {
    entry.second.again = std::min(lane, entry.second.again.value_or(lane));
    return;
  }
  want(entry, lane);
}

void WorkQueue::add_after(const api::ObjectKey& key, std::chrono::nanoseconds delay) {
  const std::scoped_lock lock(mutex_);
  delay_until(key, clock_.now() + delay);
}

std::chrono::nanoseconds WorkQueue::retry(const api::ObjectKey& key,
                                          std::chrono::nanoseconds at_least, Blame blame) {
  const std::scoped_lock lock(mutex_);
  series_.retries.increment();
  Entry& entry = entries_[key];
  entry.blame = blame;
  at_least = std::min(at_least, backoff_.max);
  entry.closed_until = std::max(entry.closed_until, clock_.now() + at_least);
  const auto delay = std::max(at_least, backoff_.delay(entry.failures++, random_()));
  delay_until(key, clock_.now() + delay);
  return delay;
}

void WorkQueue::forget(const api::ObjectKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end()) found->second.failures = 0;
}

std::optional<api::ObjectKey> WorkQueue::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    release_due();
    if (auto key = take_ready()) return key;
    changed_.wait_until(lock, stop, next_due(), [this] {
      return !paused_ && (next_lane().has_value() || next_due() <= clock_.now());
    });
  }
  return std::nullopt;
}

std::optional<api::ObjectKey> WorkQueue::try_take() {
  const std::scoped_lock lock(mutex_);
  release_due();
  return take_ready();
}

void WorkQueue::done(const api::ObjectKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  Entry& entry = found->second;
  series_.work_duration.observe(clock_.now() - entry.since);
  running_.erase(&*found);
  entry.running = false;
  const auto later = std::exchange(entry.not_before, std::nullopt);
  if (const auto lane = std::exchange(entry.again, std::nullopt)) {
    want(*found, *lane);
  } else if (later) {
    put_aside(*found, *later);
  } else if (entry.failures == 0) {
    entries_.erase(found);
  }
}

void WorkQueue::pause() {
  const std::scoped_lock lock(mutex_);
  paused_ = true;
}

void WorkQueue::resume() {
  const std::scoped_lock lock(mutex_);
  paused_ = false;
  std::vector<Entries::value_type*> absolved;
  for (const auto& [time, entry] : aside_) {
    if (absolve(entry->second)) absolved.push_back(entry);
  }
  for (Entries::value_type* const entry : absolved) {
    take_back(*entry);
    enter(*entry, Lane::kRetry);
  }
  for (Entries::value_type* const entry : running_) {
    Entry& in_hand = entry->second;
    if (in_hand.not_before && absolve(in_hand))
      in_hand.again = in_hand.again.value_or(Lane::kRetry);
  }
  changed_.notify_all();
}

// Takes failures back that were the server's. False: the latest was not.
bool WorkQueue::absolve(Entry& entry) {
  if (entry.failures == 0 || entry.blame != Blame::kServer) return false;
  entry.failures = 0;
  return true;
}

std::size_t WorkQueue::ready() const {
  const std::scoped_lock lock(mutex_);
  std::size_t sum = 0;
  for (const auto& lane : lanes_) sum += lane.size();
  return sum;
}

std::size_t WorkQueue::delayed() const {
  const std::scoped_lock lock(mutex_);
  return aside_.size();
}

int WorkQueue::failures(const api::ObjectKey& key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? 0 : found->second.failures;
}

std::chrono::nanoseconds WorkQueue::longest_running() const {
  const std::scoped_lock lock(mutex_);
  const base::SteadyTime now = clock_.now();
  std::chrono::nanoseconds longest{0};
  for (const Entries::value_type* const entry : running_)
    longest = std::max(longest, now - entry->second.since);
  return longest;
}

void WorkQueue::refresh_metrics() {
  const std::scoped_lock lock(mutex_);
  const base::SteadyTime now = clock_.now();
  std::chrono::duration<double> sum{0};
  std::chrono::duration<double> longest{0};
  for (const Entries::value_type* const entry : running_) {
    const std::chrono::duration<double> age = now - entry->second.since;
    sum += age;
    longest = std::max(longest, age);
  }
  series_.unfinished_work.set(sum.count());
  series_.longest_running.set(longest.count());
  for (std::size_t lane = 0; lane < kLanes; ++lane)
    series_.depth[lane].set(static_cast<double>(lanes_[lane].size()));
}

void WorkQueue::enter(Entries::value_type& entry, Lane lane) {
  const std::optional<Lane> current = entry.second.lane;
  if (current && *current <= lane) return;
  if (current) {
    leave_lane(entry.second, *current);
  } else {
    entry.second.since = clock_.now();
  }
  entry.second.lane = lane;
  entry.second.ticket = next_ticket_++;
  lanes_[static_cast<std::size_t>(lane)].emplace(entry.second.ticket, &entry);
  changed_.notify_one();
}

// Now, or when the server wants to be asked again.
void WorkQueue::want(Entries::value_type& entry, Lane lane) {
  take_back(entry);
  if (entry.second.closed_until > clock_.now()) {
    put_aside(entry, entry.second.closed_until);
  } else {
    enter(entry, lane);
  }
}

void WorkQueue::leave_lane(Entry& entry, Lane lane) {
  lanes_[static_cast<std::size_t>(lane)].erase(entry.ticket);
  entry.lane.reset();
}

void WorkQueue::put_aside(Entries::value_type& entry, base::SteadyTime time) {
  entry.second.not_before = time;
  aside_.emplace(time, &entry);
  changed_.notify_one();
}

void WorkQueue::take_back(Entries::value_type& entry) {
  if (!entry.second.not_before) return;
  aside_.erase({*entry.second.not_before, &entry});
  entry.second.not_before.reset();
}

void WorkQueue::delay_until(const api::ObjectKey& key, base::SteadyTime time) {
  Entries::value_type& entry = *entries_.try_emplace(key).first;
  if (entry.second.lane) return;  // comes sooner
  const base::SteadyTime earlier =
      std::max(std::min(time, entry.second.not_before.value_or(time)), entry.second.closed_until);
  if (entry.second.running) {
    entry.second.not_before = earlier;
    return;
  }
  take_back(entry);
  put_aside(entry, earlier);
}

void WorkQueue::release_due() {
  const base::SteadyTime now = clock_.now();
  while (!aside_.empty() && aside_.begin()->first <= now) {
    Entries::value_type& entry = *aside_.begin()->second;
    take_back(entry);
    enter(entry, Lane::kRetry);
  }
}

std::optional<std::size_t> WorkQueue::next_lane() const {
  const base::SteadyTime now = clock_.now();
  std::optional<std::size_t> highest;
  std::optional<std::size_t> lowest;
  std::optional<std::size_t> starving;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    if (lanes_[lane].empty()) continue;
    if (!highest) highest = lane;
    lowest = lane;
    const base::SteadyTime since = lanes_[lane].begin()->second->second.since;
    if (!starving && lane > *highest && now - since > kStarving) starving = lane;
  }
  if (picks_ % kPicksPerLowPick == kPicksPerLowPick - 1) return lowest;
  return starving ? starving : highest;
}

std::optional<api::ObjectKey> WorkQueue::take_ready() {
  const auto lane = next_lane();
  if (!lane || paused_) return std::nullopt;
  ++picks_;
  Entries::value_type& entry = *lanes_[*lane].begin()->second;
  leave_lane(entry.second, static_cast<Lane>(*lane));
  const base::SteadyTime now = clock_.now();
  series_.queue_duration.observe(now - entry.second.since);
  entry.second.since = now;
  entry.second.running = true;
  running_.insert(&entry);
  return entry.first;
}

base::SteadyTime WorkQueue::next_due() const {
  return aside_.empty() || paused_ ? clock_.now() + 1h : aside_.begin()->first;
}

}  // namespace runtime
