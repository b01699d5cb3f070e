#include <gtest/gtest.h>

#include "telemetry/http_endpoint.h"

namespace telemetry {
namespace {

HealthCheck check(std::string name, std::string failure) {
  return {std::move(name), [failure = std::move(failure)] { return failure; }};
}

TEST(HealthHandler, SaysOkInOneWordWhenEveryCheckPasses) {
  const auto answer = health_handler("healthz", {check("ping", ""), check("loops", "")})("");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok");
}

TEST(HealthHandler, ListsPassingChecksWhenAsked) {
  const auto handler = health_handler("healthz", {check("ping", ""), check("loops", "")});
  for (const char* query : {"verbose", "verbose=1", "timeout=1s&verbose"}) {
    EXPECT_EQ(handler(query).body, "[+]ping ok\n[+]loops ok\nhealthz check passed\n") << query;
  }
  EXPECT_EQ(handler("verbosely").body, "ok");
}

TEST(HealthHandler, NamesWhatFailedAndWhy) {
  const auto answer = health_handler(
      "readyz", {check("ping", ""), check("caches", "services: not listed yet")})("");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body,
            "[+]ping ok\n[-]caches failed: services: not listed yet\nreadyz check failed\n");
}

TEST(HealthHandler, KeepsAReasonOnItsLine) {
  const auto answer = health_handler("readyz", {check("caches", "a\r\n[+]caches ok")})("");
  EXPECT_EQ(answer.body, "[-]caches failed: a  [+]caches ok\nreadyz check failed\n");
}

TEST(HealthHandler, AsksTheChecksAgainEachTime) {
  int calls = 0;
  const auto handler = health_handler(
      "healthz", {{"count", [&calls] { return ++calls == 1 ? std::string("not yet") : ""; }}});
  EXPECT_EQ(handler("").status, 500);
  EXPECT_EQ(handler("").status, 200);
}

}  // namespace
}  // namespace telemetry
