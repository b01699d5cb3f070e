#include "api/quantity.h"

#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace api {
namespace {

Quantity quantity(std::string_view text) { return Quantity::parse(text).value(); }

TEST(Quantity, ReadsEverySuffix) {
  const std::vector<std::pair<const char*, std::int64_t>> cases = {
      {"7", 7},
      {"1k", 1000},
      {"1M", 1'000'000},
      {"1G", 1'000'000'000},
      {"1T", 1'000'000'000'000},
      {"1P", 1'000'000'000'000'000},
      {"1E", 1'000'000'000'000'000'000},
      {"1Ki", 1024},
      {"1Mi", 1 << 20},
      {"1Gi", 1 << 30},
      {"1Ti", std::int64_t{1} << 40},
      {"1Pi", std::int64_t{1} << 50},
      {"1Ei", std::int64_t{1} << 60},
      {"1e3", 1000},
      {"2E+3", 2000},
      {"25e-1", 2},
      {".5k", 500},
      {"5.", 5},
      {"+3", 3},
      {"0.5Gi", 1 << 29},
      {"000128Mi", 128 << 20}};
  for (const auto& [text, whole] : cases) {
    ASSERT_TRUE(Quantity::parse(text)) << text;
    EXPECT_EQ(quantity(text).whole(), whole) << text;
  }
}

TEST(Quantity, RefusesWhatIsNoQuantity) {
  for (const char* text : {"", "m", "1 Gi", "1gi", "1KI", "abc", "1..2", "--1", "1e", "1ee3",
                           "1e1.5", "0x10", "1Mi ", " 1", ".", "-", "NaN", "1e999", "1e-999"}) {
    EXPECT_FALSE(Quantity::parse(text)) << "'" << text << "'";
  }
}

TEST(Quantity, RefusesWhatIsFinerThanANano) {
  EXPECT_TRUE(Quantity::parse("1n"));
  EXPECT_FALSE(Quantity::parse("0.1n"));
  EXPECT_FALSE(Quantity::parse("1e-10"));
}

TEST(Quantity, RefusesWhatIsTooLarge) {
  EXPECT_TRUE(Quantity::parse("9223372036854775807"));
  EXPECT_FALSE(Quantity::parse("9223372036854775808"));
  EXPECT_FALSE(Quantity::parse("8Ei"));
  EXPECT_FALSE(Quantity::parse("1e30"));
  EXPECT_FALSE(Quantity::parse("1e90"));
  EXPECT_FALSE(Quantity::parse("99999999999999999999999999999999999999999999999999"));
}

TEST(Quantity, KeepsTheTextOfItsAuthor) { EXPECT_EQ(quantity("0.50").text(), "0.50"); }

TEST(Quantity, ComparesByValue) {
  EXPECT_EQ(quantity("1"), quantity("1000m"));
  EXPECT_EQ(quantity("1Gi"), quantity("1024Mi"));
  EXPECT_LT(quantity("100m"), quantity("0.2"));
  EXPECT_LT(quantity("1G"), quantity("1Gi"));
  EXPECT_GT(quantity("1"), quantity("-5"));
  EXPECT_EQ(quantity("0"), quantity("-0"));
}

TEST(Quantity, IsExactWhereDoublesAreNot) {
  EXPECT_LT(quantity("9007199254740992"), quantity("9007199254740993"));
  EXPECT_LT(quantity("0.1"), quantity("0.100000001"));
}

TEST(Quantity, RoundsWholeUnitsDownAndMilliUp) {
  EXPECT_EQ(quantity("1.9").whole(), 1);
  EXPECT_EQ(quantity("-1.1").whole(), -2);
  EXPECT_EQ(quantity("1u").milli(), 1);
  EXPECT_EQ(quantity("100m").milli(), 100);
  EXPECT_EQ(quantity("-1.5m").milli(), -1);
  EXPECT_EQ(quantity("0").milli(), 0);
}

TEST(Quantity, SaturatesMilli) {
  EXPECT_EQ(quantity("7Ei").milli(), std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace api
