#include "options_value.h"

#include <gtest/gtest.h>

namespace options {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsDurationsAsGoWritesThem) {
  EXPECT_EQ(parse_duration("10s"), 10s);
  EXPECT_EQ(parse_duration("1m30s"), 90s);
  EXPECT_EQ(parse_duration("1h0m0.5s"), 1h + 500ms);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration(".5s"), 500ms);
  EXPECT_EQ(parse_duration("1.s"), 1s);
  EXPECT_EQ(parse_duration("2us"), 2us);
  EXPECT_EQ(parse_duration("2\xC2\xB5s"), 2us);
  EXPECT_EQ(parse_duration("7ns"), 7ns);
  EXPECT_EQ(parse_duration("0"), 0s);
}

TEST(ParseDuration, RefusesWhatIsNone) {
  for (const char* text : {"", "10", "s", "10 s", "10s ", "-1s", "+1s", "1d", "1e3s", "1..5s", ".s",
                           "10S", "1m30", "99999999999999999999h", "0x1s", "nan"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(ReadDuration, StaysBetweenItsBounds) {
  std::chrono::milliseconds value = 3s;
  EXPECT_EQ(read_duration("999ms", 1s, value),
            "must be a duration from 1s to 10m, such as 500ms, 10s or 1m30s");
  EXPECT_NE(read_duration("10m1ms", 1s, value), "");
  EXPECT_EQ(value, 3s);
  EXPECT_EQ(read_duration("10m", 1s, value), "");
  EXPECT_EQ(value, 10min);
}

TEST(ReadSeconds, RefusesFractions) {
  std::chrono::seconds value{};
  EXPECT_EQ(read_seconds("1.5s", 1s, value), "must be whole seconds, as a Lease keeps them");
  EXPECT_EQ(read_seconds("90s", 1s, value), "");
  EXPECT_EQ(value, 90s);
}

TEST(DurationText, WritesWhatParseDurationReads) {
  EXPECT_EQ(duration_text(500ms), "500ms");
  EXPECT_EQ(duration_text(2s), "2s");
  EXPECT_EQ(duration_text(1050ms), "1.05s");
  EXPECT_EQ(duration_text(10min), "10m");
  EXPECT_EQ(duration_text(90'500ms), "1m30.5s");
}

TEST(ReadAddress, AcceptsHostsPortsAndOff) {
  for (const char* text :
       {":8080", "localhost:8080", "127.0.0.1:0", "[::1]:65535", "[fe80::1%0]:80", ":0"}) {
    std::string value;
    EXPECT_EQ(read_address(text, value), "") << text;
    EXPECT_EQ(value, text);
  }
  std::string value = ":1";
  EXPECT_EQ(read_address("0", value), "");
  EXPECT_EQ(value, "");
}

TEST(ReadAddress, RefusesOthers) {
  for (const char* text : {"", "8080", ":", ":http", ":65536", ":-1", ":80 ", "::1:80", "[]:80",
                           "[x]:80", "a b:80", "http://a:80", "localhost"}) {
    std::string value;
    EXPECT_EQ(read_address(text, value), "must be HOST:PORT, :PORT or [IPV6]:PORT, or 0 for off")
        << text;
  }
}

TEST(ReadNamespaces, SortsAndDropsRepetitions) {
  std::vector<std::string> value;
  EXPECT_EQ(read_namespaces("shop,cart,shop", value), "");
  EXPECT_EQ(value, (std::vector<std::string>{"cart", "shop"}));
  EXPECT_EQ(read_namespaces("", value), "");
  EXPECT_TRUE(value.empty());
}

TEST(ReadNamespaces, RefusesWhatIsNoNamespace) {
  const std::string too_long(64, 'a');
  for (const std::string& text :
       {std::string("a,"), std::string(",a"), std::string("a,,b"), std::string("a, b"),
        std::string("A"), std::string("-a"), std::string("a.b"), std::string("*"), too_long}) {
    std::vector<std::string> value{"kept"};
    EXPECT_NE(read_namespaces(text, value), "") << text;
    EXPECT_EQ(value, std::vector<std::string>{"kept"});
  }
}

TEST(ReadReferenceNamespaces, TakesNamesOrAllOrNone) {
  std::vector<std::string> value;
  EXPECT_EQ(read_reference_namespaces("shop,cart", value), "");
  EXPECT_EQ(value, (std::vector<std::string>{"cart", "shop"}));
  EXPECT_EQ(read_reference_namespaces("*", value), "");
  EXPECT_EQ(value, std::vector<std::string>{"*"});
  for (const char* const text : {"*,shop", "shop,*", "a.b"}) {
    EXPECT_NE(read_reference_namespaces(text, value), "") << text;
    EXPECT_EQ(value, std::vector<std::string>{"*"});
  }
  EXPECT_EQ(read_reference_namespaces("", value), "");
  EXPECT_TRUE(value.empty());
}

TEST(ReadInteger, TakesWholeNumbersInItsRange) {
  int value = 0;
  EXPECT_EQ(read_integer("256", 1, 256, value), "");
  EXPECT_EQ(value, 256);
  for (const char* text : {"", "0", "257", "8x", " 8", "+8", "8.0", "99999999999"}) {
    EXPECT_EQ(read_integer(text, 1, 256, value), "must be a number from 1 to 256") << text;
  }
}

TEST(CheckLabel, FollowsKubernetes) {
  for (const char* key : {"release", "app.kubernetes.io/name", "A_b-c.9", "example.com/x"}) {
    EXPECT_EQ(check_label_key(key), "") << key;
  }
  for (const char* key : {"", "-a", "a-", "a b", "/a", "Example.com/a", "a/b/c", "a/"}) {
    EXPECT_NE(check_label_key(key), "") << key;
  }
  EXPECT_EQ(check_label_value(""), "");
  EXPECT_EQ(check_label_value("kube-prometheus_1.2"), "");
  EXPECT_NE(check_label_value("a b"), "");
  EXPECT_NE(check_label_value(std::string(64, 'a')), "");
}

TEST(ReadDnsNames, TellSubdomainsFromLabels) {
  std::string value;
  EXPECT_EQ(read_dns_subdomain("a.b-c", value), "");
  EXPECT_EQ(value, "a.b-c");
  EXPECT_NE(read_dns_subdomain("a..b", value), "");
  EXPECT_NE(read_dns_subdomain("", value), "");
  EXPECT_NE(read_dns_label("a.b", value), "");
  EXPECT_EQ(read_dns_label("", value), "");
}

TEST(Shown, KeepsTextOnOneLine) { EXPECT_EQ(shown("a\n\"b\"\x1b"), "\"a\\n\\\"b\\\"\\u001b\""); }

}  // namespace
}  // namespace options
