#pragma once

// Certificates for TLS tests, made in memory: EC keys, valid now unless told otherwise.

#include <chrono>
#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace support {

// PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

struct CertificateRequest {
  std::string common_name = "test";
  std::string organization;
  // OpenSSL's form: "IP:127.0.0.1,DNS:kubernetes". Empty: none.
  std::string alternative_names;
  // From now; negative for the past.
  std::chrono::hours valid_from{-1};
  std::chrono::hours valid_until{24};
};

class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name = "test CA");

  // PEM.
  const std::string& certificate() const { return pem_; }
  Certificate issue(const CertificateRequest& request) const;

 private:
  struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  using X509Ptr = std::unique_ptr<X509, Free>;

  static Key make_key();
  X509Ptr make(const CertificateRequest& request, EVP_PKEY* key) const;

  Key key_;
  X509Ptr certificate_;
  std::string pem_;
};

}  // namespace support
