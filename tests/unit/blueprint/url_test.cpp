#include "blueprint/url.h"

#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace blueprint {
namespace {

using Parts = std::tuple<std::string, std::string, std::int64_t>;

Parts parts_of(std::string_view text) {
  const std::optional<Url> url = parse_url(text);
  return url ? Parts(url->scheme, url->host, url->port) : Parts("none", "", 0);
}

TEST(Url, IsTakenApart) {
  EXPECT_EQ(parts_of("http://collector.tracing:4318"), Parts("http", "collector.tracing", 4318));
  EXPECT_EQ(parts_of("https://a.b:65535/c?d#e"), Parts("https", "a.b", 65535));
  EXPECT_EQ(parts_of("http://10.0.0.1:1/"), Parts("http", "10.0.0.1", 1));
  EXPECT_EQ(parts_of("http://[2001:db8::1]:4317/v1"), Parts("http", "2001:db8::1", 4317));
}

TEST(Url, HasThePortOfItsScheme) {
  EXPECT_EQ(parts_of("http://a"), Parts("http", "a", 80));
  EXPECT_EQ(parts_of("https://a/b:1"), Parts("https", "a", 443));
  EXPECT_EQ(parts_of("https://[::1]"), Parts("https", "::1", 443));
}

TEST(Url, RefusesOtherForms) {
  for (const char* const text :
       {"", "a", "http://", "http:///a", "ftp://a", "http://a:0", "http://a:65536",
        "http://a:", "http://a:b", "http://a:1x", "http://a b", "http://user:word@a", "http://[::1",
        "http://[::1]1", "http://[]", "http://a]", "http://ü", "HTTP://a"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

}  // namespace
}  // namespace blueprint
