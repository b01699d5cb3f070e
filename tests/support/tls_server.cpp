#include "support/tls_server.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <csignal>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>

namespace support {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::seconds kBound{30};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

ReceivedRequest parse_head(std::string_view head) {
  ReceivedRequest request;
  const auto line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  head.remove_prefix(line_end + 2);
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const auto colon = head.find(':');
    const auto value = head.find_first_not_of(' ', colon + 1);
    request.headers[lower(std::string(head.substr(0, colon)))] = head.substr(value, end - value);
    head.remove_prefix(end + 2);
  }
  return request;
}

std::size_t content_length(const ReceivedRequest& request) {
  std::size_t length = 0;
  const auto header = request.headers.find("content-length");
  if (header == request.headers.end()) return 0;
  std::from_chars(header->second.data(), header->second.data() + header->second.size(), length);
  return length;
}

template <typename Read>
auto read_pem(const std::string& pem, const Read& read) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
  return read(bio.get());
}

void use_certificate(SSL_CTX* context, const Certificate& certificate) {
  X509* x = read_pem(certificate.certificate,
                     [](BIO* bio) { return PEM_read_bio_X509(bio, nullptr, nullptr, nullptr); });
  EVP_PKEY* key = read_pem(certificate.key, [](BIO* bio) {
    return PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  });
  const bool used =
      SSL_CTX_use_certificate(context, x) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
  X509_free(x);
  EVP_PKEY_free(key);
  if (!used) throw std::runtime_error("the server's certificate cannot be used");
}

void require_client_certificate(SSL_CTX* context, const std::string& authority) {
  X509* x = read_pem(authority,
                     [](BIO* bio) { return PEM_read_bio_X509(bio, nullptr, nullptr, nullptr); });
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), x);
  X509_free(x);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

SSL_CTX* make_context(const TlsServerOptions& options) {
  if (!options.certificate) return nullptr;
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_max_proto_version(context, options.max_tls_version);
  if (options.max_tls_version < TLS1_2_VERSION) {
    // Old versions need SHA-1 signatures, which security level 1 forbids.
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_security_level(context, 0);
  }
  use_certificate(context, *options.certificate);
  if (!options.client_authority.empty()) {
    require_client_certificate(context, options.client_authority);
  }
  return context;
}

}  // namespace

Connection::Connection(TlsServer& server, tcp::socket socket, int number)
    : server_(server), socket_(std::move(socket)), number_(number) {
  // Small writes go out at once.
  socket_.set_option(tcp::no_delay(true));
  server_.opened(socket_.native_handle());
}

Connection::~Connection() { close(); }

bool Connection::handshake(SSL_CTX* context) {
  if (context == nullptr) return true;
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), socket_.native_handle());
  broken_ = SSL_accept(ssl_.get()) != 1;
  ERR_clear_error();
  return !broken_;
}

std::string Connection::indicated_name() const {
  const char* name = ssl_ ? SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
  return name == nullptr ? std::string() : name;
}

std::string Connection::peer_subject() const {
  X509* certificate = ssl_ ? SSL_get0_peer_certificate(ssl_.get()) : nullptr;
  if (certificate == nullptr) return {};
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::size_t Connection::read_some(char* data, std::size_t size) {
  if (broken_) return 0;
  std::size_t count = 0;
  if (ssl_) {
    broken_ = SSL_read_ex(ssl_.get(), data, size, &count) != 1;
    ERR_clear_error();
  } else {
    const auto result = recv(socket_.native_handle(), data, size, 0);
    broken_ = result <= 0;
    count = broken_ ? 0 : static_cast<std::size_t>(result);
  }
  return count;
}

std::optional<ReceivedRequest> Connection::read_request() {
  std::array<char, 16384> block{};
  const auto read_more = [&] {
    unread_.append(block.data(), read_some(block.data(), block.size()));
    return !broken_;
  };
  auto head_end = unread_.find("\r\n\r\n");
  while (head_end == std::string::npos) {
    if (!read_more()) return std::nullopt;
    head_end = unread_.find("\r\n\r\n");
  }
  ReceivedRequest request = parse_head(std::string_view(unread_).substr(0, head_end + 2));
  request.connection = number_;
  unread_.erase(0, head_end + 4);
  const std::size_t length = content_length(request);
  while (unread_.size() < length) {
    if (!read_more()) return std::nullopt;
  }
  request.body = unread_.substr(0, length);
  unread_.erase(0, length);
  server_.record(request);
  return request;
}

void Connection::write(std::string_view bytes) {
  while (!broken_ && !bytes.empty()) {
    std::size_t count = 0;
    if (ssl_) {
      broken_ = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count) != 1;
      ERR_clear_error();
    } else {
      const auto result = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      broken_ = result <= 0;
      count = broken_ ? 0 : static_cast<std::size_t>(result);
    }
    bytes.remove_prefix(count);
  }
}

