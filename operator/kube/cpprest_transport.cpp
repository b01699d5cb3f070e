#include "kube/cpprest_transport.h"

#include <utility>

#include "kube/cpprest_io.h"
#include "kube/exchange.h"
#include "kube/in_flight.h"
#include "kube/text.h"
#include "kube/wipe.h"

namespace kube {
namespace {

// More than one write can find a connection that the server closed while it was idle: one for each
// in the pool.
constexpr int kMaxResends = 5;
// How long a caller waits for the I/O thread after a cancel. What is not done by then goes on
// without it.
constexpr std::chrono::milliseconds kCancelGrace{500};
constexpr int kOk = 200;
constexpr int kUnauthorized = 401;

using Wake = Exchange::Wake;

std::string request_target(const Request& request) {
  std::string target = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    target += separator;
    append_percent_encoded(target, name);
    target += '=';
    append_percent_encoded(target, value);
    separator = '&';
  }
  return target;
}

WireRequest wire_request(const Request& request, std::shared_ptr<const Credentials> credentials,
                         base::SteadyTime deadline) {
  WireRequest wire;
  wire.method = to_string(request.method);
  wire.target = request_target(request);
  wire.accept = request.accept;
  wire.content_type = request.content_type;
  wire.body = request.body;
  wire.credentials = std::move(credentials);
  wire.send_before = deadline;
  wire.may_send = request.may_send;
  return wire;
}

// Gives the place back on every way out.
class Place {
 public:
  explicit Place(InFlight& in_flight) : in_flight_(in_flight) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { in_flight_.release(); }

 private:
  InFlight& in_flight_;
};

}  // namespace

class CpprestTransport::Impl {
 public:
  Impl(const ClientConfig& config, CredentialSource& credentials, const base::Clock& clock,
       std::string user_agent, TransportLimits limits)
      : server_name_(config.host + ":" + std::to_string(config.port)),
        credentials_(credentials),
        clock_(clock),
        limits_(limits),
        in_flight_(limits.max_in_flight),
        io_(config, clock, std::move(user_agent)) {}

  Response send(const Request& request, const std::stop_token& stop);
  Response stream(const Request& request, const OnBytes& on_bytes, const std::stop_token& stop);
  bool alive(std::chrono::seconds limit) const { return io_.alive(limit); }

 private:
  // One attempt as the asking thread sees it; given up unless it came to its end.
  class Call;

  template <typename Try>
  Response with_retries(const std::stop_token& stop, const Try& attempt);
  [[noreturn]] void fail(const Failure& failure) const;
  [[noreturn]] void fail(Wake wake, const std::string& what) const;
  Response finish(Call& call, base::SteadyTime deadline, const std::stop_token& stop) const;
  Response error_body(Call& call, base::SteadyTime deadline, const std::stop_token& stop) const;
  void pump(Call& call, std::chrono::milliseconds silence, const OnBytes& on_bytes,
            const std::stop_token& stop) const;

  const std::string server_name_;
  CredentialSource& credentials_;
  const base::Clock& clock_;
  const TransportLimits limits_;
  InFlight in_flight_;
  const CpprestIo io_;
};

