#include "telemetry/process.h"

#include <gtest/gtest.h>

namespace telemetry {
namespace {

constexpr StatUnits kUnits{.ticks_per_second = 100, .page_bytes = 4096, .boot_time_seconds = 1000};

TEST(ProcessUsage, ReadsTheFieldsBehindANameWithParentheses) {
  const auto usage = parse_process_stat(
      "42 (odd) name (x) S 1 42 42 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 7 0 12345 1048576 256 0 "
      "0",
      kUnits);
  ASSERT_TRUE(usage);
  EXPECT_DOUBLE_EQ(usage->cpu_seconds, 2.0);
  EXPECT_DOUBLE_EQ(usage->threads, 7);
  EXPECT_DOUBLE_EQ(usage->start_time_seconds, 1123.45);
  EXPECT_DOUBLE_EQ(usage->virtual_bytes, 1048576);
  EXPECT_DOUBLE_EQ(usage->resident_bytes, 256 * 4096);
}

TEST(ProcessUsage, IsAbsentWhenTheTextIsCutOff) {
  EXPECT_FALSE(parse_process_stat("", kUnits));
  EXPECT_FALSE(parse_process_stat("42 (name) S 1 42", kUnits));
}

TEST(ProcessUsage, KnowsThisProcess) {
  const auto usage = read_process_usage();
  ASSERT_TRUE(usage);
  EXPECT_GE(usage->threads, 1);
  EXPECT_GE(usage->open_files, 3);
  EXPECT_GE(usage->max_files, usage->open_files);
  EXPECT_GT(usage->resident_bytes, 1 << 20);
  EXPECT_GT(usage->virtual_bytes, usage->resident_bytes);
  EXPECT_GT(usage->start_time_seconds, 1.6e9);
}

}  // namespace
}  // namespace telemetry
