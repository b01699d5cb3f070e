#include "kube/cpprest_io.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <future>
#include <optional>
#include <utility>

#include <cpprest/http_client.h>
#include <netinet/tcp.h>
#include <pplx/threadpool.h>

#include "base/guarded.h"
#include "kube/cpprest_transport.h"
#include "kube/failure.h"
#include "kube/text.h"

namespace kube {
namespace {

namespace streams = concurrency::streams;
using web::http::client::http_client;
using web::http::client::http_client_config;

// The library's own timer. Ours ends every exchange long before; this one is for exchanges that
// were given up.
constexpr std::chrono::minutes kLibraryTimeout{60};
// Half-open connections are found by probes after 20 s of silence.
constexpr int kKeepAliveIdleSeconds = 20;
constexpr int kKeepAliveIntervalSeconds = 5;
constexpr int kKeepAliveProbes = 3;
constexpr int kUserTimeoutMilliseconds = 20'000;
// How long the destructor waits for an I/O thread that does not answer.
constexpr std::chrono::seconds kCloseBound{2};

template <typename Function>
void post_to_io_thread(Function&& function) {
  crossplat::threadpool::shared_instance().service().post(std::forward<Function>(function));
}

// A response's body, as the library wants to write it. Lives on the I/O thread.
class BodySink final : public streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit BodySink(std::shared_ptr<Exchange> exchange)
      : streambuf_state_manager(std::ios_base::out), exchange_(std::move(exchange)) {}

  // Lets the library read on after it was told to wait.
  void resume() {
    if (!waiting_) return;
    const Waiting waiting = *waiting_;
    waiting_.reset();
    waiting.event.set(waiting.size);
  }

  pplx::task<size_t> putn_nocopy(const std::uint8_t* data, size_t size) override {
    return _putn(data, size);
  }
  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(size_t, std::ios_base::openmode) override {}
  size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return traits::eof(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return traits::eof(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return traits::eof();
  }
  bool acquire(std::uint8_t*&, size_t&) override { return false; }
  void release(std::uint8_t*, size_t) override {}

 protected:
  pplx::task<size_t> _putn(const std::uint8_t* data, size_t size) override {
    const auto room = exchange_->bytes({reinterpret_cast<const char*>(data), size});
    if (room == Exchange::Room::kTooLarge) {
      exchange_->end(Failure{Fault::kTooLarge, "the answer is larger than allowed"});
      return pplx::task_from_exception<size_t>(std::length_error("answer too large"));
    }
    if (room == Exchange::Room::kMore) return pplx::task_from_result(size);
    const Waiting waiting{{}, size};
    waiting_ = waiting;
    return pplx::create_task(waiting.event);
  }
  pplx::task<size_t> _putn(const std::uint8_t* data, size_t size, bool) override {
    return _putn(data, size);
  }
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    return _putn(&byte, 1).then([byte](size_t) -> int_type { return byte; });
  }
  pplx::task<int_type> _bumpc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<int_type> _ungetc() override {
    return pplx::task_from_result<int_type>(traits::eof());
  }
  pplx::task<size_t> _getn(std::uint8_t*, size_t) override {
    return pplx::task_from_result<size_t>(0);
  }
  size_t _scopy(std::uint8_t*, size_t) override { return 0; }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(size_t) override { return nullptr; }
  void _commit(size_t) override {}

