#include "blueprint/shutdown.h"

#include <gtest/gtest.h>

#include "blueprint/defaults.h"

#include "specs.h"

namespace blueprint {

// For EXPECT_EQ.
static bool operator==(const ShutdownTimes& left, const ShutdownTimes& right) {
  return left.delay_seconds == right.delay_seconds && left.drain_seconds == right.drain_seconds &&
         left.grace_seconds == right.grace_seconds;
}

static std::ostream& operator<<(std::ostream& stream, const ShutdownTimes& times) {
  return stream << times.delay_seconds << " + " << times.drain_seconds << " in "
                << times.grace_seconds;
}

namespace {

struct ShutdownCase {
  const char* spec;
  ShutdownTimes times;
};

std::ostream& operator<<(std::ostream& stream, const ShutdownCase& parameter) {
  return stream << as_name(parameter.spec);
}

class Shutdown : public testing::TestWithParam<ShutdownCase> {};

TEST_P(Shutdown, TimesAddUp) { EXPECT_EQ(shutdown_of(spec_of(GetParam().spec)), GetParam().times); }

INSTANTIATE_TEST_SUITE_P(
    Arithmetic, Shutdown,
    testing::Values(
        ShutdownCase{"{}", {10, 20, 35}}, ShutdownCase{"profile: staging", {5, 20, 30}},
        ShutdownCase{"profile: development", {0, 5, 10}},
        ShutdownCase{"shutdown: {delaySeconds: 0}", {0, 20, 25}},
        ShutdownCase{"shutdown: {drainSeconds: 90}", {10, 90, 105}},
        ShutdownCase{"shutdown: {delaySeconds: 7, drainSeconds: 3}", {7, 3, 15}},
        // A given grace alone: in proportion into grace - 2, rounded down.
        ShutdownCase{"shutdown: {terminationGracePeriodSeconds: 120}", {10, 20, 120}},
        ShutdownCase{"shutdown: {terminationGracePeriodSeconds: 32}", {10, 20, 32}},
        ShutdownCase{"shutdown: {terminationGracePeriodSeconds: 31}", {9, 19, 31}},
        ShutdownCase{"shutdown: {terminationGracePeriodSeconds: 14}", {4, 8, 14}},
        ShutdownCase{"shutdown: {terminationGracePeriodSeconds: 5}", {1, 2, 5}},
        ShutdownCase{"{profile: development, shutdown: {terminationGracePeriodSeconds: 5}}",
                     {0, 3, 5}},
        // One of the two given: the other one gives way.
        ShutdownCase{"shutdown: {drainSeconds: 25, terminationGracePeriodSeconds: 30}",
                     {3, 25, 30}},
        ShutdownCase{"shutdown: {drainSeconds: 28, terminationGracePeriodSeconds: 30}",
                     {0, 28, 30}},
        ShutdownCase{"shutdown: {delaySeconds: 15, terminationGracePeriodSeconds: 30}",
                     {15, 13, 30}},
        ShutdownCase{"shutdown: {delaySeconds: 28, terminationGracePeriodSeconds: 30}",
                     {28, 0, 30}},
        ShutdownCase{
            "shutdown: {delaySeconds: 5, drainSeconds: 5, terminationGracePeriodSeconds: 60}",
            {5, 5, 60}},
        // Refused by validation, and still no nonsense.
        ShutdownCase{"shutdown: {delaySeconds: 40, terminationGracePeriodSeconds: 30}",
                     {40, 0, 30}}));

TEST(Lifecycle, SleepsForTheDelay) {
  EXPECT_EQ(lifecycle(spec_of(""), {}),
            nlohmann::json::parse(R"({"preStop": {"sleep": {"seconds": 10}}})"));
}

TEST(Lifecycle, HasNoHookWithoutADelay) {
  EXPECT_TRUE(lifecycle(spec_of("shutdown: {delaySeconds: 0}"), {}).empty());
}

TEST(Lifecycle, TakesTheUsersHook) {
  EXPECT_EQ(lifecycle(spec_of("shutdown: {preStop: {exec: {command: [bye]}}}"), {}),
            nlohmann::json::parse(R"({"preStop": {"exec": {"command": ["bye"]}}})"));
}

TEST(Lifecycle, AsksTheMainPortUnlessTold) {
  const std::vector<api::Port> ports = ports_of(spec_of(""));
  EXPECT_EQ(lifecycle(spec_of("shutdown: {preStop: {httpGet: {path: /bye}}}"), ports),
            nlohmann::json::parse(R"({"preStop": {"httpGet": {"path": "/bye", "port": "http"}}})"));
}

}  // namespace
}  // namespace blueprint
