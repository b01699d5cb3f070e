#include "kube/failure.h"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include "kube/tls.h"

namespace kube {
namespace {

struct Step {
  std::string_view text;
  Fault fault;
  std::string_view name;
};

// The texts are those of cpprestsdk 2.10.18 and 2.10.19, http_client_asio.cpp.
constexpr std::array kSteps{
    Step{"Error resolving address", Fault::kConnect, "resolving the name failed"},
    Step{"Failed to resolve address", Fault::kConnect, "resolving the name failed"},
    Step{"Failed to connect to any resolved endpoint", Fault::kConnect, "connecting failed"},
    Step{"Request canceled by user", Fault::kConnect, "connecting was given up"},
    Step{"Error in SSL handshake", Fault::kTls, "the TLS handshake failed"},
    Step{"Failed to write request", Fault::kWrite, "the request could not be sent"},
    Step{"Failed to read HTTP status line", Fault::kReset, "the connection ended before an answer"},
    Step{"Invalid HTTP status line", Fault::kProtocol, "the answer is not HTTP"},
    Step{"Invalid chunked response header", Fault::kProtocol, "the answer has a bad chunk"},
    Step{"Retrieving message chunk header", Fault::kReset, "the connection ended in the body"},
    Step{"Failed to read chunked response part", Fault::kReset, "the connection ended in the body"},
    Step{"Failed to read response body", Fault::kReset, "the connection ended in the body"},
};

// cpprestsdk reports a refused connection as EHOSTUNREACH and the ends of streams as asio's 1 and
// 2, which errno gives to other things.
std::string describe_code(int code) {
  std::string openssl = describe_openssl_code(static_cast<unsigned int>(code));
  if (!openssl.empty()) return openssl;
  if (code == 1 || code == 2) return "closed by the server";
  if (code == EHOSTUNREACH) return "refused or unreachable";
  return code > 0 ? std::generic_category().message(code) : std::string();
}

bool is_openssl(int code) { return ERR_GET_LIB(static_cast<unsigned int>(code)) != 0; }

// OpenSSL's word for a connection that ended without close_notify, which is no failure of TLS.
bool is_unexpected_end(int code) {
  return ERR_GET_REASON(static_cast<unsigned int>(code)) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

Fault fault_of(const Step& step, int code) {
  if (step.fault == Fault::kReset && code == ETIMEDOUT) return Fault::kTimeout;
  // A handshake that was cut off is a connection that did not come about.
  if (step.fault == Fault::kTls && !is_openssl(code)) return Fault::kConnect;
  // With TLS 1.3 a refused client certificate shows only when the answer is read.
  if (step.fault == Fault::kReset && is_openssl(code) && !is_unexpected_end(code))
    return Fault::kTls;
  return step.fault;
}

}  // namespace

Failure classify_failure(std::string_view text, int code) {
  for (const Step& step : kSteps) {
    if (!text.starts_with(step.text)) continue;
    std::string cause(step.name);
    if (step.name == "resolving the name failed") return {Fault::kConnect, cause};
    const std::string detail = describe_code(code);
    if (!detail.empty()) cause.append(": ").append(detail);
    return {fault_of(step, code), cause};
  }
  return {Fault::kProtocol, std::string(text)};
}

}  // namespace kube
