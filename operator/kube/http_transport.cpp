#include "kube/http_transport.h"

namespace kube {

std::string_view to_string(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPatch:
      return "PATCH";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      return "DELETE";
  }
  return "GET";
}

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::kConnect:
      return "connect";
    case Fault::kTls:
      return "tls";
    case Fault::kWrite:
      return "write";
    case Fault::kTimeout:
      return "timeout";
    case Fault::kReset:
      return "reset";
    case Fault::kTooLarge:
      return "too_large";
    case Fault::kProtocol:
      return "protocol";
    case Fault::kCredentials:
      return "credentials";
    case Fault::kCancelled:
      return "cancelled";
    case Fault::kCircuitOpen:
      return "circuit_open";
  }
  return "protocol";
}

}  // namespace kube