 private:
  struct Waiting {
    pplx::task_completion_event<size_t> event;
    size_t size;
  };
  const std::shared_ptr<Exchange> exchange_;
  std::optional<Waiting> waiting_;
};

Failure failure_of(const std::exception& error) {
  const auto* http = dynamic_cast<const web::http::http_exception*>(&error);
  return classify_failure(error.what(), http == nullptr ? 0 : http->error_code().value());
}

std::optional<std::chrono::seconds> retry_after(const web::http::http_response& response) {
  const auto& headers = response.headers();
  const auto header = headers.find("Retry-After");
  return header == headers.end() ? std::nullopt : parse_retry_after(header->second);
}

// Finds dead peers faster than any timer of ours. The library calls this before a new socket is
// open; opening it here is right for IPv4 addresses only, since a name may lead to IPv6.
void set_keep_alive(boost::asio::ip::tcp::socket& socket, bool is_ipv4_address) {
  boost::system::error_code error;
  if (!socket.is_open() && is_ipv4_address) error = socket.open(boost::asio::ip::tcp::v4(), error);
  if (!socket.is_open()) return;
  const int handle = socket.native_handle();
  const auto set = [handle](int level, int option, int value) {
    // Best effort: without it a dead peer is found by the deadlines.
    (void)setsockopt(handle, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMilliseconds);
}

// What stays the same for all requests.
struct Server {
  Scheme scheme;
  std::string url;
  bool host_is_ipv4;
  // Empty: the host is also the name in the certificate.
  std::string tls_server_name;
  std::string certificate_name;
  std::string user_agent;
};

Server make_server(const ClientConfig& config, std::string user_agent) {
  const std::string scheme = config.scheme == Scheme::kHttps ? "https://" : "http://";
  return {config.scheme,
          scheme + config.host + ":" + std::to_string(config.port) + config.base_path,
          is_ipv4(config.host),
          config.tls_server_name,
          config.tls_server_name.empty() ? config.host : config.tls_server_name,
          std::move(user_agent)};
}

http_client_config make_client_config(const Server& server,
                                      const std::shared_ptr<const TlsMaterial>& tls) {
  http_client_config config;
  config.set_timeout(kLibraryTimeout);
  config.set_max_redirects(0);
  const bool is_address = server.host_is_ipv4;
  if (server.scheme == Scheme::kHttp) {
    config.set_nativehandle_options([is_address](web::http::client::native_handle handle) {
      set_keep_alive(*static_cast<boost::asio::ip::tcp::socket*>(handle), is_address);
    });
    return config;
  }
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;
  config.set_nativehandle_options([is_address](web::http::client::native_handle handle) {
    set_keep_alive(static_cast<Stream*>(handle)->next_layer(), is_address);
  });
  // RFC 6066, 3: no addresses in server name indication.
  config.set_tlsext_sni_enabled(!is_ipv4(server.certificate_name));
  config.set_ssl_context_callback(
      [tls, name = server.certificate_name](boost::asio::ssl::context& context) {
        tls->apply(context.native_handle(), name);
      });
  return config;
}

}  // namespace

// The library's clients with their connections. I/O thread only.
class CpprestIo::Connections {
 public:
  explicit Connections(Server server) : server_(std::move(server)) {}

  const Server& server() const { return server_; }

  // Connections with former certificates are left to drain.
  http_client& client(Exchange::Mode mode, const std::shared_ptr<const TlsMaterial>& tls) {
    if (tls != tls_) drop();
    tls_ = tls;
    auto& client = mode == Exchange::Mode::kWhole ? requests_ : streams_;
    if (!client) client.emplace(web::uri(server_.url), make_client_config(server_, tls_));
    return *client;
  }

  void drop() {
    requests_.reset();
    streams_.reset();
  }

 private:
  const Server server_;
  std::shared_ptr<const TlsMaterial> tls_;
  std::optional<http_client> requests_;
  std::optional<http_client> streams_;
};

// Whether a task that was posted to the I/O thread has come round.
class CpprestIo::Heartbeat : public base::Guarded<std::optional<base::SteadyTime>> {};

// Everything but the constructor and the destructor: I/O thread only.
class CpprestIo::Attempt : public std::enable_shared_from_this<CpprestIo::Attempt> {
 public:
  Attempt(std::shared_ptr<Connections> connections, WireRequest request,
          std::shared_ptr<Exchange> exchange)
      : connections_(std::move(connections)),
        request_(std::move(request)),
        exchange_(std::move(exchange)) {}

  void start(const base::Clock& clock);
  void cancel() {
    if (cancellation_) cancellation_->cancel();
    resume();
  }
  void resume() {
    if (sink_) sink_->resume();
  }

 private:
  using ResponseTask = pplx::task<web::http::http_response>;

  web::http::http_request make_request();
  void on_headers(const ResponseTask& task);
  void on_end(const ResponseTask& task);
  void take_headers(const web::http::http_response& response);
  void finish(std::optional<Failure> failure);

