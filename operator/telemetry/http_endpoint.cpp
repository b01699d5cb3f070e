#include "telemetry/http_endpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <pthread.h>

#include "telemetry/http_session.h"

namespace telemetry {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

// Out of file descriptors: the next attempt waits until some may have been closed.
constexpr std::chrono::milliseconds kAcceptPause{100};

[[noreturn]] void fail(const std::string& address, const std::string& why) {
  throw std::runtime_error("cannot listen on \"" + address + "\": " + why);
}

struct HostPort {
  std::string host;  // empty: all addresses
  std::uint16_t port = 0;
};

HostPort split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) fail(address, "expected HOST:PORT, :PORT or [IPV6]:PORT");
  HostPort result{.host = address.substr(0, colon)};
  const char* end = address.data() + address.size();
  const auto [stop, error] = std::from_chars(address.data() + colon + 1, end, result.port);
  if (error != std::errc{} || stop != end)
    fail(address, "the port must be a number from 0 to 65535");
  if (result.host.starts_with('[') && result.host.ends_with(']')) {
    result.host = result.host.substr(1, result.host.size() - 2);
  }
  return result;
}

tcp::endpoint resolve(asio::io_context& io, const std::string& address, const HostPort& parts) {
  Error error;
  const auto found = tcp::resolver(io).resolve(parts.host, std::to_string(parts.port),
                                               tcp::resolver::passive, error);
  if (error || found.empty()) fail(address, error.message());
  return found.begin()->endpoint();
}

// Nothing when this machine has no such address family.
std::optional<tcp::acceptor> open(asio::io_context& io, const std::string& address,
                                  const tcp::endpoint& endpoint) {
  try {
    tcp::acceptor acceptor(io, endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    if (endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
      acceptor.set_option(asio::ip::v6_only(false));
    }
    acceptor.bind(endpoint);
    acceptor.listen();
    return acceptor;
  } catch (const boost::system::system_error& error) {
    const bool has_family = error.code() != asio::error::address_family_not_supported &&
                            error.code() != boost::system::errc::address_not_available;
    if (has_family) fail(address, error.code().message());
    return std::nullopt;
  }
}

tcp::acceptor listen(asio::io_context& io, const std::string& address) {
  const HostPort parts = split(address);
  if (!parts.host.empty()) {
    auto acceptor = open(io, address, resolve(io, address, parts));
    if (!acceptor) fail(address, "this machine has no such address");
    return std::move(*acceptor);
  }
  // One socket for both families; machines without IPv6 take IPv4 alone.
  if (auto both = open(io, address, tcp::endpoint(tcp::v6(), parts.port))) return std::move(*both);
  auto acceptor = open(io, address, tcp::endpoint(tcp::v4(), parts.port));
  if (!acceptor) fail(address, "this machine has neither IPv6 nor IPv4");
  return std::move(*acceptor);
}

}  // namespace

class HttpEndpoint::Server {
 public:
  Server(const std::string& address, HttpSite site)
      : site_(std::move(site)),
        acceptor_(listen(io_, address)),
        port_(acceptor_.local_endpoint().port()),
        pause_(io_) {
    accept();
    thread_ = std::jthread([this] {
      pthread_setname_np(pthread_self(), "http");
      io_.run();
    });
  }

  ~Server() { io_.stop(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void accept() {
    acceptor_.async_accept(
        [this](const Error& error, tcp::socket socket) { on_accept(error, std::move(socket)); });
  }

  void on_accept(const Error& error, tcp::socket socket) {
    if (error) return accept_later(error);
    if (make_room()) {
      const auto session = std::make_shared<HttpSession>(std::move(socket), site_);
      sessions_.push_back(session);
      session->start();
    }
    accept();
  }

  void accept_later(const Error& error) {
    site_.log.warn("cannot accept HTTP connections", {{"error", error.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const Error&) { accept(); });
  }

  // With all connections taken the oldest that waits for its client makes place, so that idle or
  // slow clients cannot keep a probe out. False: every one is being answered.
  bool make_room() {
    std::erase_if(sessions_, [](const auto& session) { return session.expired(); });
    if (sessions_.size() < site_.limits.connections) return true;
    for (auto entry = sessions_.begin(); entry != sessions_.end(); ++entry) {
      const auto session = entry->lock();
      if (!session->is_waiting()) continue;
      session->close();
      sessions_.erase(entry);
      return true;
    }
    return false;
  }

  // Constant after construction.
  const HttpSite site_;

  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  asio::steady_timer pause_;
  std::vector<std::weak_ptr<HttpSession>> sessions_;  // oldest first
  std::jthread thread_;  // last: joined before anything that it uses goes
};

HttpEndpoint::HttpEndpoint(const std::string& address, std::map<std::string, HttpHandler> handlers,
                           HttpLimits limits, Log log)
    : server_(std::make_unique<Server>(address,
                                       HttpSite{std::move(handlers), limits, std::move(log)})) {}

HttpEndpoint::~HttpEndpoint() = default;

std::uint16_t HttpEndpoint::port() const { return server_->port(); }

}  // namespace telemetry
