#include "api/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace api {
namespace {

using nlohmann::json;

json value_of(const std::string& plain) { return parse_yaml("key: " + plain).at(0).at("key"); }

std::string error_of(const std::string& text) {
  try {
    parse_yaml(text);
  } catch (const YamlError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ParseYaml, ReadsEveryDocumentOfAStreamButEmptyOnes) {
  EXPECT_EQ(parse_yaml("---\n# only a comment\n---\na: 1\n---\nnull\n---\n- 2\n...\nb: 3\n"),
            (std::vector<json>{{{"a", 1}}, json::array({2}), {{"b", 3}}}));
  EXPECT_TRUE(parse_yaml("").empty());
  EXPECT_TRUE(parse_yaml("# nothing\n").empty());
}

TEST(ParseYaml, TypesPlainScalarsByTheCoreSchema) {
  for (const char* text : {"null", "Null", "NULL", "~", ""})
    EXPECT_EQ(value_of(text), nullptr) << text;
  for (const char* text : {"true", "True", "TRUE"}) EXPECT_EQ(value_of(text), true) << text;
  for (const char* text : {"false", "False", "FALSE"}) EXPECT_EQ(value_of(text), false) << text;
  EXPECT_EQ(value_of("0"), 0);
  EXPECT_EQ(value_of("-12"), -12);
  EXPECT_EQ(value_of("+12"), 12);
  EXPECT_EQ(value_of("0x1F"), 31);
  EXPECT_EQ(value_of("0o17"), 15);
  EXPECT_EQ(value_of("0.5"), 0.5);
  EXPECT_EQ(value_of(".5"), 0.5);
  EXPECT_EQ(value_of("+2.5e-1"), 0.25);
  EXPECT_EQ(value_of("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(value_of("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(ParseYaml, MakesIntegersOfWholeNumbers) {
  for (const char* text : {"1e3", "1000.", "1000.0", "+1000"}) {
    EXPECT_TRUE(value_of(text).is_number_integer()) << text;
    EXPECT_EQ(value_of(text).dump(), "1000") << text;
  }
}

TEST(ParseYaml, KeepsWordsOfYaml11AsStrings) {
  for (const char* text :
       {"yes",   "NO", "on",   "Off",   "y", "n", "tRUE", "1_000", "0b11", "12:30:45", "2024-01-01",
        "1.2.3", "0x", "0xfg", "-0x1F", ".", "+", "1e",   "e5",    "1.5.", "infinity", "nan"}) {
    EXPECT_EQ(value_of(text), text) << text;
  }
}

TEST(ParseYaml, KeepsQuotedAndBlockScalarsAsStrings) {
  EXPECT_EQ(value_of("\"true\""), "true");
  EXPECT_EQ(value_of("'123'"), "123");
  EXPECT_EQ(value_of("\"0644\""), "0644");
  EXPECT_EQ(value_of("|\n  5\n"), "5\n");
  EXPECT_EQ(value_of(">-\n  null\n"), "null");
  EXPECT_EQ(value_of("\"\""), "");
}

TEST(ParseYaml, FollowsCoreTags) {
  EXPECT_EQ(value_of("!!str 123"), "123");
  EXPECT_EQ(value_of("!!str"), "");
  EXPECT_EQ(value_of("!!int \"5\""), 5);
  EXPECT_EQ(value_of("!!float 1"), 1);
  EXPECT_EQ(value_of("!!bool 'true'"), true);
  EXPECT_EQ(value_of("!!null ''"), nullptr);
  EXPECT_EQ(value_of("!!map {a: 1}"), (json{{"a", 1}}));
  EXPECT_EQ(value_of("!!seq [1]"), json::array({1}));
}

TEST(ParseYaml, RefusesOtherTags) {
  for (const char* text :
       {"!!binary aGk=", "!!timestamp 2024-01-01", "!local x", "!!int x", "!!bool 1"}) {
    EXPECT_THAT(
        error_of("key: " + std::string(text)),
        testing::StartsWith(
            "line 1, column 6: a tag that is unknown or does not fit its value; allowed are"))
        << text;
  }
  EXPECT_THAT(error_of("key: !!set {a}"), testing::HasSubstr("an unknown tag on a collection"));
}

TEST(ParseYaml, RefusesNumbersThatReadersDisagreeAbout) {
  for (const char* text : {"0644", "-012", "00", "08080"}) {
    EXPECT_THAT(error_of("mode: " + std::string(text)),
                testing::StartsWith("line 1, column 7: an integer with a leading zero"))
        << text;
  }
  for (const char* text : {"18446744073709551616", "-9223372036854775809", "0x10000000000000000"}) {
    EXPECT_THAT(error_of("a: " + std::string(text)), testing::HasSubstr("does not fit in 64 bits"))
        << text;
  }
  for (const char* text : {".inf", "-.Inf", ".NAN"}) {
    EXPECT_THAT(error_of("a: " + std::string(text)), testing::HasSubstr("infinity or not-a-number"))
        << text;
  }
  EXPECT_THAT(error_of("a: 1e999"), testing::HasSubstr("out of the range of a double"));
}

TEST(ParseYaml, MakesStringsOfScalarKeys) {
  EXPECT_EQ(parse_yaml("0x50: a\ntrue: b\nyes: c\n'1': d\n1.5: e").at(0),
            (json{{"80", "a"}, {"true", "b"}, {"yes", "c"}, {"1", "d"}, {"1.5", "e"}}));
}

TEST(ParseYaml, RefusesKeysThatAreNoScalars) {
  for (const char* text :
       {"? [a]\n: b", "{{a: b}: c}", "? {a: b}\n: c", "~: a", ": a", "a: &x [1]\n*x : b"}) {
    EXPECT_THAT(error_of(text), testing::HasSubstr("a key that is not a string, number or boolean"))
        << text;
  }
}

TEST(ParseYaml, RefusesDuplicateKeysAndSaysWhere) {
  EXPECT_EQ(error_of("image: a\nports:\n- port: 80\n  port: 81\n"),
            "line 4, column 3: duplicate key \"port\"");
  EXPECT_EQ(error_of("'1': a\n1: b\n"), "line 2, column 1: duplicate key \"1\"");
}

TEST(ParseYaml, RefusesMergeKeysButNotTheirQuotedText) {
  EXPECT_EQ(error_of("a: &a {b: 1}\nc:\n  <<: *a\n"),
            "line 3, column 3: merge keys (<<) are not supported; write the fields out");
  EXPECT_EQ(parse_yaml("'<<': 1").at(0), (json{{"<<", 1}}));
}

TEST(ParseYaml, FollowsAliases) {
  EXPECT_EQ(parse_yaml("a: &x {b: [1, 2]}\nc: *x\nd: &y e\n*y : f\n").at(0),
            (json{{"a", {{"b", {1, 2}}}}, {"c", {{"b", {1, 2}}}}, {"d", "e"}, {"e", "f"}}));
}

TEST(ParseYaml, RefusesAnAliasInsideItsOwnValue) {
  EXPECT_EQ(error_of("a: &x [*x]"),
            "line 1, column 8: an alias inside the value that it stands for");
  EXPECT_EQ(error_of("&x a: &y {b: *y}"),
            "line 1, column 14: an alias inside the value that it stands for");
}

TEST(ParseYaml, RefusesABillionLaughs) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int copy = 0; copy < 9; ++copy) text += ", " + before;
    text += "]\n";
  }
  EXPECT_THAT(error_of(text), testing::HasSubstr("more than 100000 values in one document"));
}

TEST(ParseYaml, RefusesAliasesThatRepeatTooMuchText) {
  std::string text = "a: &a " + std::string(1 << 20, 'x') + "\nb:\n";
  for (int i = 0; i < 20; ++i) text += "- *a\n";
  EXPECT_THAT(error_of(text), testing::HasSubstr("aliases that repeat too much text"));
}

TEST(ParseYaml, CountsValuesInEachDocumentAnew) {
  std::string list = "---\n";
  for (int i = 0; i < 60'000; ++i) list += "- 1\n";
  EXPECT_EQ(parse_yaml(list + list).size(), 2);
  EXPECT_THAT(error_of(list + list.substr(4)), testing::HasSubstr("more than 100000 values"));
}

TEST(ParseYaml, RefusesDeepNesting) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(error_of(nested(100)), "no error");
  EXPECT_EQ(error_of(nested(101)), "line 1, column 101: nested deeper than 100");
  EXPECT_THAT(error_of(nested(100'000)), testing::HasSubstr("nested deeper than 100"));
  EXPECT_THAT(
      error_of("- &a " + nested(60) + "\n- " + std::string(60, '[') + "*a" + std::string(60, ']')),
      testing::HasSubstr("nested deeper than 100"));
}

TEST(ParseYaml, NamesLineAndColumnOfASyntaxError) {
  EXPECT_EQ(error_of("a: 1\nb: [1, 2\nc: 3\n"), "line 3, column 2: end of sequence flow not found");
  EXPECT_EQ(error_of("a: b: c"), "line 1, column 5: illegal map value");
  EXPECT_THAT(error_of("a:\n\t- b"), testing::StartsWith("line 2, column "));
}

// Each of these loads in yaml-cpp as something that nobody meant.
TEST(ParseYaml, RefusesWhatItsParserWouldLetPass) {
  EXPECT_THAT(error_of("  a: 1\nb: 2\n"),
              testing::StartsWith("line 2, column 1: content after the end of the document"));
  EXPECT_THAT(error_of("{a: 1} {b: 2}"),
              testing::HasSubstr("content after the end of the document"));
  EXPECT_EQ(error_of("a: 1\nimage\n"), "line 2, column 1: a key without ':'");
  EXPECT_EQ(error_of("a: [, b]"), "line 1, column 5: an empty entry before ','");
  EXPECT_EQ(error_of("a: [b, , c]"), "line 1, column 8: an empty entry before ','");
  EXPECT_EQ(error_of("a: \"never\nclosed\n"), "line 1, column 4: a quoted string that never ends");
  EXPECT_EQ(error_of("a: !!str 'it''s\n"), "line 1, column 4: a quoted string that never ends");
  EXPECT_EQ(error_of("a: 1\x04\nb: 2\n"), "line 1, column 5: a control character");
}

TEST(ParseYaml, ReadsWhatOnlyLooksUnfinished) {
  EXPECT_EQ(parse_yaml("a: {b, c: }\nd: [~, e, ]\nf: ''\ng: 'it''s'\nh: \"a\\\"\"\n").at(0),
            (json{{"a", {{"b", nullptr}, {"c", nullptr}}},
                  {"d", {nullptr, "e"}},
                  {"f", ""},
                  {"g", "it's"},
                  {"h", "a\""}}));
}

TEST(ParseYaml, RefusesControlCharactersAndInvalidUtf8) {
  EXPECT_EQ(error_of(std::string("a: b\nc: \0", 9)), "line 2, column 4: a control character");
  EXPECT_EQ(error_of("a: \x1b[0m"), "line 1, column 4: a control character");
  EXPECT_EQ(error_of("a: \xC2\x80"), "line 1, column 4: a control character");
  for (const char* bytes :
       {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    EXPECT_EQ(error_of("a: " + std::string(bytes)),
              "line 1, column 4: a byte that is not valid UTF-8");
  }
}

TEST(ParseYaml, ReadsAByteOrderMarkAndWindowsLineEnds) {
  EXPECT_EQ(parse_yaml("\xEF\xBB\xBF"
                       "a: b\r\nc: |\r\n  d\r\n  e\r\n")
                .at(0),
            (json{{"a", "b"}, {"c", "d\ne\n"}}));
}

TEST(ParseYaml, NeverRepeatsAValueInAnError) {
  for (const char* text : {"password: *hunter2", "password: !hunter2 x", "password: 0644217",
                           R"(password: "\qhunter2")", "password: @hunter2", "password: \"hunter2",
                           "password: hunter2: x"}) {
    EXPECT_THAT(error_of(text), testing::StartsWith("line 1, column ")) << text;
    EXPECT_THAT(error_of(text), testing::Not(testing::HasSubstr("hunter2"))) << text;
    EXPECT_THAT(error_of(text), testing::Not(testing::HasSubstr("0644217"))) << text;
  }
}

TEST(ParseYaml, LeavesTheParsersQuotationOfTheTextOut) {
  EXPECT_EQ(error_of(R"(a: "\q")"), "line 1, column 7: unknown escape character");
}

TEST(ToYaml, WritesBlocksWithListsUnderTheirKeys) {
  const json value = {{"kind", "Service"},
                      {"spec",
                       {{"ports", {{{"name", "http"}, {"port", 80}}, {{"port", 81}}}},
                        {"selector", json::object()}}},
                      {"matrix", {{1, 2}, {3}, json::array()}},
                      {"none", nullptr},
                      {"on", true}};
  EXPECT_EQ(to_yaml(value),
            "kind: Service\n"
            "matrix:\n"
            "- - 1\n"
            "  - 2\n"
            "- - 3\n"
            "- []\n"
            "none: null\n"
            "\"on\": true\n"
            "spec:\n"
            "  ports:\n"
            "  - name: http\n"
            "    port: 80\n"
            "  - port: 81\n"
            "  selector: {}\n");
}

TEST(ToYaml, LeavesPlainWhatEveryReaderTakesForAString) {
  for (const char* text :
       {"checkout", "ghcr.io/acme/checkout:1.4.2@sha256:0a", "--flag=value", "-c", "$(POD_NAME)",
        "100m", "256Mi", "30s", "a b", "it's", "a#b", "/healthz"}) {
    EXPECT_EQ(to_yaml({{"k", text}}), "k: " + std::string(text) + "\n");
  }
}

TEST(ToYaml, QuotesWhatSomeReaderTakesForSomethingElse) {
  for (const char* text : {"",
                           "true",
                           "False",
                           "yes",
                           "NO",
                           "on",
                           "off",
                           "y",
                           "N",
                           "null",
                           "~",
                           "0644",
                           "1_000",
                           "12:30:45",
                           "0b11",
                           "2024-01-01",
                           "2001-12-14t21:59:43.10-05:00",
                           ".inf",
                           "-.INF",
                           ".nan",
                           "1e3",
                           ".5",
                           "+1",
                           "0x1F",
                           "=",
                           "<<",
                           "-",
                           "- a",
                           "---",
                           "...",
                           "a: b",
                           "a:",
                           "a #b",
                           "#a",
                           "&a",
                           "*a",
                           "!a",
                           "|",
                           ">",
                           "%a",
                           "@a",
                           "`a",
                           "{a",
                           "[a",
                           "? a",
                           " a",
                           "a ",
                           "'a'"}) {
    EXPECT_EQ(to_yaml({{"k", text}}), "k: \"" + std::string(text) + "\"\n");
    EXPECT_EQ(to_yaml({{text, 1}}), "\"" + std::string(text) + "\": 1\n");
  }
}

TEST(ToYaml, EscapesWhatIsNotPrintable) {
  EXPECT_EQ(to_yaml("a\tb\r\x01\x7f\"\\"), "\"a\\tb\\r\\u0001\\u007F\\\"\\\\\"\n");
  EXPECT_EQ(to_yaml("\xC2\x85|\xE2\x80\xA8|\xEF\xBB\xBF|\xC3\xA9|\xF0\x9F\x98\x80"),
            "\"\\u0085|\\u2028|\\uFEFF|\xC3\xA9|\xF0\x9F\x98\x80\"\n");
}

TEST(ToYaml, WritesSeveralLinesAsALiteralBlockWhereThatIsSafe) {
  EXPECT_EQ(to_yaml({{"a", {{"b", "x\n\n  y: 1\n"}}}}), "a:\n  b: |\n    x\n\n      y: 1\n");
  EXPECT_EQ(to_yaml(json::array({"x\ny"})), "- |-\n  x\n  y\n");
  for (const char* text :
       {" x\ny", "\nx", "x\n\n", "x\n \ny", "x\n  ", "x\ty\nz", "x\r\ny", "\xC3\xA9\nx"}) {
    EXPECT_THAT(to_yaml({{"a", text}}), testing::StartsWith("a: \"")) << text;
  }
}

TEST(ToYaml, WritesNumbersForReadersOfYaml11) {
  EXPECT_EQ(to_yaml(1e21), "1.0e+21\n");
  EXPECT_EQ(to_yaml(2.5e-30), "2.5e-30\n");
  EXPECT_EQ(to_yaml(0.1), "0.1\n");
  EXPECT_EQ(to_yaml(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615\n");
}

TEST(ToYaml, RefusesAStringThatIsNotUtf8) { EXPECT_THROW(to_yaml("\xFF"), YamlError); }

TEST(ToYaml, ComesBackFromParseYaml) {
  const json hard = {
      {"strings",
       {"",
        " ",
        "a\nb",
        "a\nb\n",
        "\n",
        "\n\n",
        " a\nb",
        "a\n b",
        "- a\n- b",
        "k\n---\nz",
        "\t",
        "\xC2\x85",
        std::string("\0", 1),
        "0o17",
        "1.",
        "#",
        "'",
        "\"",
        "\\",
        "a: b\nc: d\n",
        "|\n x"}},
      {"", {{"", json::array({json::array(), json::object(), json::array({json::array({1})})})}}},
      {"a: b", {{"- c", 1}, {"true", 2}, {"1", 3}, {"x\ny", 4}}},
      {std::string(2000, 'k'), {{std::string(1500, 'l'), {{"m", 1}}}}},
      {"numbers", {0, -1, 1.5, 1e300, 5e-324, 9007199254740993.0}},
      {"rest", {nullptr, true, false}}};
  EXPECT_EQ(parse_yaml(to_yaml(hard)).at(0), hard);
}

}  // namespace
}  // namespace api
