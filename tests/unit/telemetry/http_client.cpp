#include "unit/telemetry/http_client.h"

#include <cstring>
#include <stdexcept>
#include <utility>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace telemetry {
namespace {

constexpr int kPatienceMilliseconds = 30'000;

int connect_to(const char* host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host, std::to_string(port).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("bad address");
  }
  const int handle = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = handle >= 0 && connect(handle, found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  if (connected) return handle;
  const std::string why = std::strerror(errno);
  if (handle >= 0) close(handle);
  throw std::runtime_error("cannot connect: " + why);
}

std::size_t content_length(const std::string& head) {
  constexpr std::string_view kField = "\r\nContent-Length: ";
  const std::size_t field = head.find(kField);
  return field == std::string::npos ? 0 : std::stoul(head.substr(field + kField.size()));
}

}  // namespace

HttpClient::HttpClient(std::uint16_t port, const char* host) : socket_(connect_to(host, port)) {}

HttpClient::HttpClient(HttpClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

HttpClient::~HttpClient() {
  if (socket_ >= 0) close(socket_);
}

bool HttpClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void HttpClient::end_sending() const { shutdown(socket_, SHUT_WR); }

std::string HttpClient::read_response() const {
  const std::string head = read_head();
  std::string response = head;
  const std::size_t total = head.size() + content_length(head);
  while (response.size() < total) {
    const std::string more = read_some(total - response.size());
    if (more.empty()) return {};
    response += more;
  }
  return response;
}

std::string HttpClient::read_head() const { return read_until("\r\n\r\n"); }

std::string HttpClient::read_to_end() const {
  std::string all;
  for (std::string more = read_some(65536); !more.empty(); more = read_some(65536)) all += more;
  return all;
}

bool HttpClient::is_readable_within(int milliseconds) const {
  pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
  return poll(&wait, 1, milliseconds) > 0;
}

std::string HttpClient::read_until(std::string_view end) const {
  std::string text;
  while (!text.ends_with(end)) {
    const std::string next = read_some(1);  // not a byte of the response behind it
    if (next.empty()) return {};
    text += next;
  }
  return text;
}

std::string HttpClient::read_some(std::size_t at_most) const {
  if (!is_readable_within(kPatienceMilliseconds)) throw std::runtime_error("the server is silent");
  std::string bytes(at_most, '\0');
  const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

std::string get(std::uint16_t port, const std::string& target) {
  const HttpClient client(port);
  client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return client.read_to_end();
}

}  // namespace telemetry
