#include "blueprint/runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::vector<Variable> variables_of(const std::string& spec) {
  return runtime_variables(spec_of(spec));
}

TEST(Runtime, OfGoLeavesATenthOfTheMemory) {
  EXPECT_THAT(variables_of("runtime: Go"), ElementsAre(Pair("GOMEMLIMIT", "115MiB")));
  EXPECT_THAT(variables_of("{runtime: Go, resources: {limits: {memory: 1Gi}}}"),
              ElementsAre(Pair("GOMEMLIMIT", "921MiB")));
  EXPECT_THAT(variables_of("{runtime: Go, resources: {limits: {memory: 1G}}}"),
              ElementsAre(Pair("GOMEMLIMIT", "858MiB")));
}

TEST(Runtime, OfGoHasAsManyThreadsAsCpusRoundedUp) {
  const auto threads = [](const std::string& cpu) {
    return variables_of("{runtime: Go, resources: {limits: {cpu: '" + cpu + "'}}}").back();
  };
  EXPECT_THAT(threads("2"), Pair("GOMAXPROCS", "2"));
  EXPECT_THAT(threads("1500m"), Pair("GOMAXPROCS", "2"));
  EXPECT_THAT(threads("100m"), Pair("GOMAXPROCS", "1"));
}

TEST(Runtime, IsNotToldWhatIsTooSmall) {
  EXPECT_THAT(variables_of("{runtime: Go, resources: {limits: {memory: 1, cpu: 0}}}"), IsEmpty());
  EXPECT_THAT(variables_of("{runtime: Node, resources: {limits: {memory: 1}}}"), IsEmpty());
}

TEST(Runtime, BearsTheLargestLimit) {
  EXPECT_THAT(variables_of("{runtime: Go, resources: {limits: {memory: '9223372036854775807'}}}"),
              ElementsAre(Pair("GOMEMLIMIT", "7916483719987MiB")));
}

TEST(Runtime, OfJavaSharesTheLimitAndEndsWhereMemoryDoes) {
  EXPECT_THAT(variables_of("runtime: Java"),
              ElementsAre(Pair("JAVA_TOOL_OPTIONS",
                               "-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError")));
}

TEST(Runtime, OfNodeHasThreeQuartersAsHeap) {
  EXPECT_THAT(variables_of("runtime: Node"),
              ElementsAre(Pair("NODE_OPTIONS", "--max-old-space-size=96")));
  EXPECT_THAT(variables_of("{runtime: Node, resources: {limits: {memory: 1023Mi}}}"),
              ElementsAre(Pair("NODE_OPTIONS", "--max-old-space-size=767")));
}

TEST(Runtime, IsNoneByDefault) {
  EXPECT_THAT(variables_of(""), IsEmpty());
  EXPECT_THAT(variables_of("runtime: None"), IsEmpty());
}

}  // namespace
}  // namespace blueprint
