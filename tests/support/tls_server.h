#pragma once

// A server on a free loopback port whose every byte the test decides: for what an API server does
// wrong, and for what happens to connections on the way.
//
//   support::TlsServer server({.certificate = authority.issue({.alternative_names =
//   "IP:127.0.0.1"})},
//                             [](support::Connection& connection) {
//                               while (connection.read_request()) connection.answer(200, "{}");
//                             });
//
// The handler runs once a connection, on a thread of its own. When it returns, the connection is
// closed. The destructor cuts all connections and waits for the handlers.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

#include "support/certificates.h"

namespace support {

struct ReceivedRequest {
  std::string method;
  std::string target;
  // Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
  // Which connection it came on, from 0.
  int connection = 0;
};

struct TlsServerOptions {
  // Without one the server speaks plain HTTP.
  std::optional<Certificate> certificate;
  // PEM; empty: no client certificate is asked for.
  std::string client_authority;
  int max_tls_version = TLS1_3_VERSION;
};

class TlsServer;

// Used by its handler's thread only. After the peer has gone, reads give nothing and writes do
// nothing.
class Connection {
 public:
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int number() const { return number_; }
  // The server name that the client indicated (RFC 6066); empty for none.
  std::string indicated_name() const;
  // The client certificate's subject, such as "O = masters, CN = operator"; empty for none.
  std::string peer_subject() const;

  // Nothing when the peer has closed the connection.
  std::optional<ReceivedRequest> read_request();
  void write(std::string_view bytes);
  // A whole answer with Content-Length. `extra_headers`: each ended by "\r\n".
  void answer(int status, std::string_view body, std::string_view extra_headers = {});
  void begin_chunked(int status = 200);
  void chunk(std::string_view bytes);
  void end_chunked();
  // Ends the connection with a FIN but without TLS's close_notify, as servers that die do.
  void close();
  // Ends the connection with a RST.
  void reset();
  // Returns when the peer has closed the connection or the server is stopped.
  void wait_for_close();
  // The same for at most `bound`; false if the connection is still open then.
  bool wait_for_close(std::chrono::milliseconds bound);

 private:
  friend class TlsServer;
  Connection(TlsServer& server, boost::asio::ip::tcp::socket socket, int number);
  bool handshake(SSL_CTX* context);
  std::size_t read_some(char* data, std::size_t size);

  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  TlsServer& server_;
  boost::asio::ip::tcp::socket socket_;
  const int number_;
  std::unique_ptr<SSL, Free> ssl_;
  std::string unread_;
  bool broken_ = false;
};

class TlsServer {
 public:
  using Handler = std::function<void(Connection&)>;

  TlsServer(const TlsServerOptions& options, Handler handler);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const { return port_; }
  // Connections that were accepted so far, failed handshakes too.
  int connections() const { return accepted_; }
  std::vector<ReceivedRequest> requests() const;
  // False: not within 30 s.
  bool wait_for_requests(std::size_t count) const;
  // Waits until `count` connections are open at most. False: not within 30 s.
  bool wait_for_open(std::size_t count) const;

 private:
  friend class Connection;
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  void accept();
  void serve(boost::asio::ip::tcp::socket socket, int number);
  void record(const ReceivedRequest& request);
  void opened(int handle);
  void closed(int handle);

  const Handler handler_;
  std::unique_ptr<SSL_CTX, Free> context_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::atomic<int> accepted_{0};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool stopping_ = false;
  std::set<int> open_;
  std::vector<ReceivedRequest> requests_;
  std::vector<std::thread> handlers_;
  std::thread acceptor_thread_;
};

}  // namespace support
