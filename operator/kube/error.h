#pragma once

// What the API server says when it says no (metav1.Status), and which of it is worth trying again.

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kube/http_transport.h"

namespace kube {

// metav1.StatusCause: `reason` and `field` are for decisions, `message` is for people.
struct Cause {
  std::string reason;
  std::string field;
  std::string message;
};

struct ApiError {
  int code = 0;        // HTTP status
  std::string reason;  // metav1.StatusReason: "Conflict", "AlreadyExists", ...; empty when the body
                       // was no Status
  std::string message;  // the server's words, cut to 1 KiB
  std::vector<Cause> causes;
  std::optional<std::chrono::seconds> retry_after;

  bool has_cause(std::string_view cause) const;
};

// Reads an answer whose status is not 2xx. Never throws: an answer that is no Status (a proxy's
// HTML page) keeps its code.
ApiError parse_error(const Response& response);

// The server did not do it, and may do it later: 401 (credentials rotate; the transport has tried
// fresh ones once), 408, 429, 500, 502, 503, 504. A 500 of the kind "field not declared in schema"
// (a CRD older than what is written) comes again for ever and is not in it.
bool is_retryable(const ApiError& error);

// Such an answer comes from something before a server that is down, or from one that is about to
// go: 502, 503 or 504, without a time to come back at.
bool tells_of_outage(int status, std::optional<std::chrono::seconds> retry_after);

// This attempt failed and the next may not: a retryable answer. Expected refusals (403, 404, 409,
// 422) are values instead.
class RetryableError : public std::runtime_error {
 public:
  explicit RetryableError(ApiError error);
  const ApiError& error() const { return error_; }

 private:
  ApiError error_;
};

}  // namespace kube
