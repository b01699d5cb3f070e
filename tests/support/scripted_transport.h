#pragma once

// An HttpTransport without a network: the test scripts what the API server says, the transport
// records what it was asked.
//
//   support::ScriptedTransport server;
//   server.on(kube::Method::kGet, "/api/v1/pods").answer(200, list).fault(kube::Fault::kReset);
//   server.on(kube::Method::kGet, "/api/v1/pods").with_query("watch",
//   "true").stream({"{...}\n"}).block();
//
// A request takes the next step of the first rule that fits it and has one left; rules are tried in
// the order in which they were written. A request that no rule answers throws std::logic_error,
// which names it: the script is wrong.
//
// Thread safety: all methods may be called from any thread, at the same time. A Rule is used by the
// thread that scripts.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "kube/http_transport.h"

namespace support {

// What one request gets, in this order: `before` is called, the blocks are handed over, then the
// end comes.
struct Step {
  enum class End { kAnswer, kFault, kBlock };

  // Runs on the requesting thread as soon as the step is taken; for moving a clock or for waiting
  // on the test.
  std::function<void()> before;
  kube::Response response{200, {}, {}};
  // Only for stream().
  std::vector<std::string> blocks;
  End end = End::kAnswer;
  kube::Fault fault = kube::Fault::kReset;
};

class ScriptedTransport final : public kube::HttpTransport {
 public:
  class Rule;

  // A new rule for this method and exact path.
  Rule on(kube::Method method, std::string path);

  kube::Response send(const kube::Request& request, const std::stop_token& stop) override;
  kube::Response stream(const kube::Request& request, const kube::OnBytes& on_bytes,
                        const std::stop_token& stop) override;

  // Every request so far, in the order in which they came, unanswered ones too.
  std::vector<kube::Request> requests() const;
  // What on_bytes returned for the blocks, over all streams, in order.
  std::vector<std::chrono::milliseconds> silences() const;
  // Waits until `count` requests have come. False: not within `bound`.
  bool wait_for_requests(std::size_t count,
                         std::chrono::seconds bound = std::chrono::seconds(30)) const;
  // The scripted steps that no request has taken yet.
  std::size_t steps_left() const;

 private:
  struct Script {
    kube::Method method;
    std::string path;
    std::vector<std::pair<std::string, std::string>> query;
    std::deque<Step> steps;
  };

  Step take(const kube::Request& request);
  // Returns the end of the step as an answer or throws it as a TransportError.
  kube::Response finish(const Step& step, const kube::Request& request,
                        const std::stop_token& stop);

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::vector<std::unique_ptr<Script>> scripts_;
  std::vector<kube::Request> requests_;
  std::vector<std::chrono::milliseconds> silences_;
};

// A handle for writing one rule's steps; each call adds to its end and returns the handle.
class ScriptedTransport::Rule {
 public:
  // The rule fits only requests that have this name with this value.
  Rule& with_query(std::string name, std::string value);

  // One request gets this answer. For stream() the body of a 200 is handed over as one block.
  Rule& answer(int status, std::string body,
               std::optional<std::chrono::seconds> retry_after = std::nullopt);
  // One request fails.
  Rule& fault(kube::Fault fault);
  // One stream: a 200 with these blocks, then the end of the stream.
  Rule& stream(std::vector<std::string> blocks);
  // The latest step ends in this fault, after its blocks.
  Rule& then_fault(kube::Fault fault);
  // The latest step stays open after its blocks until the caller's stop token is used, then it is
  // kCancelled.
  Rule& then_block();
  // One request that stays unanswered until the caller's stop token is used.
  Rule& block();
  // Called when the latest step is taken.
  Rule& before(std::function<void()> hook);
  Rule& step(Step step);

 private:
  friend class ScriptedTransport;
  Rule(ScriptedTransport& transport, Script& script) : transport_(transport), script_(script) {}
  template <typename Change>
  Rule& change_last(const Change& change);

  ScriptedTransport& transport_;
  Script& script_;
};

}  // namespace support