  const std::shared_ptr<Connections> connections_;
  WireRequest request_;
  const std::shared_ptr<Exchange> exchange_;
  std::shared_ptr<BodySink> sink_;
  std::optional<pplx::cancellation_token_source> cancellation_;
};

// Every task that begins here ends in on_headers or on_end: one that fails unobserved kills the
// process.
void CpprestIo::Attempt::start(const base::Clock& clock) {
  if (clock.now() >= request_.send_before) {
    finish(Failure{Fault::kTimeout, "the deadline came before the request was sent"});
    return;
  }
  if (request_.may_send && !request_.may_send()) {
    finish(Failure{Fault::kCancelled, "the request was not allowed to go out"});
    return;
  }
  try {
    sink_ = std::make_shared<BodySink>(exchange_);
    const auto token = cancellation_.emplace().get_token();
    auto& client = connections_->client(request_.mode, request_.credentials->tls);
    client.request(make_request(), token)
        .then([self = shared_from_this()](const ResponseTask& task) { self->on_headers(task); });
  } catch (const std::exception& error) {
    finish(failure_of(error));
  }
}

web::http::http_request CpprestIo::Attempt::make_request() {
  const Server& server = connections_->server();
  web::http::http_request request{std::string(request_.method)};
  request.set_request_uri(web::uri(request_.target));
  auto& headers = request.headers();
  headers.add("Accept", request_.accept);
  headers.add("User-Agent", server.user_agent);
  const std::string& authorization = request_.credentials->authorization;
  if (!authorization.empty()) headers.add("Authorization", authorization);
  // The library verifies and indicates the name of this header.
  if (!server.tls_server_name.empty()) headers.add("Host", server.tls_server_name);
  if (!request_.body.empty()) request.set_body(std::move(request_.body), request_.content_type);
  request.set_response_stream(
      streams::streambuf<std::uint8_t>(
          std::shared_ptr<streams::details::basic_streambuf<std::uint8_t>>(sink_))
          .create_ostream());
  return request;
}

void CpprestIo::Attempt::on_headers(const ResponseTask& task) {
  try {
    const web::http::http_response response = task.get();
    take_headers(response);
    response.content_ready().then(
        [self = shared_from_this()](const ResponseTask& body) { self->on_end(body); });
  } catch (const std::exception& error) {
    finish(failure_of(error));
  }
}

void CpprestIo::Attempt::take_headers(const web::http::http_response& response) {
  const int status = response.status_code();
  if (status >= 200) {
    exchange_->headers(status, retry_after(response));
    return;
  }
  // The library takes an interim answer for the final one and would give the real one to the next
  // request.
  connections_->drop();
  exchange_->end(
      Failure{Fault::kProtocol, "an interim answer of status " + std::to_string(status)});
}

void CpprestIo::Attempt::on_end(const ResponseTask& task) {
  try {
    task.get();
    finish(std::nullopt);
  } catch (const std::exception& error) {
    finish(failure_of(error));
  }
}

// What belongs to the library is let go here, on its thread: the asking thread may be the last to
// hold this object.
void CpprestIo::Attempt::finish(std::optional<Failure> failure) {
  sink_.reset();
  cancellation_.reset();
  exchange_->end(std::move(failure));
}

CpprestIo::CpprestIo(const ClientConfig& config, const base::Clock& clock, std::string user_agent)
    : clock_(clock),
      connections_(std::make_shared<Connections>(make_server(config, std::move(user_agent)))),
      heartbeat_(std::make_shared<Heartbeat>()) {
  initialize_http_library();
}

CpprestIo::~CpprestIo() {
  const auto closed = std::make_shared<std::promise<void>>();
  auto done = closed->get_future();
  post_to_io_thread([connections = std::move(connections_), closed] {
    connections->drop();
    closed->set_value();
  });
  done.wait_for(kCloseBound);
}

std::shared_ptr<CpprestIo::Attempt> CpprestIo::start(WireRequest request,
                                                     std::shared_ptr<Exchange> exchange) const {
  auto attempt = std::make_shared<Attempt>(connections_, std::move(request), std::move(exchange));
  post_to_io_thread([attempt, &clock = clock_] { attempt->start(clock); });
  return attempt;
}

void CpprestIo::cancel(const std::shared_ptr<Attempt>& attempt) {
  post_to_io_thread([attempt] { attempt->cancel(); });
}

void CpprestIo::resume(const std::shared_ptr<Attempt>& attempt) {
  post_to_io_thread([attempt] { attempt->resume(); });
}

bool CpprestIo::alive(std::chrono::seconds limit) const {
  const auto now = clock_.now();
  const auto pending =
      heartbeat_->with([now](auto& since) { return since ? since : std::exchange(since, now); });
  if (pending) return now - *pending < limit;
  post_to_io_thread(
      [heartbeat = heartbeat_] { heartbeat->with([](auto& since) { since.reset(); }); });
  return true;
}

void initialize_http_library() {
  static const bool initialized = [] {
    setenv("SSL_CERT_FILE", "/dev/null", 1);
    crossplat::threadpool::initialize_with_threads(1);
    return true;
  }();
  (void)initialized;
}

}  // namespace kube
