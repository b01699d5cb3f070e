#include "kube/write_fence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kube/client.h"
#include "support/manual_clock.h"
#include "support/scripted_transport.h"

namespace kube {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kPath = "/api/v1/namespaces/shop/services/checkout";

class WriteFenceTest : public testing::Test {
 protected:
  Response send(Method method) {
    return transport_.send({.method = method, .path = kPath, .timeout = 10s}, {});
  }

  support::ScriptedTransport server_;
  support::ManualClock clock_;
  WriteFence fence_{clock_};
  FencedTransport transport_{server_, fence_};
};

TEST_F(WriteFenceTest, RefusesEveryKindOfWriteUntilItIsOpened) {
  for (const Method method : {Method::kPost, Method::kPatch, Method::kPut, Method::kDelete})
    EXPECT_THROW(send(method), WriteFenced) << to_string(method);
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(WriteFenceTest, LetsReadsPass) {
  server_.on(Method::kGet, kPath).answer(200, "{}").stream({"{}"});
  EXPECT_EQ(send(Method::kGet).status, 200);
  EXPECT_EQ(transport_.stream({.path = kPath}, [](std::string_view) { return 1s; }, {}).status,
            200);
}

TEST_F(WriteFenceTest, TheDeadlineOfAWriteIsTheEarlierOne) {
  server_.on(Method::kPatch, kPath).answer(200, "{}").answer(200, "{}");
  fence_.open_until(clock_.boot_now() + 13s);
  send(Method::kPatch);
  EXPECT_EQ(server_.requests().back().timeout, 10s);
  clock_.advance(9s);
  send(Method::kPatch);
  EXPECT_EQ(server_.requests().back().timeout, 4s);
  clock_.advance(4s);
  EXPECT_THROW(send(Method::kPatch), WriteFenced);
}

TEST_F(WriteFenceTest, CountsTheTimeThatTheMachineSlept) {
  fence_.open_until(clock_.boot_now() + 13s);
  clock_.suspend(13s);
  EXPECT_THROW(send(Method::kPost), WriteFenced);
}

TEST_F(WriteFenceTest, IgnoresTheWallClock) {
  server_.on(Method::kPost, kPath).answer(201, "{}");
  fence_.open_until(clock_.boot_now() + 13s);
  clock_.set_wall_clock_by(1h);
  EXPECT_EQ(send(Method::kPost).status, 201);
}

TEST_F(WriteFenceTest, IsAskedOnceMoreAtTheLastStep) {
  server_.on(Method::kPost, kPath).answer(201, "{}");
  fence_.open_until(clock_.boot_now() + 13s);
  send(Method::kPost);
  const Request request = server_.requests().back();
  EXPECT_TRUE(request.may_send());
  clock_.suspend(13s);
  EXPECT_FALSE(request.may_send());
}

TEST_F(WriteFenceTest, AWriteThatTheFenceCutShortIsNoFailureOfTheServer) {
  server_.on(Method::kPost, kPath).fault(Fault::kTimeout).before([this] { clock_.advance(13s); });
  fence_.open_until(clock_.boot_now() + 13s);
  EXPECT_THROW(send(Method::kPost), WriteFenced);
}

TEST_F(WriteFenceTest, AFailureOfTheServerStaysOne) {
  server_.on(Method::kPost, kPath).fault(Fault::kReset);
  fence_.open_always();
  EXPECT_THROW(send(Method::kPost), TransportError);
}

TEST_F(WriteFenceTest, WithoutElectionItIsOpenAlways) {
  server_.on(Method::kPost, kPath).answer(201, "{}");
  fence_.open_always();
  clock_.advance(std::chrono::hours(24 * 365));
  send(Method::kPost);
  EXPECT_EQ(server_.requests().back().timeout, 10s);
}

TEST_F(WriteFenceTest, StaysClosedOnceItWasClosed) {
  fence_.open_always();
  fence_.close();
  fence_.open_always();
  EXPECT_THROW(send(Method::kPost), WriteFenced);
}

TEST_F(WriteFenceTest, ARefusedWriteIsNotCountedAsARequest) {
  telemetry::Metrics metrics({"v", "c", "g"}, "serviceblueprint", {"user"});
  Client client(transport_, metrics, clock_, {.host = "server", .field_manager = "us"});
  EXPECT_THROW(client.apply(api::kService, {"shop", "checkout"}, "{}", View::kFull, "", {}),
               WriteFenced);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("rest_client_requests_total{")));
}

}  // namespace
}  // namespace kube
