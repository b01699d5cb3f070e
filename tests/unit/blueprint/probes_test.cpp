#include "blueprint/probes.h"

#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

using nlohmann::json;

struct Times {
  int period;
  int timeout;
  int failures;
  bool operator==(const Times&) const = default;
};

std::ostream& operator<<(std::ostream& stream, const Times& times) {
  return stream << times.period << "/" << times.timeout << "/" << times.failures;
}

Times times_of(const json& probe) {
  return {probe.at("periodSeconds"), probe.at("timeoutSeconds"), probe.at("failureThreshold")};
}

struct TimesCase {
  const char* probes;
  Times liveness;
  Times readiness;
  Times startup;
};

std::ostream& operator<<(std::ostream& stream, const TimesCase& parameter) {
  return stream << as_name(parameter.probes);
}

class ProbeTimes : public testing::TestWithParam<TimesCase> {};

TEST_P(ProbeTimes, FitEachOther) {
  const json container = main_container_of(std::string("probes: ") + GetParam().probes);
  EXPECT_EQ(times_of(container.at("livenessProbe")), GetParam().liveness);
  EXPECT_EQ(times_of(container.at("readinessProbe")), GetParam().readiness);
  EXPECT_EQ(times_of(container.at("startupProbe")), GetParam().startup);
}

INSTANTIATE_TEST_SUITE_P(
    Derived, ProbeTimes,
    testing::Values(
        TimesCase{"{}", {10, 3, 3}, {5, 2, 3}, {5, 3, 60}},
        // The liveness window is at least twice readiness's: 5 * 7 >= 2 * 5 * 3, 10 * 6 >= 2 * 10
        // * 3.
        TimesCase{"{liveness: {periodSeconds: 4}}", {4, 3, 8}, {5, 2, 3}, {5, 3, 60}},
        TimesCase{"{readiness: {periodSeconds: 10}}", {10, 3, 6}, {10, 2, 3}, {5, 3, 60}},
        TimesCase{"{readiness: {failureThreshold: 10}}", {10, 3, 10}, {5, 2, 10}, {5, 3, 60}},
        // A given threshold stays, though its window is short.
        TimesCase{"{liveness: {failureThreshold: 1}}", {10, 3, 1}, {5, 2, 3}, {5, 3, 60}},
        // Timeouts stay within periods; the one that was not given gives way.
        TimesCase{"{liveness: {periodSeconds: 1}}", {1, 1, 30}, {5, 2, 3}, {5, 1, 60}},
        TimesCase{"{liveness: {timeoutSeconds: 20}}", {20, 20, 3}, {5, 2, 3}, {5, 5, 60}},
        TimesCase{"{readiness: {timeoutSeconds: 6}}", {10, 3, 4}, {6, 6, 3}, {5, 3, 60}},
        // The startup budget is rounded up to whole periods.
        TimesCase{"{startup: {budgetSeconds: 31}}", {10, 3, 3}, {5, 2, 3}, {5, 3, 7}},
        TimesCase{"{startup: {periodSeconds: 2}}", {10, 3, 3}, {5, 2, 3}, {2, 2, 150}},
        TimesCase{"{startup: {budgetSeconds: 30, periodSeconds: 60}}",
                  {10, 3, 3},
                  {5, 2, 3},
                  {60, 3, 1}}));

TEST(Probes, AreNoneForAWorker) { EXPECT_TRUE(container_probes({}, {}).empty()); }

TEST(Probes, OfStartupFollowReadinessWithoutLiveness) {
  const json container = main_container_of("probes: {liveness: {disabled: true}}");
  EXPECT_FALSE(container.contains("livenessProbe"));
  EXPECT_EQ(container.at("/startupProbe/httpGet/path"_json_pointer), "/readyz");
}

TEST(Probes, OfStartupAreDroppedWithoutTheOthers) {
  const json container =
      main_container_of("probes: {liveness: {disabled: true}, readiness: {disabled: true}}");
  EXPECT_FALSE(container.contains("startupProbe"));
}

TEST(Probes, OfLivenessIgnoreAReadinessThatIsOff) {
  const json container =
      main_container_of("probes: {readiness: {disabled: true, periodSeconds: 60}}");
  EXPECT_EQ(times_of(container.at("livenessProbe")), (Times{10, 3, 3}));
}

TEST(Probes, SpeakGrpcToAGrpcPort) {
  const json container = main_container_of(
      "{ports: [{name: http, port: 80}, {name: rpc, port: 90, appProtocol: grpc}], probes: "
      "{liveness: {port: rpc}, "
      "readiness: {port: 90}}}");
  EXPECT_EQ(container.at("livenessProbe").at("grpc"), (json{{"port", 90}}));
  EXPECT_EQ(container.at("readinessProbe").at("grpc"), (json{{"port", 90}}));
}

TEST(Probes, ReachAnUndeclaredPortByItsNumber) {
  const json container =
      main_container_of("probes: {liveness: {port: 7000}, readiness: {port: 7001, tcp: true}}");
  EXPECT_EQ(container.at("/livenessProbe/httpGet/port"_json_pointer), 7000);
  EXPECT_EQ(container.at("/readinessProbe/tcpSocket/port"_json_pointer), 7001);
}

TEST(Probes, OfAWorkerAreThoseItGives) {
  const json container = main_container_of("{ports: [], probes: {readiness: {port: 7000}}}");
  EXPECT_FALSE(container.contains("livenessProbe"));
  EXPECT_EQ(container.at("/startupProbe/httpGet/path"_json_pointer), "/readyz");
}

}  // namespace
}  // namespace blueprint
