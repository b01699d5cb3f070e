// What careless and hostile clients do to the endpoint, over loopback.

#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/http_endpoint.h"

#include "unit/telemetry/http_client.h"

namespace telemetry {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kBigBody = std::size_t{64}
                                 << 20U;  // more than the buffers of two sockets take

class HttpEndpointAbuse : public testing::Test {
 protected:
  // Limits that no test reaches unless it sets them.
  static HttpLimits patient() {
    return {.head_timeout = 1h, .idle_timeout = 1h, .write_timeout = 1h};
  }

  const HttpEndpoint& listen(HttpLimits limits) {
    endpoint_ = std::make_unique<HttpEndpoint>(
        "127.0.0.1:0",
        std::map<std::string, HttpHandler>{
            {"/healthz", [](const std::string&) { return HttpAnswer{.body = "ok"}; }},
            {"/big",
             [](const std::string&) { return HttpAnswer{.body = std::string(kBigBody, 'x')}; }}},
        limits, Log(LogFormat::kText, Level::kInfo, log_text_));
    return *endpoint_;
  }

  static std::string answer_to(const HttpEndpoint& endpoint, const std::string& request) {
    const HttpClient client(endpoint.port());
    client.send(request);
    return client.read_to_end();
  }

  std::ostringstream log_text_;
  std::unique_ptr<HttpEndpoint> endpoint_;
};

TEST_F(HttpEndpointAbuse, RefusesOtherMethodsAndNamesTheAllowedOnes) {
  const auto& endpoint = listen(patient());
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"}) {
    const std::string response =
        answer_to(endpoint, std::string(method) + " /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(response, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(response, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << method;
  }
}

TEST_F(HttpEndpointAbuse, RefusesBodiesBeforeTheyAreSent) {
  const auto& endpoint = listen(patient());
  const std::string start = "GET /healthz HTTP/1.1\r\nHost: a\r\n";
  EXPECT_THAT(answer_to(endpoint, start + "Content-Length: 9999999999\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer_to(endpoint, start + "Transfer-Encoding: chunked\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer_to(endpoint, start + "Content-Length: 4\r\n\r\nGET "),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpEndpointAbuse, AcceptsAnEmptyBody) {
  EXPECT_THAT(
      answer_to(
          listen(patient()),
          "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
      StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpEndpointAbuse, RefusesAHeadOverItsLimit) {
  const auto& endpoint = listen(patient());
  const std::string filler(9 << 10, 'x');
  EXPECT_THAT(answer_to(endpoint, "GET /healthz HTTP/1.1\r\nX-Filler: " + filler + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer_to(endpoint, "GET /" + filler + " HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer_to(endpoint, "GET /healthz HTTP/1.1\r\nX-Filler: " + filler),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpEndpointAbuse, AcceptsAHeadBelowItsLimit) {
  const std::string filler(7 << 10, 'x');
  EXPECT_THAT(
      answer_to(listen(patient()),
                "GET /healthz HTTP/1.1\r\nConnection: close\r\nX-Filler: " + filler + "\r\n\r\n"),
      StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpEndpointAbuse, StopsReadingAnEndlessHead) {
  const auto& endpoint = listen(patient());
  const HttpClient client(endpoint.port());
  client.send("GET /healthz HTTP/1.1\r\n");
  const std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
  std::size_t sent = 0;
  while (sent < (std::size_t{1} << 30U) && client.send(line)) sent += line.size();
  EXPECT_LT(sent, std::size_t{1} << 30U);
}

TEST_F(HttpEndpointAbuse, AnswersNonsenseWith400) {
  const auto& endpoint = listen(patient());
  EXPECT_THAT(answer_to(endpoint, "\x16\x03\x01\x02\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to(endpoint, "GET /healthz HTTP/9.9\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to(endpoint, "GET /healthz HTTP/1.1\r\nbad header\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to(endpoint, "GET /healthz HTTP/1.1\r\nContent-Length: -5\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpEndpointAbuse, ClosesAConnectionWhoseHeadDoesNotCome) {
  auto limits = patient();
  limits.head_timeout = 50ms;
  const HttpClient client(listen(limits).port());
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpEndpointAbuse, ClosesAConnectionWhoseHeadComesByteByByte) {
  auto limits = patient();
  limits.head_timeout = 200ms;
  const HttpClient client(listen(limits).port());
  client.send("GET /healthz HTTP/1.1\r\nX-Slow: ");
  while (!client.is_readable_within(20)) client.send("x");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpEndpointAbuse, ClosesASecondRequestWhoseHeadDoesNotEnd) {
  auto limits = patient();
  limits.head_timeout = 200ms;
  const HttpClient client(listen(limits).port());
  client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /hea");
  EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpEndpointAbuse, ClosesAnIdleConnection) {
  auto limits = patient();
  limits.idle_timeout = 50ms;
  const HttpClient client(listen(limits).port());
  client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpEndpointAbuse, DoesNotLetASlowClientDelayAnother) {
  const auto& endpoint = listen(patient());
  const HttpClient slow(endpoint.port());
  slow.send("GET /hea");
  const HttpClient deaf(endpoint.port());
  deaf.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(get(endpoint.port(), "/healthz"), StartsWith("HTTP/1.1 200 "));
  slow.send("lthz HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(slow.read_response(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpEndpointAbuse, AnswersAProbeWhileFiveHundredClientsAreSlow) {
  const auto& endpoint = listen(patient());
  std::vector<HttpClient> slow;
  for (int i = 0; i < 500; ++i) {
    slow.emplace_back(endpoint.port());
    slow.back().send("GET /healthz HTTP/1.1\r\nX-Slow: ");
  }
  EXPECT_THAT(get(endpoint.port(), "/healthz"), StartsWith("HTTP/1.1 200 "));
  // 64 connections: the first slow ones had to go, the last are still there.
  EXPECT_EQ(slow.front().read_to_end(), "");
  slow.back().send("x\r\n\r\n");
  EXPECT_THAT(slow.back().read_response(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpEndpointAbuse, ClosesTheOldestWaitingConnectionAboveTheCap) {
  auto limits = patient();
  limits.connections = 2;
  const auto& endpoint = listen(limits);
  const HttpClient first(endpoint.port());
  const HttpClient second(endpoint.port());
  const HttpClient third(endpoint.port());
  EXPECT_EQ(first.read_to_end(), "");
  for (const HttpClient* client : {&second, &third}) {
    client->send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client->read_response(), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(HttpEndpointAbuse, ClosesANewConnectionAtOnceWhenAllAreBeingAnswered) {
  auto limits = patient();
  limits.connections = 1;
  const auto& endpoint = listen(limits);
  const HttpClient busy(endpoint.port());
  busy.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(busy.is_readable_within(30'000));
  const HttpClient refused(endpoint.port());
  EXPECT_EQ(refused.read_to_end(), "");
  EXPECT_EQ(busy.read_response().size() > kBigBody, true);
}

TEST_F(HttpEndpointAbuse, GivesUpOnAClientThatDoesNotReadItsAnswer) {
  auto limits = patient();
  limits.connections = 1;
  limits.write_timeout = 100ms;
  const auto& endpoint = listen(limits);
  const HttpClient deaf(endpoint.port());
  deaf.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(deaf.is_readable_within(30'000));
  std::string answer;
  for (int attempt = 0; attempt < 100'000 && answer.empty(); ++attempt) {
    answer = get(endpoint.port(), "/healthz");
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpEndpointAbuse, StopsWithConnectionsInEveryState) {
  const auto port = listen(patient()).port();
  const HttpClient silent(port);
  const HttpClient slow(port);
  slow.send("GET /hea");
  const HttpClient idle(port);
  idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  idle.read_response();
  const HttpClient deaf(port);
  deaf.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(deaf.is_readable_within(30'000));
  const HttpClient closing(port);
  closing.send("POST /healthz HTTP/1.1\r\n\r\n");
  closing.read_response();

  endpoint_.reset();

  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_THROW(HttpClient{port}, std::runtime_error);
}

}  // namespace
}  // namespace telemetry
