#include "kube/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/objects.h"

namespace kube {
namespace {

using testing::ElementsAre;

std::vector<std::string> all_lines(LineSplitter& lines) {
  std::vector<std::string> found;
  while (const auto line = lines.next()) found.emplace_back(*line);
  return found;
}

TEST(LineSplitter, GivesEveryLineOnceHoweverTheStreamIsCut) {
  const std::string stream = "{\"a\":1}\n{\"b\":\"\xC3\xA4\xC3\xB6\"}\n{\"c\":3}\n";
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      LineSplitter lines;
      std::vector<std::string> found;
      for (const std::string& block :
           {stream.substr(0, first), stream.substr(first, second - first), stream.substr(second)}) {
        lines.append(block);
        for (std::string& line : all_lines(lines)) found.push_back(std::move(line));
      }
      ASSERT_THAT(found, ElementsAre("{\"a\":1}", "{\"b\":\"\xC3\xA4\xC3\xB6\"}", "{\"c\":3}"))
          << "cut at " << first << " and " << second;
    }
  }
}

TEST(LineSplitter, NeverGivesALineThatWasNotEnded) {
  LineSplitter lines;
  lines.append("{\"a\":1}\n{\"type\":\"ADDED\",\"obj");
  EXPECT_THAT(all_lines(lines), ElementsAre("{\"a\":1}"));
}

TEST(LineSplitter, RefusesALineOverTheLimit) {
  LineSplitter lines;
  const std::string block(1U << 20U, 'x');
  EXPECT_THROW(
      {
        for (int i = 0; i < 9; ++i) {
          lines.append(block);
          lines.next();
        }
      },
      DecodeError);
}

TEST(ParseFrame, FindsTypeAndObjectInAnyOrder) {
  const std::string usual = support::padded({{"type", "MODIFIED"}, {"object", {{"kind", "Pod"}}}});
  EXPECT_EQ(parse_frame(usual).type, FrameType::kModified);
  EXPECT_EQ(parse_frame(usual).object, R"({"kind":"Pod"})");
  std::string spaced = "{ \"object\" : {\"a\": [1, 2] } , \"type\": \"DELETED\" }";
  spaced.reserve(spaced.size() + kJsonPadding);
  EXPECT_EQ(parse_frame(spaced).type, FrameType::kDeleted);
  EXPECT_EQ(parse_frame(spaced).object, R"({"a": [1, 2] })");
}

TEST(ParseFrame, RefusesWhatIsNoFrame) {
  for (const char* const text :
       {"", "x", "[]", "{}", R"({"type":"ADDED"})", R"({"type":"WHAT","object":{}})",
        R"({"type":"ADDED","object":3})", R"({"type":"ADDED","object":{"a":)"}) {
    std::string line = text;
    line.reserve(line.size() + kJsonPadding);
    EXPECT_THROW(parse_frame(line), DecodeError) << text;
  }
}

TEST(ParseBookmark, TellsTheVersionAndTheEndOfTheInitialEvents) {
  const std::string plain = support::padded({{"metadata", {{"resourceVersion", "7"}}}});
  EXPECT_EQ(parse_bookmark(plain).resource_version, "7");
  EXPECT_FALSE(parse_bookmark(plain).initial_events_end);
  const std::string last = support::padded(
      {{"metadata",
        {{"annotations", {{"k8s.io/initial-events-end", "true"}}}, {"resourceVersion", "9"}}}});
  EXPECT_EQ(parse_bookmark(last).resource_version, "9");
  EXPECT_TRUE(parse_bookmark(last).initial_events_end);
  EXPECT_THROW(parse_bookmark(support::padded({{"metadata", {{"name", "x"}}}})), DecodeError);
}

TEST(ParseErrorCode, IsZeroWhereThereIsNone) {
  EXPECT_EQ(parse_error_code(support::padded({{"kind", "Status"}, {"code", 410}})), 410);
  EXPECT_EQ(parse_error_code(support::padded({{"kind", "Status"}})), 0);
}

TEST(ParseList, VisitsEachItemAndTellsHowToGoOn) {
  std::string body =
      R"({"kind":"ServiceList","metadata":{"continue":"abc","resourceVersion":"12"},"items":[{"a":1}, {"b":[{}]}]})";
  std::vector<std::string> items;
  const ListPage page = parse_list(body, [&](std::string_view item) { items.emplace_back(item); });
  EXPECT_EQ(page.resource_version, "12");
  EXPECT_EQ(page.continue_token, "abc");
  EXPECT_THAT(items, ElementsAre(R"({"a":1})", R"({"b":[{}]})"));
}

TEST(ParseList, TakesNullItemsForNone) {
  std::string body = R"({"metadata":{"resourceVersion":"12"},"items":null})";
  const ListPage page = parse_list(body, [](std::string_view) { FAIL() << "no item expected"; });
  EXPECT_EQ(page.resource_version, "12");
  EXPECT_EQ(page.continue_token, "");
}

TEST(ParseList, RefusesATornBody) {
  std::string body = R"({"metadata":{"resourceVersion":"12"},"items":[{"a":1},{"b")";
  EXPECT_THROW(parse_list(body, [](std::string_view) {}), DecodeError);
}

}  // namespace
}  // namespace kube
