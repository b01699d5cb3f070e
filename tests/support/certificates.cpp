#include "support/certificates.h"

#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace support {
namespace {

template <typename Write>
std::string to_pem(const Write& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  if (!bio || write(bio.get()) != 1) throw std::runtime_error("cannot write PEM");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("bad certificate extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  if (value.empty()) return;
  X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
}

void set_serial(X509* certificate) {
  std::int32_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial & 0x7FFFFFFF);
}

}  // namespace

CertificateAuthority::Key CertificateAuthority::make_key() { return Key(EVP_EC_gen("P-256")); }

CertificateAuthority::CertificateAuthority(const std::string& name) : key_(make_key()) {
  CertificateRequest request;
  request.common_name = name;
  certificate_ = make(request, key_.get());
  pem_ = to_pem([this](BIO* bio) { return PEM_write_bio_X509(bio, certificate_.get()); });
}

// Signed by this authority; by itself while there is no certificate yet.
CertificateAuthority::X509Ptr CertificateAuthority::make(const CertificateRequest& request,
                                                         EVP_PKEY* key) const {
  X509Ptr certificate(X509_new());
  X509* x = certificate.get();
  X509* issuer = certificate_ ? certificate_.get() : x;
  X509_set_version(x, X509_VERSION_3);
  set_serial(x);
  using std::chrono::seconds;
  X509_gmtime_adj(X509_getm_notBefore(x), seconds(request.valid_from).count());
  X509_gmtime_adj(X509_getm_notAfter(x), seconds(request.valid_until).count());
  X509_set_pubkey(x, key);
  add_name(X509_get_subject_name(x), "O", request.organization);
  add_name(X509_get_subject_name(x), "CN", request.common_name);
  X509_set_issuer_name(x, X509_get_subject_name(issuer));
  add_extension(x, issuer, NID_basic_constraints, certificate_ ? "CA:FALSE" : "critical,CA:TRUE");
  if (!request.alternative_names.empty()) {
    add_extension(x, issuer, NID_subject_alt_name, request.alternative_names);
  }
  if (X509_sign(x, key_.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
  return certificate;
}

Certificate CertificateAuthority::issue(const CertificateRequest& request) const {
  const Key key = make_key();
  const X509Ptr certificate = make(request, key.get());
  return {to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }),
          to_pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace support
