#pragma once

// TLS material, parsed once and shared by all connections that use it.
//
// Rules: only the given CA is trusted (the library's system roots are replaced), TLS 1.2 or newer,
// and the server's name or address must be in a SAN; the common name never counts (RFC 9525, 6.3).

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

namespace kube {

// PEM text that cannot be used. what() says which part and why, never its content.
class TlsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct OpenSslDelete {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};

// Immutable after construction; may be used from any thread.
class TlsMaterial {
 public:
  // `client_certificate` (leaf first, then its chain) and `client_key` may both be empty. Throws
  // TlsError.
  TlsMaterial(std::string_view certificate_authority, std::string_view client_certificate,
              std::string_view client_key);

  // Makes `context` trust and show this material, for a server that must prove to be `server_name`,
  // a DNS name or an IP address. Throws TlsError.
  void apply(SSL_CTX* context, const std::string& server_name) const;

 private:
  std::unique_ptr<X509_STORE, OpenSslDelete> authorities_;
  std::vector<std::unique_ptr<X509, OpenSslDelete>> chain_;
  std::unique_ptr<EVP_PKEY, OpenSslDelete> key_;
};

// The words of a packed OpenSSL error code ("certificate verify failed"); empty if `code` is no
// such code, but an errno.
std::string describe_openssl_code(unsigned long code);

}  // namespace kube
