#pragma once

// The hand-over of one HTTP exchange between the thread that asked and the I/O thread.
//
// The I/O thread never waits here: it leaves the headers, the bytes and the end. The asking thread
// waits, with a deadline and a stop token. Neither needs the other to be alive: both hold a
// shared_ptr.
//
// A streamed body is bounded: bytes() says kFull once kStreamBuffer bytes wait to be taken, and the
// I/O thread reads on when take_stall() has told the asking thread to let it.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "kube/http_transport.h"

namespace kube {

// Why an attempt ended without a complete answer.
struct Failure {
  Fault fault;
  // Names the cause, not the server.
  std::string cause;
};

class Exchange {
 public:
  enum class Mode { kWhole, kStream };
  enum class Room { kMore, kFull, kTooLarge };
  enum class Wake { kReady, kTimeout, kStopped };

  static constexpr std::size_t kStreamBuffer = std::size_t{256} << 10U;

  // `limit`: the most bytes of a whole body.
  Exchange(Mode mode, std::size_t limit) : mode_(mode), limit_(limit) {}

  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  // I/O thread.
  void headers(int status, std::optional<std::chrono::seconds> retry_after);
  Room bytes(std::string_view block);
  // The first end counts. No failure: the body is complete.
  void end(std::optional<Failure> failure);

  // Asking thread. Each waits until there is what it is named for, or the end.
  Wake wait_headers(base::SteadyTime deadline, const std::stop_token& stop);
  Wake wait_end(base::SteadyTime deadline, const std::stop_token& stop);
  // Overwrites `block` and swaps the waiting bytes into it; it is empty only at the end of
  // the stream.
  Wake wait_block(std::string& block, base::SteadyTime deadline, const std::stop_token& stop);
  // True once after each kFull.
  bool take_stall();
  // Valid after headers have come or the end.
  int status() const;
  std::optional<Failure> failure() const;
  // Valid after the end.
  Response take_response();

 private:
  template <typename Ready>
  Wake wait(std::unique_lock<std::mutex>& lock, base::SteadyTime deadline,
            const std::stop_token& stop, const Ready& ready);

  const Mode mode_;
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Response response_;
  bool stalled_ = false;
  bool ended_ = false;
  std::optional<Failure> failure_;
};

}  // namespace kube
