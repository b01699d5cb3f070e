#include <future>

#include <gmock/gmock.h>

#include "kube/cpprest_transport.h"

#include "transport_fixture.h"

namespace kube {
namespace {

using ::testing::HasSubstr;

class CpprestTransportTls : public TransportTest {
 protected:
  // Whether a server with this certificate is accepted under the host 127.0.0.1 or `change`.
  bool accepts(
      const support::CertificateRequest& request,
      const std::function<void(ClientConfig&)>& change = [](ClientConfig&) {}) {
    TlsServerOptions with_certificate;
    with_certificate.certificate = authority_.issue(request);
    TlsServer server(with_certificate, answer_all);
    connect(server.port(), change);
    try {
      transport_->send(get(), {});
      return true;
    } catch (const TransportError& error) {
      EXPECT_EQ(error.fault(), Fault::kTls) << error.what();
      EXPECT_EQ(server.requests().size(), 0U);
      return false;
    }
  }

  static support::CertificateRequest named(std::string common_name, std::string alternative_names) {
    support::CertificateRequest request;
    request.common_name = std::move(common_name);
    request.alternative_names = std::move(alternative_names);
    return request;
  }
};

TEST_F(CpprestTransportTls, AcceptsTheAddressAmongTheAlternativeNames) {
  EXPECT_TRUE(accepts(named("x", "DNS:kubernetes,IP:10.96.0.1,IP:127.0.0.1")));
}

TEST_F(CpprestTransportTls, RefusesAnotherAddress) {
  EXPECT_FALSE(accepts(named("x", "IP:10.96.0.1")));
}

TEST_F(CpprestTransportTls, RefusesAnAddressInTheCommonName) {
  EXPECT_FALSE(accepts(named("127.0.0.1", "DNS:kubernetes")));
}

TEST_F(CpprestTransportTls, RefusesACertificateWithoutAlternativeNames) {
  EXPECT_FALSE(accepts(named("127.0.0.1", "")));
}

TEST_F(CpprestTransportTls, RefusesAnAddressAsADnsName) {
  EXPECT_FALSE(accepts(named("x", "DNS:127.0.0.1")));
}

TEST_F(CpprestTransportTls, AcceptsTheHostName) {
  EXPECT_TRUE(accepts(named("x", "DNS:localhost"),
                      [](ClientConfig& config) { config.host = "localhost"; }));
}

TEST_F(CpprestTransportTls, RefusesAHostNameInTheCommonName) {
  EXPECT_FALSE(accepts(named("localhost", "DNS:other"),
                       [](ClientConfig& config) { config.host = "localhost"; }));
}

TEST_F(CpprestTransportTls, VerifiesTheServerNameOfTheConfiguration) {
  const auto with_name = [](ClientConfig& config) { config.tls_server_name = "kubernetes"; };
  EXPECT_TRUE(accepts(named("x", "DNS:kubernetes"), with_name));
  EXPECT_FALSE(accepts(named("x", "IP:127.0.0.1"), with_name));
}

TEST_F(CpprestTransportTls, RefusesAnExpiredCertificate) {
  auto request = named("x", "IP:127.0.0.1");
  request.valid_from = std::chrono::hours(-48);
  request.valid_until = std::chrono::hours(-24);
  EXPECT_FALSE(accepts(request));
}

TEST_F(CpprestTransportTls, RefusesACertificateThatIsNotYetValid) {
  auto request = named("x", "IP:127.0.0.1");
  request.valid_from = std::chrono::hours(12);
  EXPECT_FALSE(accepts(request));
}

TEST_F(CpprestTransportTls, RefusesAnotherAuthorityAndSaysWhy) {
  const support::CertificateAuthority other("other CA");
  const auto server = serve(answer_all);
  connect(server->port(),
          [&other](ClientConfig& config) { config.certificate_authority = other.certificate(); });
  std::string text;
  EXPECT_EQ(send_fault(get(), &text), Fault::kTls);
  EXPECT_THAT(text, HasSubstr("certificate verify failed"));
  EXPECT_THAT(text, HasSubstr("127.0.0.1:" + std::to_string(server->port())));
}

TEST_F(CpprestTransportTls, RefusesTls11) {
  TlsServerOptions old = options();
  old.max_tls_version = TLS1_1_VERSION;
  TlsServer server(old, answer_all);
  connect(server.port());
  EXPECT_EQ(send_fault(get()), Fault::kTls);
}

TEST_F(CpprestTransportTls, AcceptsTls12) {
  TlsServerOptions old = options();
  old.max_tls_version = TLS1_2_VERSION;
  TlsServer server(old, answer_all);
  EXPECT_EQ(connect(server.port()).send(get(), {}).body, "ok");
}

TEST_F(CpprestTransportTls, IndicatesNamesButNoAddresses) {
  TlsServerOptions two_names;
  two_names.certificate = server_certificate("IP:127.0.0.1,DNS:kubernetes");
  TlsServer server(two_names, [](Connection& connection) {
    while (connection.read_request()) connection.answer(200, connection.indicated_name());
  });
  EXPECT_EQ(connect(server.port()).send(get(), {}).body, "");
  auto& transport =
      connect(server.port(), [](ClientConfig& config) { config.tls_server_name = "kubernetes"; });
  EXPECT_EQ(transport.send(get(), {}).body, "kubernetes");
}

class ClientCertificate : public CpprestTransportTls {
 protected:
  ClientCertificate() {
    TlsServerOptions mutual = options();
    mutual.client_authority = authority_.certificate();
    server_ = std::make_unique<TlsServer>(mutual, [](Connection& connection) {
      while (connection.read_request()) connection.answer(200, connection.peer_subject());
    });
  }

