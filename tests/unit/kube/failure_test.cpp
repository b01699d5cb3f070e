#include "kube/failure.h"

#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kube {
namespace {

using ::testing::HasSubstr;

// SSL routines, certificate verify failed; tlsv1 alert unknown ca; unexpected eof while reading.
constexpr int kVerifyFailed = 0x0A000086;
constexpr int kUnknownAuthority = 0x0A000418;
constexpr int kUnexpectedEnd = 0x0A000126;

struct Case {
  const char* text;
  int code;
  Fault fault;
  const char* cause;
};

std::ostream& operator<<(std::ostream& out, const Case& item) {
  return out << item.text << " " << item.code;
}

class ClassifyFailure : public ::testing::TestWithParam<Case> {};

TEST_P(ClassifyFailure, TellsFaultAndCause) {
  const Failure failure = classify_failure(GetParam().text, GetParam().code);
  EXPECT_EQ(to_string(failure.fault), to_string(GetParam().fault));
  EXPECT_THAT(failure.cause, HasSubstr(GetParam().cause));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ClassifyFailure,
    ::testing::Values(
        Case{"Error resolving address", 1, Fault::kConnect, "resolving"},
        Case{"Failed to connect to any resolved endpoint", EHOSTUNREACH, Fault::kConnect,
             "refused"},
        Case{"Failed to connect to any resolved endpoint", ETIMEDOUT, Fault::kConnect, "timed out"},
        Case{"Error in SSL handshake", kVerifyFailed, Fault::kTls, "certificate verify failed"},
        Case{"Error in SSL handshake", ECONNRESET, Fault::kConnect, "reset"},
        Case{"Error in SSL handshake", 1, Fault::kConnect, "closed by the server"},
        Case{"Failed to write request headers", ECONNRESET, Fault::kWrite, "reset"},
        Case{"Failed to write request body", EPIPE, Fault::kWrite, "could not be sent"},
        Case{"Failed to read HTTP status line", 2, Fault::kReset, "closed by the server"},
        Case{"Failed to read HTTP status line", kUnknownAuthority, Fault::kTls, "unknown ca"},
        Case{"Failed to read HTTP status line", kUnexpectedEnd, Fault::kReset, "unexpected eof"},
        Case{"Failed to read HTTP status line", ETIMEDOUT, Fault::kTimeout, "timed out"},
        Case{"Retrieving message chunk header", ECONNRESET, Fault::kReset, "body"},
        Case{"Invalid chunked response header", 0, Fault::kProtocol, "chunk"},
        Case{"something new", 0, Fault::kProtocol, "something new"}));

}  // namespace
}  // namespace kube
