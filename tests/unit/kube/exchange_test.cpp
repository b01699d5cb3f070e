#include "kube/exchange.h"

#include <stop_token>

#include <gtest/gtest.h>

namespace kube {
namespace {

using Room = Exchange::Room;
using Wake = Exchange::Wake;

// Long past: nothing here has to wait.
constexpr base::SteadyTime kNow{};

TEST(Exchange, IsFullWhenTheStreamBufferIsFullAndStallsOnce) {
  Exchange exchange(Exchange::Mode::kStream, 0);
  const std::string half(Exchange::kStreamBuffer / 2, 'x');
  EXPECT_EQ(exchange.bytes(half), Room::kMore);
  EXPECT_FALSE(exchange.take_stall());
  EXPECT_EQ(exchange.bytes(half), Room::kFull);
  std::string block;
  EXPECT_EQ(exchange.wait_block(block, kNow, {}), Wake::kReady);
  EXPECT_EQ(block.size(), Exchange::kStreamBuffer);
  EXPECT_TRUE(exchange.take_stall());
  EXPECT_FALSE(exchange.take_stall());
}

TEST(Exchange, GivesTheLastBytesBeforeTheEnd) {
  Exchange exchange(Exchange::Mode::kStream, 0);
  exchange.headers(200, {});
  exchange.bytes("last");
  exchange.end(Failure{Fault::kReset, "cut"});
  std::string block;
  EXPECT_EQ(exchange.wait_block(block, kNow, {}), Wake::kReady);
  EXPECT_EQ(block, "last");
  EXPECT_EQ(exchange.wait_block(block, kNow, {}), Wake::kReady);
  EXPECT_EQ(block, "");
  EXPECT_EQ(exchange.failure().value_or(Failure{}).cause, "cut");
}

TEST(Exchange, RefusesAWholeBodyBeyondItsLimit) {
  Exchange exchange(Exchange::Mode::kWhole, 4);
  EXPECT_EQ(exchange.bytes("1234"), Room::kMore);
  EXPECT_EQ(exchange.bytes("5"), Room::kTooLarge);
}

TEST(Exchange, KeepsTheFirstEnd) {
  Exchange exchange(Exchange::Mode::kWhole, 4);
  exchange.end(Failure{Fault::kTooLarge, "first"});
  exchange.end(std::nullopt);
  EXPECT_EQ(exchange.failure().value_or(Failure{}).cause, "first");
  EXPECT_EQ(exchange.bytes("x"), Room::kTooLarge);
}

TEST(Exchange, TellsATimeoutFromAStop) {
  Exchange exchange(Exchange::Mode::kWhole, 4);
  EXPECT_EQ(exchange.wait_end(kNow, {}), Wake::kTimeout);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(exchange.wait_headers(kNow, stop.get_token()), Wake::kStopped);
  exchange.end(std::nullopt);
  EXPECT_EQ(exchange.wait_headers(kNow, {}), Wake::kReady);
}

}  // namespace
}  // namespace kube
