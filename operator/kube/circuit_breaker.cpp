#include "kube/circuit_breaker.h"

#include <utility>

#include "kube/error.h"

namespace kube {
namespace {

constexpr int kNotReadyStatus = 500;  // of /readyz

enum class Evidence {
  kLife,
  kOutage,    // nobody answers there
  kNoAnswer,  // to this request
  kNone,
};

Evidence evidence_of(Fault fault) {
  switch (fault) {
    case Fault::kConnect:
    case Fault::kTls:
      return Evidence::kOutage;
    case Fault::kWrite:
    case Fault::kTimeout:
    case Fault::kReset:
    case Fault::kProtocol:
      return Evidence::kNoAnswer;
    case Fault::kTooLarge:
      return Evidence::kLife;
    case Fault::kCredentials:
    case Fault::kCancelled:
    case Fault::kCircuitOpen:
      return Evidence::kNone;
  }
  return Evidence::kNone;
}

}  // namespace

CircuitBreaker::CircuitBreaker(HttpTransport& inner, const base::Clock& clock, base::Random random,
                               const telemetry::Metrics::Circuit& series, telemetry::Log log,
                               CircuitBreakerOptions options)
    : inner_(inner),
      clock_(clock),
      random_(std::move(random)),
      series_(series),
      log_(std::move(log)),
      options_(options) {}

CircuitBreaker::State CircuitBreaker::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

Response CircuitBreaker::send(const Request& request, const std::stop_token& stop) {
  const Epoch epoch = admit(request, stop);
  try {
    Response response = inner_.send(request, stop);
    judge(request, response, epoch);
    return response;
  } catch (const TransportError& error) {
    judge(request, error, epoch);
    throw;
  }
}

Response CircuitBreaker::stream(const Request& request, const OnBytes& on_bytes,
                                const std::stop_token& stop) {
  const Epoch epoch = admit(request, stop);
  bool began = false;
  try {
    Response response = inner_.stream(
        request,
        [&](std::string_view block) {
          if (!std::exchange(began, true)) answered();
          return on_bytes(block);
        },
        stop);
    if (!began) judge(request, response, epoch);
    return response;
  } catch (const TransportError& error) {
    if (!began) judge(request, error, epoch);
    throw;
  }
}

CircuitBreaker::Epoch CircuitBreaker::admit(const Request& request, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto closed = [this] { return state_ == State::kClosed; };
  const bool patient = request.when_down == WhenDown::kWait;
  if (patient) changed_.wait(lock, stop, closed);
  if (closed()) return epoch_;
  if (patient) throw TransportError(Fault::kCancelled, "stopped while the API server was down");
  throw TransportError(Fault::kCircuitOpen, "not sent: the API server is down");
}

void CircuitBreaker::judge(const Request& request, const Response& response, Epoch epoch) {
  if (!tells_of_outage(response.status, response.retry_after)) return answered();
  failed(request.path, "the API server answered with status " + std::to_string(response.status),
         epoch);
}

void CircuitBreaker::judge(const Request& request, const TransportError& error, Epoch epoch) {
  const Evidence evidence = evidence_of(error.fault());
  if (evidence == Evidence::kLife) answered();
  if (evidence == Evidence::kOutage) failed("", error.what(), epoch);
  if (evidence == Evidence::kNoAnswer) failed(request.path, error.what(), epoch);
}

void CircuitBreaker::answered() {
  const std::scoped_lock lock(mutex_);
  row_ = 0;
  paths_.clear();
  probes_ = 0;
  if (state_ != State::kClosed) close();
}

void CircuitBreaker::failed(const std::string& path, const std::string& cause, Epoch epoch) {
  const std::scoped_lock lock(mutex_);
  if (state_ != State::kClosed || epoch != epoch_) return;
  if (!path.empty() && !paths_.insert(path).second) return;
  if (++row_ < options_.failures) return;
  outage_ = {cause, clock_.now(), std::stop_source()};
  set_state(State::kOpen);
}

void CircuitBreaker::set_state(State state) {
  const auto index = [](State which) { return static_cast<std::size_t>(which); };
  series_.state.at(index(state_)).set(0);
  state_ = state;
  series_.state.at(index(state_)).set(1);
  series_.transitions.at(index(state_)).increment();
  changed_.notify_all();
}

void CircuitBreaker::close() {
  ++epoch_;
  row_ = 0;
  paths_.clear();
  set_state(State::kClosed);
  outage_.over.request_stop();
}

void CircuitBreaker::run(const Listener& listener, const std::stop_token& stop) {
  while (const auto outage = wait_for_outage(stop)) {
    log_.warn("API server down: requests are held back", {{"error", outage->cause}});
    listener(Availability::kDown);
    probe_until_over(*outage, stop);
    if (stop.stop_requested()) return;
    listener(Availability::kUp);
    const std::chrono::duration<double> length = clock_.now() - outage->since;
    log_.info("API server answers again", {{"downSeconds", length.count()}});
  }
}

std::optional<CircuitBreaker::Outage> CircuitBreaker::wait_for_outage(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [this] { return state_ != State::kClosed; })) return std::nullopt;
  return outage_;
}

void CircuitBreaker::probe_until_over(const Outage& outage, const std::stop_token& stop) {
  std::stop_source woken;  // by either
  const std::stop_callback on_stop(stop, [&woken] { woken.request_stop(); });
  const std::stop_callback on_over(outage.over.get_token(), [&woken] { woken.request_stop(); });
  bool unready = false;
  base::SteadyTime unready_since;
  while (clock_.sleep_for(next_delay(), woken.get_token())) {
    const Finding finding = probe(woken.get_token());
    const base::SteadyTime now = clock_.now();
    if (finding == Finding::kNotReady && !unready) unready_since = now;
    unready = finding == Finding::kNotReady;
    const bool enough = unready && now - unready_since >= options_.unready_patience;
    const std::scoped_lock lock(mutex_);
    if (state_ == State::kClosed) return;
    if (finding == Finding::kAlive || enough) return close();
    set_state(State::kOpen);
  }
}

std::chrono::nanoseconds CircuitBreaker::next_delay() {
  const std::scoped_lock lock(mutex_);
  return options_.backoff.delay(probes_++, random_());
}

CircuitBreaker::Finding CircuitBreaker::probe(const std::stop_token& stop) {
  {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::kOpen) set_state(State::kHalfOpen);
  }
  Request request;
  request.path = "/readyz";
  request.accept = "*/*";
  request.timeout = options_.probe_timeout;
  try {
    const Response response = inner_.send(request, stop);
    if (tells_of_outage(response.status, response.retry_after)) return Finding::kDown;
    return response.status == kNotReadyStatus ? Finding::kNotReady : Finding::kAlive;
  } catch (const TransportError& error) {
    log_.debug("probe failed", {{"error", error.what()}});
    if (error.fault() == Fault::kCancelled) return Finding::kDown;
    // What keeps the probe at home is not the server's fault, and requests tell it better.
    const Evidence evidence = evidence_of(error.fault());
    const bool down = evidence == Evidence::kOutage || evidence == Evidence::kNoAnswer;
    return down ? Finding::kDown : Finding::kAlive;
  }
}

}  // namespace kube