  static support::Certificate client(const support::CertificateAuthority& authority,
                                     const std::string& name) {
    support::CertificateRequest request;
    request.common_name = name;
    request.organization = "system:masters";
    return authority.issue(request);
  }

  std::unique_ptr<TlsServer> server_;
};

TEST_F(ClientCertificate, IsShownToTheServer) {
  const auto certificate = client(authority_, "operator");
  auto& transport = connect(server_->port(), [&](ClientConfig& config) {
    config.client_certificate = certificate.certificate;
    config.client_key = certificate.key;
  });
  EXPECT_EQ(transport.send(get(), {}).body, "O = system:masters, CN = operator");
}

TEST_F(ClientCertificate, IsRefusedByTheServerAsATlsFailure) {
  const support::CertificateAuthority other("other CA");
  const auto certificate = client(other, "stranger");
  connect(server_->port(), [&](ClientConfig& config) {
    config.client_certificate = certificate.certificate;
    config.client_key = certificate.key;
  });
  // The alert may arrive before or after the request is written.
  EXPECT_THAT(send_fault(get()), ::testing::AnyOf(Fault::kTls, Fault::kWrite));
}

TEST_F(ClientCertificate, IsRenewedFromItsFilesAfterATlsFailure) {
  const support::CertificateAuthority other("other CA");
  const auto write = [this](const support::Certificate& certificate) {
    environment_.write("/tls.crt", certificate.certificate);
    environment_.write("/tls.key", certificate.key);
  };
  write(client(authority_, "first"));
  environment_.write("/ca.crt", other.certificate());
  auto& transport = connect(server_->port(), [](ClientConfig& config) {
    config.certificate_authority = std::filesystem::path("/ca.crt");
    config.client_certificate = std::filesystem::path("/tls.crt");
    config.client_key = std::filesystem::path("/tls.key");
  });
  EXPECT_EQ(send_fault(get()), Fault::kTls);
  environment_.write("/ca.crt", authority_.certificate());
  write(client(authority_, "second"));
  EXPECT_EQ(transport.send(get(), {}).body, "O = system:masters, CN = second");
}

}  // namespace
}  // namespace kube
