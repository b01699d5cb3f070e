#include "blueprint/syntax.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "blueprint/duration.h"

namespace blueprint {
namespace {

struct SyntaxCase {
  const char* name;
  bool (*accepts)(std::string_view);
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

std::ostream& operator<<(std::ostream& stream, const SyntaxCase& parameter) {
  return stream << parameter.name;
}

class Syntax : public testing::TestWithParam<SyntaxCase> {};

TEST_P(Syntax, AcceptsAndRefuses) {
  for (const std::string& text : GetParam().good) EXPECT_TRUE(GetParam().accepts(text)) << text;
  for (const std::string& text : GetParam().bad) EXPECT_FALSE(GetParam().accepts(text)) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Syntax,
    testing::Values(
        SyntaxCase{"Dns1035Label",
                   is_dns1035_label,
                   {"a", "a-1", std::string(63, 'a')},
                   {"", "1a", "a-", "-a", "A", "a.b", "a_b", std::string(64, 'a')}},
        SyntaxCase{"Dns1123Subdomain",
                   is_dns1123_subdomain,
                   {"a", "1.a-b.c", std::string(253, 'a')},
                   {"", ".", "a.", ".a", "a..b", "A", "a_b", std::string(254, 'a')}},
        SyntaxCase{"PortName",
                   is_port_name,
                   {"http", "h2c-1", "1a"},
                   {"", "80", "a--b", "-a", "a-", "HTTP", "a.b", "abcdefghijklmnop"}},
        SyntaxCase{"QualifiedName",
                   is_qualified_name,
                   {"a", "A_b.c-1", "example.com/Name", std::string(63, 'a')},
                   {"", "/a", "a/", "a b", "-a", "a/b/c", "Example.com/a", std::string(64, 'a')}},
        SyntaxCase{"LabelValue",
                   is_label_value,
                   {"", "a", "1.4.2_x-Y"},
                   {"-", "a ", "ü", std::string(64, 'a')}},
        SyntaxCase{"EnvName",
                   is_env_name,
                   {"A", "_a", "a.b-c", "-x"},
                   {"", "1A", ".a", "A=B", "A B", "Ä"}},
        SyntaxCase{"ConfigKey",
                   is_config_key,
                   {"a", ".a", "A_b-c.d"},
                   {"", ".", "..", "..a", "a/b", "a b"}},
        SyntaxCase{"HostPattern",
                   is_host_pattern,
                   {"a", "shop.example.com", "*.example.com", "1.2.3.example", "a-b.c1"},
                   {"", "*", "*.", "*a.b", "a.*.b", "A.b", "a..b", "-a.b", "a.b.", "10.0.0.1",
                    "010.0.0.1", "a.1", std::string(64, 'a') + ".b", "a/b", "a:80", "ü.de"}},
        SyntaxCase{"UrlPath",
                   is_url_path,
                   {"/", "/a", "/a/", "/a/b", "/.a/..b", "/a%20b", "/~a;b=c,d@e"},
                   {"", "a", "//", "/a//b", "/.", "/..", "/a/../b", "/a/.", "/a b", "/a?b", "/a#b",
                    "/a%2Fb", "/a%2fb", "/a%2", "/a%zz", "/ü"}},
        SyntaxCase{"HeaderName", is_header_name, {"Host", "X-Probe-1"}, {"", "A B", "A:", "A_B"}},
        SyntaxCase{"MountPath",
                   is_mount_path,
                   {"/a", "/a/..b", "/a/b/"},
                   {"", "/", "a", "/a:b", "/..", "/a/../b", "/a/.."}},
        SyntaxCase{"PathBelow",
                   is_path_below,
                   {"a", "a/b", "a/..b"},
                   {"", "/a", "..", "..a", "../a", "a/../b"}}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(Duration, IsReadInEveryUnit) {
  const std::vector<std::pair<const char*, std::int64_t>> cases = {
      {"30s", 30'000},    {"1m30s", 90'000},   {"500ms", 500},         {"2h", 7'200'000},
      {"1d", 86'400'000}, {"1w", 604'800'000}, {"1y", 31'536'000'000}, {"0s", 0}};
  for (const auto& [text, milliseconds] : cases) {
    EXPECT_EQ(parse_duration(text), std::chrono::milliseconds(milliseconds)) << text;
  }
}

TEST(Duration, RefusesOtherForms) {
  for (const char* text : {"", "30", "s", "1.5s", "-1s", "1s30m", "1s1s", "30S", "1 s", "2y",
                           "400d", "99999999999999999999s", "53w"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace blueprint
