#pragma once

// A CpprestTransport and the scripted server that it talks to.

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "kube/cpprest_transport.h"
#include "support/certificates.h"
#include "support/memory_environment.h"
#include "support/tls_server.h"

namespace kube {

using support::Connection;
using support::TlsServer;
using support::TlsServerOptions;

class TransportTest : public ::testing::Test {
 protected:
  // Answers every request with 200 and "ok".
  static void answer_all(Connection& connection) {
    while (connection.read_request()) connection.answer(200, "ok");
  }

  support::Certificate server_certificate(const std::string& alternative_names = "IP:127.0.0.1") {
    support::CertificateRequest request;
    request.alternative_names = alternative_names;
    return authority_.issue(request);
  }

  TlsServerOptions options() {
    TlsServerOptions result;
    result.certificate = server_certificate();
    return result;
  }

  std::unique_ptr<TlsServer> serve(TlsServer::Handler handler) {
    return std::make_unique<TlsServer>(options(), std::move(handler));
  }

  // Talks to `port` by a configuration that trusts authority_; `change` may alter it first.
  CpprestTransport& connect(
      std::uint16_t port, const std::function<void(ClientConfig&)>& change = [](ClientConfig&) {},
      TransportLimits limits = {}) {
    ClientConfig config;
    config.host = "127.0.0.1";
    config.port = port;
    config.certificate_authority = authority_.certificate();
    config.origin = "test";
    change(config);
    transport_.reset();
    credentials_ = std::make_unique<CredentialSource>(config, environment_.environment(), clock_);
    transport_ =
        std::make_unique<CpprestTransport>(config, *credentials_, clock_, "test/1", limits);
    return *transport_;
  }

  static Request get(std::string path = "/api") {
    Request request;
    request.path = std::move(path);
    request.timeout = std::chrono::seconds(60);
    return request;
  }

  static Request patch(std::string body) {
    Request request = get();
    request.method = Method::kPatch;
    request.content_type = "application/apply-patch+yaml";
    request.body = std::move(body);
    return request;
  }

  // The fault of a call that must fail; what() goes to `text` if given.
  template <typename Function>
  static Fault fault_of(const Function& function, std::string* text = nullptr) {
    try {
      function();
    } catch (const TransportError& error) {
      if (text != nullptr) *text = error.what();
      return error.fault();
    }
    ADD_FAILURE() << "the call did not fail";
    return Fault::kProtocol;
  }

  Fault send_fault(const Request& request, std::string* text = nullptr) {
    return fault_of([&] { transport_->send(request, {}); }, text);
  }

  const base::SystemClock clock_;
  const support::CertificateAuthority authority_;
  support::MemoryEnvironment environment_;
  std::unique_ptr<CredentialSource> credentials_;
  std::unique_ptr<CpprestTransport> transport_;
};

}  // namespace kube
