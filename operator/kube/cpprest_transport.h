#pragma once

// HttpTransport on cpprestsdk's HTTP client. Only its .cpp includes cpprestsdk.
//
// Threads: cpprestsdk has one I/O thread for the process. It never blocks, and every cpprestsdk
// object is made, used and destroyed on it: a caller posts its request there, waits on a
// kube::Exchange, and cancels by posting. (Other ways of cancelling, and more I/O threads, have
// data races inside the library.)
//
// What is not left to the library: the total deadline, silence, the size of an answer, retries,
// trust. A server's redirect is an answer like any other; nothing is ever sent to another host.

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "kube/config.h"
#include "kube/credentials.h"
#include "kube/http_transport.h"

namespace kube {

// Sets up cpprestsdk for the whole process: one I/O thread, and no loading of the system's root
// certificates for each new connection (SSL_CERT_FILE=/dev/null, 15 times cheaper; every API
// server's CA is given explicitly). It changes the environment, so main calls it first, before any
// other thread exists. Later calls do nothing. Throws std::exception if cpprestsdk was in use
// before.
void initialize_http_library();

struct TransportLimits {
  // Of the body that send() returns.
  std::size_t max_response_bytes = std::size_t{64} << 20U;
  // Of the body of a stream's answer that is not 200.
  std::size_t max_error_bytes = std::size_t{1} << 20U;
  // Of send() at the same time; a further caller waits within its deadline.
  int max_in_flight = 64;
};

// Thread safety: all methods may be called from any thread. Callers must have returned before the
// destructor begins.
class CpprestTransport final : public HttpTransport {
 public:
  // `user_agent`: "serviceblueprint-operator/0.1.0". `credentials` and `clock` outlive the
  // transport; the clock must be the machine's own, since sockets do not wait for another.
  CpprestTransport(const ClientConfig& config, CredentialSource& credentials,
                   const base::Clock& clock, std::string user_agent, TransportLimits limits = {});
  ~CpprestTransport() override;
  CpprestTransport(const CpprestTransport&) = delete;
  CpprestTransport& operator=(const CpprestTransport&) = delete;

  // A request that could not be sent because the server had closed the idle connection is sent
  // again, a 401 once with renewed credentials. The library itself repeats a request, whatever its
  // method, whose answer was lost on a reused connection: writes must be idempotent. kCancelled
  // comes within about a second of the stop. A credential plugin may hold the call up beyond its
  // deadline (30 s at most), but nothing is sent after the deadline.
  Response send(const Request& request, const std::stop_token& stop) override;
  Response stream(const Request& request, const OnBytes& on_bytes,
                  const std::stop_token& stop) override;

  // False: the I/O thread has not come round for `limit`, so that every request hangs. Cheap; ask
  // at least twice, since each call starts the measurement that a later one reads.
  bool io_thread_alive(std::chrono::seconds limit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kube
