#pragma once

// A client of tests that sends exactly the bytes it is told, over loopback. Every wait ends after
// 30 s with a failure.

#include <cstdint>
#include <string>
#include <string_view>

namespace telemetry {

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, const char* host = "127.0.0.1");
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // False when the server has closed the connection.
  bool send(std::string_view bytes) const;
  void end_sending() const;
  // One response: its head and as many bytes of body as Content-Length says. Empty when the
  // connection ends first.
  std::string read_response() const;
  // The head of a response to HEAD.
  std::string read_head() const;
  // Everything until the server closes the connection.
  std::string read_to_end() const;
  // Whether something arrives within `milliseconds`, be it the end.
  bool is_readable_within(int milliseconds) const;

 private:
  std::string read_until(std::string_view end) const;
  std::string read_some(std::size_t at_most) const;

  int socket_ = -1;
};

// The answer to one GET on a connection of its own.
std::string get(std::uint16_t port, const std::string& target);

}  // namespace telemetry
