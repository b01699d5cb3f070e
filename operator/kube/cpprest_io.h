#pragma once

// The I/O thread side of CpprestTransport. Its .cpp is the only file that includes cpprestsdk.
//
// Every cpprestsdk object is made, used and destroyed on the library's one I/O thread, which never
// blocks; the methods here only post to it. An attempt lives until the library is done with it,
// whether or not somebody still waits.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "kube/config.h"
#include "kube/credentials.h"
#include "kube/exchange.h"

namespace kube {

// A request as it goes out. It is used up by one attempt.
struct WireRequest {
  Exchange::Mode mode = Exchange::Mode::kWhole;
  std::string_view method;
  // Path and query, percent-encoded.
  std::string target;
  std::string accept;
  std::string content_type;
  std::string body;
  std::shared_ptr<const Credentials> credentials;
  // Checked as the last steps before the library gets the request.
  base::SteadyTime send_before{};
  std::function<bool()> may_send;
};

// Thread safety: all methods may be called from any thread.
class CpprestIo {
 public:
  class Attempt;

  // `clock` outlives the process's I/O thread.
  CpprestIo(const ClientConfig& config, const base::Clock& clock, std::string user_agent);
  // Closes the idle connections.
  ~CpprestIo();
  CpprestIo(const CpprestIo&) = delete;
  CpprestIo& operator=(const CpprestIo&) = delete;

  // The outcome comes to `exchange`.
  std::shared_ptr<Attempt> start(WireRequest request, std::shared_ptr<Exchange> exchange) const;
  // Closes the connection; the exchange ends soon after.
  static void cancel(const std::shared_ptr<Attempt>& attempt);
  // Reads on after Exchange::Room::kFull.
  static void resume(const std::shared_ptr<Attempt>& attempt);

  // See CpprestTransport::io_thread_alive.
  bool alive(std::chrono::seconds limit) const;

 private:
  class Connections;
  class Heartbeat;

  const base::Clock& clock_;
  std::shared_ptr<Connections> connections_;
  std::shared_ptr<Heartbeat> heartbeat_;
};

}  // namespace kube
