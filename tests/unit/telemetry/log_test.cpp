#include "telemetry/log.h"

#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/log_line.h"

namespace telemetry {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class LogTest : public testing::Test {
 protected:
  // The line without its time.
  std::string line() {
    const std::string all = stream_.str();
    stream_.str("");
    return all.substr(std::string("{\"time\":\"2026-11-24T09:44:43.123Z\",").size());
  }

  std::ostringstream stream_;
  Log log_{LogFormat::kJson, Level::kDebug, stream_};
};

TEST_F(LogTest, WritesAnObjectALineWithTheFieldsInTheirOrder) {
  log_.info("applied", {{"kind", "Service"}, {"writes", 3}, {"changed", true}, {"seconds", 0.25}});
  EXPECT_EQ(line(),
            "\"level\":\"info\",\"message\":\"applied\",\"kind\":\"Service\",\"writes\":3,"
            "\"changed\":true,\"seconds\":0.25}\n");
}

TEST_F(LogTest, BeginsWithTheTimeInUtcWithMilliseconds) {
  log_.info("started");
  EXPECT_THAT(stream_.str(),
              MatchesRegex("\\{\"time\":\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                           "\\.[0-9]{3}Z\",\"level\":\"info\",\"message\":\"started\"\\}\n"));
}

TEST(LogLine, WritesATimeByRfc3339) {
  using namespace std::chrono;
  const system_clock::time_point time =
      sys_days(year(2026) / 2 / 3) + hours(4) + minutes(5) + milliseconds(6078);
  EXPECT_EQ(log_line_start(LogFormat::kJson, time), "{\"time\":\"2026-02-03T04:05:06.078Z\",");
  EXPECT_EQ(log_line_start(LogFormat::kText, time), "2026-02-03T04:05:06.078Z ");
}

TEST_F(LogTest, KeepsOneCallOnOneLineWhateverItHolds) {
  log_.warn("odd", {{"text", std::string("a\"b\\c\nd\re\tf\x1b[31m\x7f") + '\0'},
                    {"c1", "\xC2\x9B\xE2\x80\xA8"}});
  EXPECT_EQ(line(),
            "\"level\":\"warn\",\"message\":\"odd\",\"text\":\"a\\\"b\\\\c\\nd\\u000de\\u0009f"
            "\\u001b[31m\\u007f\\u0000\",\"c1\":\"\\u009b\\u2028\"}\n");
}

TEST_F(LogTest, ReplacesBytesThatAreNotUtf8) {
  log_.info(
      "odd",
      {{"text", "\xFF|\xC3|\xC0\xAF|\xED\xA0\x80|\xF5\x80\x80\x80|\xC3\xA9 \xF0\x9F\x98\x80"}});
  const std::string unknown = "\xEF\xBF\xBD";
  EXPECT_THAT(line(), HasSubstr("\"text\":\"" + unknown + "|" + unknown + "|" + unknown + unknown +
                                "|" + unknown + unknown + unknown + "|" + unknown + unknown +
                                unknown + unknown + "|\xC3\xA9 \xF0\x9F\x98\x80\"}"));
}

TEST_F(LogTest, WritesNumbersThatJsonCannotHoldAsText) {
  log_.info("odd", {{"a", std::numeric_limits<double>::quiet_NaN()},
                    {"b", -std::numeric_limits<double>::infinity()},
                    {"c", std::numeric_limits<std::int64_t>::min()}});
  EXPECT_THAT(line(), HasSubstr("\"a\":\"NaN\",\"b\":\"-Inf\",\"c\":-9223372036854775808}"));
}

TEST_F(LogTest, CarriesTheFieldsOfWithOnEveryLine) {
  const Log named = log_.with({{"namespace", "shop"}}).with({{"name", "cart"}});
  named.info("applied", {{"writes", 1}});
  EXPECT_THAT(
      line(),
      HasSubstr("\"message\":\"applied\",\"namespace\":\"shop\",\"name\":\"cart\",\"writes\":1}"));
  log_.info("applied");
  EXPECT_THAT(line(), HasSubstr("\"message\":\"applied\"}"));
}

TEST_F(LogTest, HasEveryKeyOnce) {
  const Log named = log_.with({{"name", "a"}, {"kind", "b"}}).with({{"name", "c"}});
  named.info("applied", {{"kind", "d"}});
  EXPECT_THAT(line(), HasSubstr("\"message\":\"applied\",\"name\":\"c\",\"kind\":\"d\"}"));
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevelInEveryCopy) {
  const Log copy = log_.with({{"name", "a"}});
  log_.set_level(Level::kWarn);
  copy.debug("hidden");
  copy.info("hidden");
  EXPECT_EQ(stream_.str(), "");
  copy.warn("shown");
  copy.error("shown");
  log_.set_level(Level::kDebug);
  copy.debug("shown");
  EXPECT_EQ(stream_.str().find("hidden"), std::string::npos);
  const std::string lines = stream_.str();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
}

TEST(LogText, AlignsLevelsMessagesAndFields) {
  std::ostringstream stream;
  const Log log(LogFormat::kText, Level::kInfo, stream);
  log.info("applied", {{"kind", "Service"}, {"why", "two words"}, {"empty", ""}, {"writes", 3}});
  log.error("failed");
  const std::string lines = stream.str();
  EXPECT_THAT(
      lines,
      HasSubstr(
          "Z INFO  applied                          kind=Service why=\"two words\" empty=\"\" "
          "writes=3\n"));
  EXPECT_THAT(lines, HasSubstr("Z ERROR failed\n"));
  EXPECT_EQ(lines.find('\x1b'), std::string::npos);
}

TEST(LogText, EscapesWhatCouldDriveATerminal) {
  EXPECT_EQ(
      log_line(LogFormat::kText, Colours::kNo, Level::kWarn, "a\x1b[2J", {}, {{"b\n", "c\nd"}}),
      "WARN  a\\u001b[2J                       b\\n=\"c\\nd\"");
}

TEST(LogText, ColoursTheLevelOnATerminal) {
  EXPECT_EQ(log_line(LogFormat::kText, Colours::kYes, Level::kError, "failed", {}, {}),
            "\x1b[31mERROR\x1b[0m failed");
  EXPECT_EQ(log_line(LogFormat::kJson, Colours::kYes, Level::kError, "failed", {}, {}),
            "\"level\":\"error\",\"message\":\"failed\"}");
}

TEST(Log, WritesWholeLinesFromManyThreads) {
  std::ostringstream stream;
  const Log log(LogFormat::kJson, Level::kInfo, stream);
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&log, thread] {
        const Log named = log.with({{"thread", thread}});
        for (int i = 0; i < 200; ++i) named.info("line", {{"text", std::string(100, 'x')}});
      });
    }
  }
  std::istringstream lines(stream.str());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(line.starts_with("{\"time\":\"") && line.ends_with("x\"}")) << line;
  }
  EXPECT_EQ(count, 800);
}

TEST(Log, WritesToStandardError) {
  testing::internal::CaptureStderr();
  const Log log(LogFormat::kJson, Level::kInfo);
  log.info("started");
  log.flush();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("\"message\":\"started\"}\n"));
}

}  // namespace
}  // namespace telemetry
