#include "kube/text.h"

#include <gtest/gtest.h>

namespace kube {
namespace {

TEST(Text, TrimsBothEnds) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Text, KnowsWhatMayStandInAHeader) {
  EXPECT_TRUE(is_header_value("eyJh.b-c_d~"));
  for (const std::string bad : {"", "a b", "a\nb", "a\rb", "a\x7f", "\xc3\xa9"}) {
    EXPECT_FALSE(is_header_value(bad)) << bad;
  }
  EXPECT_FALSE(is_header_value(std::string("a\0b", 3)));
}

TEST(Text, TellsAddressesFromNames) {
  EXPECT_TRUE(is_ipv4("10.96.0.1"));
  for (const char* name : {"localhost", "10.96.0", "::1", "10.96.0.1.example"}) {
    EXPECT_FALSE(is_ipv4(name)) << name;
  }
}

TEST(Text, DecodesBase64) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("YQ=="), "a");
  EXPECT_EQ(decode_base64("YWI="), "ab");
  EXPECT_EQ(decode_base64("YW\nJj\n"), "abc");
  EXPECT_EQ(decode_base64("+/+/"), "\xfb\xff\xbf");
}

TEST(Text, RefusesWhatIsNotBase64) {
  for (const char* text : {"Y", "YQ=", "YQ-_", "=", "====", "Y===", "YQ==YQ==", "a~bc"}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(Text, ParsesTimestamps) {
  const auto seconds = [](const char* text) {
    return std::chrono::duration_cast<std::chrono::seconds>(
               parse_timestamp(text).value().time_since_epoch())
        .count();
  };
  EXPECT_EQ(seconds("2026-01-01T00:00:00Z"), 1767225600);
  EXPECT_EQ(seconds("2026-01-01T00:00:00.123456Z"), 1767225600);
  EXPECT_EQ(seconds("2026-01-01T01:30:00+01:30"), 1767225600);
  EXPECT_EQ(seconds("2025-12-31T22:00:00-02:00"), 1767225600);
}

TEST(Text, RefusesWhatIsNotATimestamp) {
  for (const char* text :
       {"", "2026-01-01", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+1", "2026-13-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

TEST(Text, ShortensOutsideOfCharacters) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abc...");
  EXPECT_EQ(shortened("ab\xC3\xA4 efg", 6), "ab...") << "the third byte begins a character of two";
  std::string text = "\xE2\x82\xAC";
  cut(text, 2);
  EXPECT_EQ(text, "");
}

TEST(Text, EncodesAllButUnreservedCharacters) {
  std::string text = "x";
  append_percent_encoded(text, "aZ09-._~ =&/\xc3");
  EXPECT_EQ(text, "xaZ09-._~%20%3D%26%2F%C3");
}

}  // namespace
}  // namespace kube
