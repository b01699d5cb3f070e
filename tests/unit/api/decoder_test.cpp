#include "api/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace api {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array<std::string_view, 2> kColours{"red", "blue"};

class Decoder : public testing::Test {
 protected:
  std::vector<std::string> mistakes_;
};

TEST_F(Decoder, TreatsNullAsAbsent) {
  const json document{{"a", nullptr}};
  const Cursor at(document, "spec", mistakes_);
  EXPECT_FALSE(at.has("a"));
  EXPECT_EQ(at.optional("a", read_text), std::nullopt);
  EXPECT_THAT(mistakes_, IsEmpty());
}

TEST_F(Decoder, NamesThePlaceOfAMistake) {
  const json document = json::parse(R"({"ports": [{"port": 1}, {"port": "x"}]})");
  const Cursor at(document, "spec", mistakes_);
  const auto read = [](const Cursor& port) { return port.required("port", WholeNumber{1, 9}); };
  EXPECT_THAT(at.value_or_empty("ports", ListOf{read}), ElementsAre(1, 1));
  EXPECT_THAT(mistakes_, ElementsAre("spec.ports[1].port: must be a whole number from 1 to 9"));
}

TEST_F(Decoder, NamesPlacesOfAnUnnamedRoot) {
  const json document = json::parse(R"({"a": {"b": 1}})");
  const Cursor at(document, "", mistakes_);
  at.optional("a", [](const Cursor& a) {
    a.optional("b", read_text);
    return a.required("c", read_text);
  });
  at.required("d", read_text);
  EXPECT_THAT(mistakes_, ElementsAre("a.b: must be a string; quote numbers and booleans",
                                     "a.c: is required", "d: is required"));
}

TEST_F(Decoder, SaysOnceThatAPlaceIsNoObject) {
  const json document = json::array();
  const Cursor at(document, "spec", mistakes_);
  at.optional("a", read_text);
  at.required("b", read_text);
  EXPECT_THAT(mistakes_, ElementsAre("spec: must be an object"));
}

TEST_F(Decoder, RefusesWholeNumbersOfOtherForms) {
  for (const char* text :
       {"1.0", "\"1\"", "true", "18446744073709551615", "1e3", "[]", "0", "11", "-1"}) {
    mistakes_.clear();
    const json value = json::parse(text);
    WholeNumber{1, 10}(Cursor(value, "n", mistakes_));
    EXPECT_THAT(mistakes_, ElementsAre("n: must be a whole number from 1 to 10")) << text;
  }
}

TEST_F(Decoder, TakesTheBoundsOfARange) {
  const json least = 1;
  const json most = 10;
  EXPECT_EQ((WholeNumber{1, 10}(Cursor(least, "n", mistakes_))), 1);
  EXPECT_EQ((WholeNumber{1, 10}(Cursor(most, "n", mistakes_))), 10);
  EXPECT_THAT(mistakes_, IsEmpty());
}

TEST_F(Decoder, ListsTheChoicesOfAnEnumeration) {
  const json value = "green";
  EXPECT_EQ(OneOf{kColours}(Cursor(value, "c", mistakes_)), "");
  EXPECT_THAT(mistakes_, ElementsAre("c: must be one of red, blue"));
}

TEST_F(Decoder, RefusesWrongTypes) {
  const json document =
      json::parse(R"({"flag": "yes", "list": {}, "map": [], "values": {"a": 1}, "text": ""})");
  const Cursor at(document, "s", mistakes_);
  at.optional("flag", read_flag);
  at.optional("list", read_texts);
  at.optional("map", read_text_map);
  at.optional("values", read_text_map);
  at.optional("text", read_filled_text);
  at.optional("list", read_object);
  at.optional("map", read_object);
  EXPECT_THAT(
      mistakes_,
      ElementsAre("s.flag: must be true or false", "s.list: must be a list",
                  "s.map: must be a map of strings",
                  "s.values: the value of \"a\" must be a string; quote numbers and booleans",
                  "s.text: must not be empty", "s.map: must be an object"));
}

TEST_F(Decoder, TakesNullsOutOfObjectsThatArePassedOn) {
  const json document = json::parse(R"({"a": null, "b": [{"c": null, "d": 1}], "e": {"f": null}})");
  EXPECT_EQ(read_object(Cursor(document, "o", mistakes_)),
            json::parse(R"({"b": [{"d": 1}], "e": {}})"));
}

}  // namespace
}  // namespace api
