#pragma once

// The operator's own HTTP server: /metrics, /healthz, /readyz. Boost.Beast on one thread of its
// own, apart from the client to the API server, so that a stuck client cannot stop a probe from
// being answered. HTTP/1.1, GET and HEAD only.
//
// Bounded against careless and hostile clients: connections, header size, time to send a head, idle
// time, no body.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "telemetry/log.h"

namespace telemetry {

struct HttpLimits {
  // Beyond it the oldest connection that waits for its client is closed, so that idle or slow
  // clients cannot keep a probe out; with none such, the new one is.
  std::size_t connections = 64;
  std::size_t header_bytes = 8192;
  std::chrono::milliseconds head_timeout{
      5'000};  // from accept, or from the previous answer once the first byte came
  std::chrono::milliseconds idle_timeout{30'000};  // keep-alive without a request
  std::chrono::milliseconds write_timeout{10'000};
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// The query string without '?' is the argument. Runs on the server's thread: it must not block for
// long.
using HttpHandler = std::function<HttpAnswer(const std::string& query)>;

class HttpEndpoint {
 public:
  // `address` is "host:port", ":port" (both families, all addresses) or "[v6]:port"; port 0 takes a
  // free one. Binds and serves at once. Throws std::runtime_error that names the address when it
  // cannot.
  HttpEndpoint(const std::string& address, std::map<std::string, HttpHandler> handlers,
               HttpLimits limits, Log log);
  // Stops accepting, closes every connection and joins the thread.
  ~HttpEndpoint();
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;

  std::uint16_t port() const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

// One named check of /healthz or /readyz. Returns an empty string when fine, else why not.
struct HealthCheck {
  std::string name;
  std::function<std::string()> failure;
};

// As in kube-apiserver: 200 "ok", or 500 with a line a check; `?verbose` lists the checks that pass
// too.
HttpHandler health_handler(std::string name, std::vector<HealthCheck> checks);

}  // namespace telemetry