void Connection::answer(int status, std::string_view body, std::string_view extra_headers) {
  std::string text = "HTTP/1.1 " + std::to_string(status) +
                     " Status\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  text.append(extra_headers).append("\r\n").append(body);
  write(text);
}

void Connection::begin_chunked(int status) {
  write("HTTP/1.1 " + std::to_string(status) + " Status\r\nTransfer-Encoding: chunked\r\n\r\n");
}

void Connection::chunk(std::string_view bytes) {
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  std::string text(size.data(), end);
  text.append("\r\n").append(bytes).append("\r\n");
  write(text);
}

void Connection::end_chunked() { write("0\r\n\r\n"); }

void Connection::close() {
  if (!socket_.is_open()) return;
  broken_ = true;
  server_.closed(socket_.native_handle());
  boost::system::error_code ignored;
  ignored = socket_.shutdown(tcp::socket::shutdown_both, ignored);
  ignored = socket_.close(ignored);
}

void Connection::reset() {
  if (!socket_.is_open()) return;
  broken_ = true;
  server_.closed(socket_.native_handle());
  boost::system::error_code ignored;
  ignored = socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  ignored = socket_.close(ignored);
}

void Connection::wait_for_close() {
  std::array<char, 4096> block{};
  while (!broken_) read_some(block.data(), block.size());
}

bool Connection::wait_for_close(std::chrono::milliseconds bound) {
  if (broken_) return true;
  pollfd wait{socket_.native_handle(), POLLIN, 0};
  if (poll(&wait, 1, static_cast<int>(bound.count())) <= 0) return false;
  std::array<char, 4096> block{};
  read_some(block.data(), block.size());
  return broken_;
}

TlsServer::TlsServer(const TlsServerOptions& options, Handler handler)
    : handler_(std::move(handler)),
      context_(make_context(options)),
      acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL.
  (void)std::signal(SIGPIPE, SIG_IGN);
  acceptor_thread_ = std::thread([this] { accept(); });
}

TlsServer::~TlsServer() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const int handle : open_) ::shutdown(handle, SHUT_RDWR);
  }
  // Wakes the blocking accept.
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  acceptor_thread_.join();
  for (std::thread& handler : handlers_) handler.join();
}

void TlsServer::accept() {
  while (true) {
    boost::system::error_code error;
    tcp::socket socket = acceptor_.accept(error);
    if (error) return;
    const int number = accepted_++;
    handlers_.emplace_back(
        [this, number](tcp::socket accepted) { serve(std::move(accepted), number); },
        std::move(socket));
  }
}

void TlsServer::serve(tcp::socket socket, int number) {
  Connection connection(*this, std::move(socket), number);
  if (connection.handshake(context_.get())) handler_(connection);
}

void TlsServer::record(const ReceivedRequest& request) {
  const std::scoped_lock lock(mutex_);
  requests_.push_back(request);
  changed_.notify_all();
}

void TlsServer::opened(int handle) {
  const std::scoped_lock lock(mutex_);
  open_.insert(handle);
  if (stopping_) ::shutdown(handle, SHUT_RDWR);
}

void TlsServer::closed(int handle) {
  const std::scoped_lock lock(mutex_);
  open_.erase(handle);
  changed_.notify_all();
}

std::vector<ReceivedRequest> TlsServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

bool TlsServer::wait_for_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kBound, [&] { return requests_.size() >= count; });
}

bool TlsServer::wait_for_open(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kBound, [&] { return open_.size() <= count; });
}

}  // namespace support
