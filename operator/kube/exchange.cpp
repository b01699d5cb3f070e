#include "kube/exchange.h"

#include <utility>

#include "kube/wipe.h"

namespace kube {

Exchange::~Exchange() { wipe(response_.body); }

void Exchange::headers(int status, std::optional<std::chrono::seconds> retry_after) {
  const std::scoped_lock lock(mutex_);
  response_.status = status;
  response_.retry_after = retry_after;
  if (mode_ == Mode::kStream) changed_.notify_all();
}

Exchange::Room Exchange::bytes(std::string_view block) {
  const std::scoped_lock lock(mutex_);
  // Nobody takes what comes after the end.
  if (ended_) return Room::kTooLarge;
  if (mode_ == Mode::kWhole && response_.body.size() + block.size() > limit_) {
    return Room::kTooLarge;
  }
  const bool was_empty = response_.body.empty();
  append_wiping(response_.body, block);
  if (mode_ == Mode::kWhole) return Room::kMore;
  if (was_empty) changed_.notify_all();
  stalled_ = response_.body.size() >= kStreamBuffer;
  return stalled_ ? Room::kFull : Room::kMore;
}

void Exchange::end(std::optional<Failure> failure) {
  const std::scoped_lock lock(mutex_);
  if (ended_) return;
  ended_ = true;
  failure_ = std::move(failure);
  changed_.notify_all();
}

template <typename Ready>
Exchange::Wake Exchange::wait(std::unique_lock<std::mutex>& lock, base::SteadyTime deadline,
                              const std::stop_token& stop, const Ready& ready) {
  if (changed_.wait_until(lock, stop, deadline, ready)) return Wake::kReady;
  return stop.stop_requested() ? Wake::kStopped : Wake::kTimeout;
}

Exchange::Wake Exchange::wait_headers(base::SteadyTime deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return wait(lock, deadline, stop, [this] { return response_.status != 0 || ended_; });
}

Exchange::Wake Exchange::wait_end(base::SteadyTime deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return wait(lock, deadline, stop, [this] { return ended_; });
}

Exchange::Wake Exchange::wait_block(std::string& block, base::SteadyTime deadline,
                                    const std::stop_token& stop) {
  wipe(block);
  std::unique_lock lock(mutex_);
  // A flood must not outrun a stop.
  if (stop.stop_requested()) return Wake::kStopped;
  const Wake wake =
      wait(lock, deadline, stop, [this] { return !response_.body.empty() || ended_; });
  if (wake == Wake::kReady) block.swap(response_.body);
  return wake;
}

bool Exchange::take_stall() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(stalled_, false);
}

int Exchange::status() const {
  const std::scoped_lock lock(mutex_);
  return response_.status;
}

std::optional<Failure> Exchange::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

Response Exchange::take_response() {
  const std::scoped_lock lock(mutex_);
  return std::move(response_);
}

}  // namespace kube
