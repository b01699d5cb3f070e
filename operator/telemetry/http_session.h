#pragma once

// One client's connection to the HTTP endpoint (http_endpoint.h), HTTP/1.1 by RFC 9112: reads a
// head, answers it, and again while the client keeps the connection. Requests that were sent in one
// go are answered in their order.
//
//   kHead --head read--> kAnswering --kept--> kIdle --first byte--> kHead
//   kHead --refused----> kAnswering --------> kClosing --read to the end or 1 s--> gone
//
// Lives as long as an operation of its own is under way: the operations hold the shared_ptr.
// Everything runs on the thread of the socket's io_context.

#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "telemetry/http_endpoint.h"

namespace telemetry {

// What all sessions share; outlives them.
struct HttpSite {
  std::map<std::string, HttpHandler> handlers;  // by path
  HttpLimits limits;
  Log log;
};

class HttpSession final : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::asio::ip::tcp::socket socket, const HttpSite& site);

  void start();
  // Drops the connection; operations under way end with an error.
  void close();
  // Whether it waits for its client and not the other way round.
  bool is_waiting() const { return state_ != State::kAnswering; }

 private:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  enum class State { kIdle, kHead, kAnswering, kClosing };
  enum class After { kKeep, kClose };

  void read_head();
  void on_head(const Error& error);
  void on_bad_head(const Error& error);
  void answer_request();
  void send(HttpAnswer answer, After after);
  void on_sent(const Error& error);
  void wait_for_request();
  void on_first_bytes(const Error& error, std::size_t bytes);
  void start_closing();
  void read_to_the_end();
  void on_leftover(const Error& error, std::size_t bytes);

  const HttpSite& site_;
  State state_ = State::kHead;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::unique_ptr<Parser> parser_;  // a new one for each request
  boost::beast::http::response<boost::beast::http::string_body> response_;
  std::size_t leftover_bytes_ = 0;
};

}  // namespace telemetry
