#include "telemetry/http_endpoint.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/telemetry/http_client.h"

namespace telemetry {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpEndpointTest : public testing::Test {
 protected:
  static std::map<std::string, HttpHandler> pages() {
    return {
        {"/metrics", [](const std::string&) { return HttpAnswer{.body = "a_total 1\n"}; }},
        {"/echo", [](const std::string& query) { return HttpAnswer{.body = "<" + query + ">"}; }},
        {"/broken",
         [](const std::string&) -> HttpAnswer { throw std::runtime_error("no table"); }}};
  }

  std::ostringstream log_text_;
  Log log_{LogFormat::kText, Level::kInfo, log_text_};
  HttpEndpoint endpoint_{"127.0.0.1:0", pages(), {}, log_};
};

TEST_F(HttpEndpointTest, AnswersWithTheHandlersPage) {
  const std::string response = get(endpoint_.port(), "/metrics");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(response, HasSubstr("\r\nContent-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(response, HasSubstr("\r\nContent-Length: 10\r\n"));
  EXPECT_THAT(response, EndsWith("\r\n\r\na_total 1\n"));
}

TEST_F(HttpEndpointTest, HandsTheQueryToTheHandlerWithoutItsQuestionMark) {
  EXPECT_THAT(get(endpoint_.port(), "/echo?verbose&a=b"), EndsWith("<verbose&a=b>"));
  EXPECT_THAT(get(endpoint_.port(), "/echo?"), EndsWith("<>"));
  EXPECT_THAT(get(endpoint_.port(), "/echo"), EndsWith("<>"));
}

TEST_F(HttpEndpointTest, AnswersHeadWithTheLengthAndWithoutTheBody) {
  const HttpClient client(endpoint_.port());
  client.send("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_head(), HasSubstr("\r\nContent-Length: 10\r\n"));
  EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpEndpointTest, NamesTheKnownPathsForAnUnknownOne) {
  const std::string response = get(endpoint_.port(), "/debug");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(response, EndsWith("not found; known paths: /broken, /echo, /metrics\n"));
}

TEST_F(HttpEndpointTest, TurnsAnExceptionOfAHandlerIntoA500WithoutItsText) {
  const std::string response = get(endpoint_.port(), "/broken");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(response, Not(HasSubstr("no table")));
  EXPECT_THAT(get(endpoint_.port(), "/echo"), EndsWith("<>"));
}

TEST_F(HttpEndpointTest, KeepsAConnectionForTheNextRequest) {
  const HttpClient client(endpoint_.port());
  client.send("GET /echo?1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_response(), EndsWith("<1>"));
  client.send("GET /echo?2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_response(), EndsWith("<2>"));
}

TEST_F(HttpEndpointTest, AnswersPipelinedRequestsInTheirOrder) {
  const HttpClient client(endpoint_.port());
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += "GET /echo?" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  client.send(requests);
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(client.read_response(), EndsWith("<" + std::to_string(i) + ">"));
  }
}

TEST_F(HttpEndpointTest, ClosesTheConnectionOfAnHttp10Client) {
  const HttpClient client(endpoint_.port());
  client.send("GET /echo HTTP/1.0\r\n\r\n");
  const std::string response = client.read_to_end();
  EXPECT_THAT(response, StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(response, EndsWith("<>"));
}

TEST_F(HttpEndpointTest, AnswersAClientThatHasFinishedSending) {
  const HttpClient client(endpoint_.port());
  client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  client.end_sending();
  EXPECT_THAT(client.read_to_end(), EndsWith("<>"));
}

TEST_F(HttpEndpointTest, SaysWhyItCannotListen) {
  const std::string taken = "127.0.0.1:" + std::to_string(endpoint_.port());
  try {
    const HttpEndpoint second(taken, pages(), {}, log_);
    FAIL() << "listens twice on " << taken;
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot listen on \"" + taken + "\": Address already in use");
  }
}

TEST(HttpEndpoint, RefusesAddressesThatAreNone) {
  std::ostringstream lines;
  const Log log(LogFormat::kText, Level::kInfo, lines);
  for (const char* address :
       {"", "8080", "localhost", ":http", ":65536", ":-1", ":", "999.1.1.1:0", "192.0.2.7:0"}) {
    EXPECT_THROW(HttpEndpoint(address, {}, {}, log), std::runtime_error) << address;
  }
}

bool machine_has_ipv6() {
  std::ifstream addresses("/proc/net/if_inet6");
  std::string line;
  while (std::getline(addresses, line)) {
    if (line.starts_with("00000000000000000000000000000001")) return true;
  }
  return false;
}

TEST(HttpEndpoint, ListensOnBothFamiliesWithoutAHost) {
  std::ostringstream lines;
  const HttpEndpoint endpoint(":0", {}, {}, Log(LogFormat::kText, Level::kInfo, lines));
  EXPECT_THAT(get(endpoint.port(), "/"), StartsWith("HTTP/1.1 404 "));
  if (!machine_has_ipv6()) GTEST_SKIP() << "no IPv6 here: the IPv4 half has passed";
  const HttpClient client(endpoint.port(), "::1");
  client.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.0 404 "));
}

TEST(HttpEndpoint, ListensOnAnIpv6AddressAlone) {
  if (!machine_has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  std::ostringstream lines;
  const HttpEndpoint endpoint("[::1]:0", {}, {}, Log(LogFormat::kText, Level::kInfo, lines));
  const HttpClient client(endpoint.port(), "::1");
  client.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.0 404 "));
  EXPECT_THROW(HttpClient(endpoint.port(), "127.0.0.1"), std::runtime_error);
}

}  // namespace
}  // namespace telemetry
