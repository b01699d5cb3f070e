#include "blueprint/tracing.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "specs.h"

namespace blueprint {
namespace {

using testing::HasSubstr;
using testing::Not;

// Name -> value of what the main container gets literally.
std::map<std::string, std::string> variables_of(const std::string& spec) {
  std::map<std::string, std::string> variables;
  const nlohmann::json container = main_container_of(spec);
  for (const nlohmann::json& entry : container.at("env"))
    variables[entry.at("name")] = entry.value("value", "");
  return variables;
}

std::string tracing_with(const std::string& fields) {
  return "tracing: {enabled: true, endpoint: 'http://otel:4318'" + fields + "}";
}

std::string attributes_of(const std::string& spec) {
  return variables_of(spec)["OTEL_RESOURCE_ATTRIBUTES"];
}

TEST(Tracing, IsOffUnlessEnabled) {
  EXPECT_FALSE(variables_of("").contains("OTEL_SERVICE_NAME"));
  EXPECT_FALSE(variables_of("tracing: {endpoint: 'http://otel'}").contains("OTEL_SERVICE_NAME"));
}

TEST(Tracing, TellsTheSdkWhereAndHow) {
  std::map<std::string, std::string> variables = variables_of(tracing_with(""));
  EXPECT_EQ(variables["OTEL_SERVICE_NAME"], "shop");
  EXPECT_EQ(variables["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://otel:4318");
  EXPECT_EQ(variables["OTEL_EXPORTER_OTLP_PROTOCOL"], "http/protobuf");
  EXPECT_EQ(variables["OTEL_TRACES_SAMPLER"], "parentbased_traceidratio");
  EXPECT_EQ(variables["OTEL_TRACES_SAMPLER_ARG"], "0.1");
  EXPECT_EQ(variables_of(tracing_with(", protocol: grpc"))["OTEL_EXPORTER_OTLP_PROTOCOL"], "grpc");
}

TEST(Tracing, WritesRatiosShortAndWithoutExponent) {
  const auto ratio = [](const std::string& given) {
    return variables_of(tracing_with(", samplingRatio: " + given))["OTEL_TRACES_SAMPLER_ARG"];
  };
  EXPECT_EQ(ratio("0.25"), "0.25");
  EXPECT_EQ(ratio("1"), "1");
  EXPECT_EQ(ratio("1.0"), "1");
  EXPECT_EQ(ratio("0"), "0");
  EXPECT_EQ(ratio("0.00001"), "0.00001");
  EXPECT_EQ(ratio("0.30000000000000004"), "0.30000000000000004");
}

TEST(Tracing, SamplesAsTheProfileAsks) {
  EXPECT_EQ(
      variables_of("{profile: development, " + tracing_with("") + "}")["OTEL_TRACES_SAMPLER_ARG"],
      "1");
}

TEST(Tracing, SaysWhichPodOfWhichVersionItIs) {
  EXPECT_EQ(attributes_of(tracing_with(", resourceAttributes: {team: store}")),
            "k8s.namespace.name=$(POD_NAMESPACE),k8s.node.name=$(NODE_NAME),k8s.pod.name=$(POD_"
            "NAME),service.namespace=$(POD_NAMESPACE),service.version=1.4.2,team=store");
}

TEST(Tracing, LetsTheUsersAttributesWin) {
  EXPECT_THAT(attributes_of(tracing_with(", resourceAttributes: {service.namespace: shops}")),
              HasSubstr(",service.namespace=shops,"));
}

TEST(Tracing, EncodesWhatWouldEndAnAttribute) {
  EXPECT_THAT(attributes_of(tracing_with(", resourceAttributes: {a: 'x,y=z 1%;\"\\ü'}")),
              HasSubstr("a=x%2Cy%3Dz%201%25%3B%22%5C%C3%BC,"));
}

TEST(Tracing, RefersToNoVariableThatTheUserDefinesLater) {
  const std::string attributes =
      attributes_of("{env: [{name: POD_NAME, value: x}], " + tracing_with("") + "}");
  EXPECT_THAT(attributes, Not(HasSubstr("POD_NAME)")));
  EXPECT_THAT(attributes, HasSubstr("$(NODE_NAME)"));
}

TEST(Tracing, LetsTheUsersVariableWin) {
  EXPECT_EQ(variables_of("{env: [{name: OTEL_TRACES_SAMPLER, value: always_on}], " +
                         tracing_with("") + "}")["OTEL_TRACES_SAMPLER"],
            "always_on");
}

}  // namespace
}  // namespace blueprint
