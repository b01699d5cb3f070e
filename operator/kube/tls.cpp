#include "kube/tls.h"

#include <array>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "kube/text.h"

namespace kube {
namespace {

using Bio = std::unique_ptr<BIO, OpenSslDelete>;
using Certificate = std::unique_ptr<X509, OpenSslDelete>;

// The latest error of this thread in words; clears the queue, which asio would otherwise take for
// its own.
std::string latest_error() {
  const std::string words = describe_openssl_code(ERR_get_error());
  ERR_clear_error();
  return words.empty() ? "unknown" : words;
}

[[noreturn]] void fail(const std::string& what) { throw TlsError(what + ": " + latest_error()); }

Bio open(std::string_view pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) throw std::bad_alloc();
  return bio;
}

// OpenSSL would otherwise ask the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

std::vector<Certificate> parse_certificates(std::string_view pem, const std::string& what) {
  std::vector<Certificate> certificates;
  const Bio bio = open(pem);
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) {
    certificates.push_back(std::move(next));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) fail(what + " is not valid PEM");
  ERR_clear_error();
  if (certificates.empty()) throw TlsError(what + " holds no certificate in PEM form");
  return certificates;
}

}  // namespace

TlsMaterial::TlsMaterial(std::string_view certificate_authority,
                         std::string_view client_certificate, std::string_view client_key)
    : authorities_(X509_STORE_new()) {
  if (!authorities_) throw std::bad_alloc();
  for (const auto& authority : parse_certificates(certificate_authority, "the CA bundle")) {
    if (X509_STORE_add_cert(authorities_.get(), authority.get()) != 1) fail("the CA bundle");
  }
  if (client_certificate.empty()) return;
  chain_ = parse_certificates(client_certificate, "the client certificate");
  key_.reset(PEM_read_bio_PrivateKey(open(client_key).get(), nullptr, no_passphrase, nullptr));
  if (!key_) fail("the client key is not an unencrypted private key in PEM form");
  if (X509_check_private_key(chain_.front().get(), key_.get()) != 1) {
    fail("the client key does not belong to the client certificate");
  }
}

void TlsMaterial::apply(SSL_CTX* context, const std::string& server_name) const {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  X509_STORE_up_ref(authorities_.get());
  SSL_CTX_set_cert_store(context, authorities_.get());

  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const int named = is_ipv4(server_name)
                        ? X509_VERIFY_PARAM_set1_ip_asc(parameters, server_name.c_str())
                        : X509_VERIFY_PARAM_set1_host(parameters, server_name.c_str(), 0);
  if (named != 1) fail("the server name " + server_name);

  if (chain_.empty()) return;
  if (SSL_CTX_use_certificate(context, chain_.front().get()) != 1) fail("the client certificate");
  for (std::size_t i = 1; i < chain_.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain_[i].get()) != 1) fail("the client certificate");
  }
  if (SSL_CTX_use_PrivateKey(context, key_.get()) != 1) fail("the client key");
}

std::string describe_openssl_code(unsigned long code) {
  if (ERR_GET_LIB(code) == 0) return {};
  // The words are loaded only with the first TLS object otherwise.
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

}  // namespace kube
