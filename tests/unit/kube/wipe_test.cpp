#include "kube/wipe.h"

#include <gtest/gtest.h>

#include "kube/exchange.h"
#include "kube/watch_decoder.h"

namespace kube {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSecret = "correct-horse-battery-staple";

// The whole memory of a text, beyond its end too.
std::string memory_of(const std::string& text) { return {text.data(), text.capacity()}; }

std::string filled(std::size_t capacity) {
  std::string text;
  text.reserve(capacity);
  return text.append(kSecret);
}

TEST(Wipe, OverwritesAndKeepsTheRoom) {
  std::string text = filled(100);
  const std::size_t capacity = text.capacity();
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.capacity(), capacity);
  EXPECT_EQ(memory_of(text).find("horse"), std::string::npos);
}

TEST(Wipe, TheFrontLeavesNothingBehind) {
  std::string text = filled(100);
  wipe_front(text, kSecret.find("battery"));
  EXPECT_EQ(text, "battery-staple");
  EXPECT_EQ(memory_of(text).find("horse"), std::string::npos);
  EXPECT_EQ(memory_of(text).rfind("staple"), text.find("staple")) << "moved, not copied";
}

TEST(Wipe, GrowthKeepsTheTextAndGivesRoom) {
  std::string text(kSecret);
  append_wiping(text, std::string(1000, 'x'), 64);
  EXPECT_EQ(text, std::string(kSecret) + std::string(1000, 'x'));
  EXPECT_GE(text.capacity(), text.size() + 64);
}

// Where a view of the line was, zeros are once the line is out of use.
TEST(Wipe, LinesOfAWatchAreOverwrittenAfterUse) {
  LineSplitter lines;
  lines.append(std::string(kSecret) + "\nrest");
  const auto line = lines.next();
  ASSERT_TRUE(line);
  const char* const place = line->data();
  ASSERT_EQ(std::string_view(place, kSecret.size()), kSecret);
  EXPECT_FALSE(lines.next());
  const std::string_view there(place, kSecret.size());
  EXPECT_EQ(there.find("horse"), std::string_view::npos);
  EXPECT_TRUE(there.starts_with("rest")) << "what waits has moved to the front";
}

TEST(Wipe, BlocksOfAStreamAreOverwrittenWhenTheNextIsTaken) {
  Exchange exchange(Exchange::Mode::kStream, 0);
  const auto take = [&](std::string& block) {
    ASSERT_EQ(exchange.wait_block(block, base::SystemClock().now() + 10s, {}),
              Exchange::Wake::kReady);
  };
  exchange.bytes(std::string(kSecret) + std::string(100, 'x'));
  std::string block;
  take(block);
  ASSERT_TRUE(block.starts_with(kSecret));
  const char* const place = block.data();
  exchange.bytes("more");
  take(block);
  EXPECT_EQ(block, "more");
  // The former block's memory is the exchange's now.
  EXPECT_EQ(std::string_view(place, kSecret.size()).find("horse"), std::string_view::npos);
}

}  // namespace
}  // namespace kube
