#pragma once

// The HTTP seam: everything that this process says to the API server goes through it. Production
// uses kube::CpprestTransport; unit tests script support::ScriptedTransport. Only standard types
// here, so that no HTTP library leaks into the rest of the house.

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kube {

enum class Method { kGet, kPost, kPatch, kPut, kDelete };

// The method's name on the wire: "GET".
std::string_view to_string(Method method);

// What becomes of a request while the API server is known to be down (kube::CircuitBreaker): it
// fails at once, or it waits until the server is back or the stop token is used.
enum class WhenDown { kFail, kWait };

struct Request {
  Method method = Method::kGet;
  // Absolute path, already percent-encoded where a segment needs it (Kubernetes names never do).
  std::string path;
  // Raw names and values; the transport encodes them.
  std::vector<std::pair<std::string, std::string>> query;
  std::string accept = "application/json";
  // Empty without a body.
  std::string content_type;
  std::string body;
  // send(): the total deadline, from the call to the last byte of the answer.
  // stream(): the deadline for the headers, and the longest silence until the first block.
  std::chrono::milliseconds timeout{10'000};
  // The deadline begins after such a wait.
  WhenDown when_down = WhenDown::kFail;
  // Asked as the last step before the request goes out, on whatever thread sends it; it must not
  // block. False: it does not go out, and the fault is kCancelled. Empty: it may always.
  std::function<bool()> may_send;
};

struct Response {
  int status = 0;
  std::string body;
  // The header Retry-After in its integer form (RFC 9110, 10.2.3); kube-apiserver sends no other.
  std::optional<std::chrono::seconds> retry_after;
};

// Why no complete answer came. `kCancelled`: the stop token was used. `kWrite` says that the
// request was not sent completely, so that the server cannot have acted on it. `kCircuitOpen`: it
// was not sent at all, since the server is known to be down.
enum class Fault {
  kConnect,
  kTls,
  kWrite,
  kTimeout,
  kReset,
  kTooLarge,
  kProtocol,
  kCredentials,
  kCancelled,
  kCircuitOpen
};

std::string_view to_string(Fault fault);

// No answer: a network, TLS or time-out failure. what() names the server and the cause, never a
// header or a body.
class TransportError : public std::runtime_error {
 public:
  TransportError(Fault fault, const std::string& what) : std::runtime_error(what), fault_(fault) {}
  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

// Called with an empty block when the answer begins (what it returns then does not count) and with
// each block of the streamed body, on the thread that called stream(). The view is valid during the
// call only. Returns the longest silence that is taken for life from now on: a watch's initial
// events come in one go, later events may be a minute apart.
using OnBytes = std::function<std::chrono::milliseconds(std::string_view)>;

// Thread safety: all methods may be called from any thread, at the same time.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  // Sends one request and waits for the whole answer, whatever its status. Throws TransportError.
  virtual Response send(const Request& request, const std::stop_token& stop) = 0;

  // Sends one request and hands the body to `on_bytes` as it arrives if the status is 200; returns
  // when the server has ended the stream. With any other status the (bounded) body is in the answer
  // and `on_bytes` is not called. Throws TransportError; an exception of `on_bytes` ends the stream
  // and is passed on.
  virtual Response stream(const Request& request, const OnBytes& on_bytes,
                          const std::stop_token& stop) = 0;
};

}  // namespace kube