class CpprestTransport::Impl::Call {
 public:
  Call(const CpprestIo& io, const base::Clock& clock, Exchange::Mode mode, std::size_t limit,
       WireRequest request)
      : clock_(clock), exchange_(std::make_shared<Exchange>(mode, limit)) {
    request.mode = mode;
    attempt_ = io.start(std::move(request), exchange_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    if (ended_) return;
    CpprestIo::cancel(attempt_);
    // The connection is closed when this returns, unless the I/O thread is held up.
    exchange_->wait_end(clock_.now() + kCancelGrace, {});
  }

  Wake wait_headers(base::SteadyTime deadline, const std::stop_token& stop) {
    return exchange_->wait_headers(deadline, stop);
  }
  Wake wait_end(base::SteadyTime deadline, const std::stop_token& stop) {
    const Wake wake = exchange_->wait_end(deadline, stop);
    ended_ = wake == Wake::kReady;
    return wake;
  }
  Wake wait_block(std::string& block, base::SteadyTime deadline, const std::stop_token& stop) {
    const Wake wake = exchange_->wait_block(block, deadline, stop);
    ended_ = wake == Wake::kReady && block.empty();
    if (exchange_->take_stall()) CpprestIo::resume(attempt_);
    return wake;
  }
  Exchange& exchange() { return *exchange_; }

 private:
  const base::Clock& clock_;
  const std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<CpprestIo::Attempt> attempt_;
  bool ended_ = false;
};

void CpprestTransport::Impl::fail(const Failure& failure) const {
  throw TransportError(failure.fault, "API server " + server_name_ + ": " + failure.cause);
}

void CpprestTransport::Impl::fail(Wake wake, const std::string& what) const {
  if (wake == Wake::kStopped) fail({Fault::kCancelled, "stopped while waiting for " + what});
  fail({Fault::kTimeout, "no " + what + " in time"});
}

// `attempt` is called with the current credentials until it gives an answer that is not worth
// another try.
template <typename Try>
Response CpprestTransport::Impl::with_retries(const std::stop_token& stop, const Try& attempt) {
  bool renewed = false;
  for (int resends = 0;;) {
    const auto credentials = credentials_.current(stop);
    if (stop.stop_requested()) fail({Fault::kCancelled, "stopped before the request was sent"});
    try {
      Response response = attempt(credentials);
      if (response.status != kUnauthorized || std::exchange(renewed, true)) return response;
      if (credentials_.invalidate(credentials->generation) == Renewal::kPointless) return response;
    } catch (const TransportError& error) {
      // The certificates may have been renewed under us.
      if (error.fault() == Fault::kTls) credentials_.invalidate(credentials->generation);
      if (error.fault() != Fault::kWrite || ++resends > kMaxResends) throw;
    }
  }
}

Response CpprestTransport::Impl::send(const Request& request, const std::stop_token& stop) {
  const auto deadline = clock_.now() + request.timeout;
  if (!in_flight_.acquire(deadline, stop)) {
    fail(stop.stop_requested() ? Wake::kStopped : Wake::kTimeout,
         "place among the requests under way");
  }
  const Place place(in_flight_);
  return with_retries(stop, [&](const auto& credentials) {
    Call call(io_, clock_, Exchange::Mode::kWhole, limits_.max_response_bytes,
              wire_request(request, credentials, deadline));
    return finish(call, deadline, stop);
  });
}

Response CpprestTransport::Impl::finish(Call& call, base::SteadyTime deadline,
                                        const std::stop_token& stop) const {
  const Wake wake = call.wait_end(deadline, stop);
  if (wake != Wake::kReady) fail(wake, "complete answer");
  if (const auto failure = call.exchange().failure()) fail(*failure);
  return call.exchange().take_response();
}

Response CpprestTransport::Impl::stream(const Request& request, const OnBytes& on_bytes,
                                        const std::stop_token& stop) {
  const auto deadline = clock_.now() + request.timeout;
  return with_retries(stop, [&](const auto& credentials) {
    Call call(io_, clock_, Exchange::Mode::kStream, 0,
              wire_request(request, credentials, deadline));
    const Wake wake = call.wait_headers(deadline, stop);
    if (wake != Wake::kReady) fail(wake, "answer");
    const int status = call.exchange().status();
    if (status != kOk) return error_body(call, clock_.now() + request.timeout, stop);
    on_bytes({});
    pump(call, request.timeout, on_bytes, stop);
    return Response{status, {}, {}};
  });
}

// The rest of an answer that is not 200, or why there was none.
Response CpprestTransport::Impl::error_body(Call& call, base::SteadyTime deadline,
                                            const std::stop_token& stop) const {
  std::string body;
  std::string block;
  while (true) {
    const Wake wake = call.wait_block(block, deadline, stop);
    if (wake != Wake::kReady) fail(wake, "complete answer");
    if (block.empty()) break;
    body += block;
    if (body.size() > limits_.max_error_bytes)
      fail({Fault::kTooLarge, "the answer is larger than allowed"});
  }
  if (const auto failure = call.exchange().failure()) fail(*failure);
  Response response = call.exchange().take_response();
  response.body = std::move(body);
  return response;
}

void CpprestTransport::Impl::pump(Call& call, std::chrono::milliseconds silence,
                                  const OnBytes& on_bytes, const std::stop_token& stop) const {
  WipedText block;
  while (true) {
    const Wake wake = call.wait_block(block.text, clock_.now() + silence, stop);
    if (wake != Wake::kReady) fail(wake, "further data");
    if (block.text.empty()) break;
    silence = on_bytes(block.text);
  }
  if (const auto failure = call.exchange().failure()) fail(*failure);
}

CpprestTransport::CpprestTransport(const ClientConfig& config, CredentialSource& credentials,
                                   const base::Clock& clock, std::string user_agent,
                                   TransportLimits limits)
    : impl_(std::make_unique<Impl>(config, credentials, clock, std::move(user_agent), limits)) {}

CpprestTransport::~CpprestTransport() = default;

Response CpprestTransport::send(const Request& request, const std::stop_token& stop) {
  return impl_->send(request, stop);
}

Response CpprestTransport::stream(const Request& request, const OnBytes& on_bytes,
                                  const std::stop_token& stop) {
  return impl_->stream(request, on_bytes, stop);
}

bool CpprestTransport::io_thread_alive(std::chrono::seconds limit) const {
  return impl_->alive(limit);
}

}  // namespace kube
