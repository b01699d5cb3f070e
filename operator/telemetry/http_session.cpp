#include "telemetry/http_session.h"

#include <exception>
#include <limits>
#include <utility>

#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace telemetry {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

// A client that is refused may still be sending. Closing on unread bytes would reset the connection
// and take the answer with it, so they are read for a while.
constexpr std::chrono::seconds kClosingTime{1};
constexpr std::size_t kMaxLeftoverBytes = std::size_t{256} << 10U;

bool is_head(const http::request<http::empty_body>& request) {
  return request.method() == http::verb::head;
}

std::string known_paths(const std::map<std::string, HttpHandler>& handlers) {
  std::string paths;
  for (const auto& [path, handler] : handlers) paths += (paths.empty() ? "" : ", ") + path;
  return paths;
}

HttpAnswer plain(http::status status, std::string body) {
  return {.status = static_cast<int>(status), .body = std::move(body)};
}

HttpAnswer call_handler(const HttpSite& site, std::string_view target) {
  const std::size_t question = target.find('?');
  const std::string path(target.substr(0, question));
  const auto found = site.handlers.find(path);
  if (found == site.handlers.end()) {
    return plain(http::status::not_found,
                 "not found; known paths: " + known_paths(site.handlers) + "\n");
  }
  const std::string query(question == std::string_view::npos ? "" : target.substr(question + 1));
  try {
    return found->second(query);
  } catch (const std::exception& error) {
    // Decided here: one broken page must take neither the probes nor the process with it.
    site.log.error("HTTP handler failed", {{"path", path}, {"error", error.what()}});
    return plain(http::status::internal_server_error, "internal error\n");
  }
}

}  // namespace

HttpSession::HttpSession(boost::asio::ip::tcp::socket socket, const HttpSite& site)
    : site_(site), stream_(std::move(socket)), buffer_(site.limits.header_bytes + 1024) {}

void HttpSession::start() { read_head(); }

void HttpSession::close() { stream_.close(); }

void HttpSession::read_head() {
  state_ = State::kHead;
  parser_ = std::make_unique<Parser>();
  parser_->header_limit(static_cast<std::uint32_t>(site_.limits.header_bytes));
  parser_->body_limit(
      std::numeric_limits<std::uint64_t>::max());  // refused below, with a better answer
  stream_.expires_after(site_.limits.head_timeout);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const Error& error, std::size_t) { self->on_head(error); });
}

void HttpSession::on_head(const Error& error) {
  if (error) return on_bad_head(error);
  answer_request();
}

void HttpSession::on_bad_head(const Error& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    const std::string limit = std::to_string(site_.limits.header_bytes);
    return send(plain(http::status::request_header_fields_too_large,
                      "the request head is larger than " + limit + " bytes\n"),
                After::kClose);
  }
  const bool is_silent =
      error == http::error::end_of_stream || error == http::error::partial_message;
  if (is_silent || error.category() != http::make_error_code(http::error::bad_method).category()) {
    return;  // gone, too slow or closed by us: nobody to answer
  }
  send(plain(http::status::bad_request, "malformed request: " + error.message() + "\n"),
       After::kClose);
}

void HttpSession::answer_request() {
  const auto& request = parser_->get();
  if (request.method() != http::verb::get && !is_head(request)) {
    return send(plain(http::status::method_not_allowed, "only GET and HEAD are allowed\n"),
                After::kClose);
  }
  if (parser_->chunked() || parser_->content_length().value_or(0) > 0) {
    return send(plain(http::status::payload_too_large, "a request must have no body\n"),
                After::kClose);
  }
  const After after = request.keep_alive() ? After::kKeep : After::kClose;
  send(call_handler(site_, std::string_view(request.target().data(), request.target().size())),
       after);
}

void HttpSession::send(HttpAnswer answer, After after) {
  state_ = State::kAnswering;
  const auto status = static_cast<http::status>(answer.status);
  response_ = {};
  response_.version(parser_->get().version() == 10 ? 10 : 11);
  response_.result(status);
  response_.set(http::field::content_type, answer.content_type);
  response_.set("X-Content-Type-Options", "nosniff");
  if (status == http::status::method_not_allowed) response_.set(http::field::allow, "GET, HEAD");
  response_.content_length(answer.body.size());
  response_.keep_alive(after == After::kKeep);
  if (!is_head(parser_->get())) response_.body() = std::move(answer.body);
  stream_.expires_after(site_.limits.write_timeout);
  http::async_write(
      stream_, response_,
      [self = shared_from_this()](const Error& error, std::size_t) { self->on_sent(error); });
}

void HttpSession::on_sent(const Error& error) {
  if (error) return;
  if (!response_.keep_alive()) return start_closing();
  if (buffer_.size() > 0) return read_head();
  wait_for_request();
}

void HttpSession::wait_for_request() {
  state_ = State::kIdle;
  stream_.expires_after(site_.limits.idle_timeout);
  stream_.async_read_some(buffer_.prepare(site_.limits.header_bytes),
                          [self = shared_from_this()](const Error& error, std::size_t bytes) {
                            self->on_first_bytes(error, bytes);
                          });
}

void HttpSession::on_first_bytes(const Error& error, std::size_t bytes) {
  if (error) return;
  buffer_.commit(bytes);
  read_head();
}

void HttpSession::start_closing() {
  state_ = State::kClosing;
  Error ignored;  // the client may be gone already
  ignored = stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kClosingTime);
  read_to_the_end();
}

void HttpSession::read_to_the_end() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(site_.limits.header_bytes),
                          [self = shared_from_this()](const Error& error, std::size_t bytes) {
                            self->on_leftover(error, bytes);
                          });
}

void HttpSession::on_leftover(const Error& error, std::size_t bytes) {
  leftover_bytes_ += bytes;
  if (error || leftover_bytes_ > kMaxLeftoverBytes) return;
  read_to_the_end();
}

}  // namespace telemetry
