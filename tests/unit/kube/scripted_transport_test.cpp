#include "support/scripted_transport.h"

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace support {
namespace {

using kube::Method;
using std::chrono::milliseconds;

kube::Request get(std::string path, std::vector<std::pair<std::string, std::string>> query = {}) {
  kube::Request request;
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

TEST(ScriptedTransport, AnswersInOrder) {
  ScriptedTransport server;
  server.on(Method::kGet, "/a").answer(200, "one").answer(503, "two", std::chrono::seconds(3));
  EXPECT_EQ(server.send(get("/a"), {}).body, "one");
  EXPECT_EQ(server.steps_left(), 1U);
  EXPECT_EQ(server.send(get("/a"), {}).retry_after, std::chrono::seconds(3));
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(ScriptedTransport, ChoosesTheRuleByMethodPathAndQuery) {
  ScriptedTransport server;
  server.on(Method::kPost, "/a").answer(201, "");
  server.on(Method::kGet, "/a").with_query("watch", "true").answer(200, "watch");
  server.on(Method::kGet, "/a").answer(200, "list");
  EXPECT_EQ(server.send(get("/a"), {}).body, "list");
  EXPECT_EQ(server.send(get("/a", {{"x", "y"}, {"watch", "true"}}), {}).body, "watch");
  EXPECT_THROW(server.send(get("/b"), {}), std::logic_error);
}

TEST(ScriptedTransport, Fails) {
  ScriptedTransport server;
  server.on(Method::kGet, "/a").fault(kube::Fault::kTls);
  EXPECT_THROW(server.send(get("/a"), {}), kube::TransportError);
}

TEST(ScriptedTransport, StreamsBlocksAndThenEnds) {
  ScriptedTransport server;
  server.on(Method::kGet, "/a")
      .stream({"1", "2"})
      .then_fault(kube::Fault::kReset)
      .answer(410, "gone");
  std::string text;
  const auto take = [&](std::string_view block) {
    text += block;
    return milliseconds(7);
  };
  EXPECT_THROW(server.stream(get("/a"), take, {}), kube::TransportError);
  EXPECT_EQ(server.stream(get("/a"), take, {}).body, "gone");
  EXPECT_EQ(text, "12");
  EXPECT_EQ(server.silences(), std::vector<milliseconds>(2, milliseconds(7)));
}

TEST(ScriptedTransport, BlocksUntilItIsStopped) {
  ScriptedTransport server;
  std::stop_source stop;
  server.on(Method::kGet, "/a").stream({"1"}).then_block();
  std::jthread stopper([&] {
    EXPECT_TRUE(server.wait_for_requests(1));
    stop.request_stop();
  });
  const auto take = [](std::string_view) { return milliseconds(1); };
  try {
    server.stream(get("/a"), take, stop.get_token());
    ADD_FAILURE() << "not blocked";
  } catch (const kube::TransportError& error) {
    EXPECT_EQ(error.fault(), kube::Fault::kCancelled);
  }
}

}  // namespace
}  // namespace support
