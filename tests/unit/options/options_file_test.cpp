#include "options_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace options {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Options options_of(const std::string& text) {
  Invocation invocation;
  apply_file("operator.yaml", text, invocation);
  return invocation.options;
}

std::string error_of(const std::string& text) {
  try {
    options_of(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ConfigurationFile, TakesOptionsInCamelCase) {
  const Options options = options_of(
      "kubeconfig: /a\n"
      "namespaces: shop,cart\n"
      "metricsBindAddress: 0\n"
      "leaderElect: true\n"
      "leaderElectLeaseDuration: 30s\n"
      "maxConcurrentReconciles: 4\n"
      "logLevel: debug\n");
  EXPECT_EQ(options.kubeconfig, "/a");
  EXPECT_EQ(options.namespaces, (std::vector<std::string>{"cart", "shop"}));
  EXPECT_EQ(options.metrics_bind_address, "");
  EXPECT_TRUE(options.leader_election.enabled);
  EXPECT_EQ(options.leader_election.lease_duration, 30s);
  EXPECT_EQ(options.max_concurrent_reconciles, 4);
  EXPECT_EQ(options.log_level, telemetry::Level::kDebug);
}

TEST(ConfigurationFile, TakesNamespacesAsAList) {
  EXPECT_EQ(options_of("namespaces: [shop, cart]").namespaces,
            (std::vector<std::string>{"cart", "shop"}));
  EXPECT_TRUE(options_of("namespaces: []").namespaces.empty());
}

TEST(ConfigurationFile, MayBeEmpty) {
  EXPECT_EQ(error_of(""), "no error");
  EXPECT_EQ(error_of("# nothing\n---\n"), "no error");
}

TEST(ConfigurationFile, TakesLabelsForServiceMonitors) {
  EXPECT_EQ(
      options_of("monitoring:\n  labels:\n    release: prometheus\n    example.com/team: ''\n")
          .platform.monitor_labels,
      (std::map<std::string, std::string>{{"example.com/team", ""}, {"release", "prometheus"}}));
}

TEST(ConfigurationFile, RefusesLabelsThatAreNone) {
  EXPECT_EQ(error_of("monitoring: {labels: {a: true}}"),
            "operator.yaml: monitoring.labels \"a\": must be a string; quote it");
  EXPECT_THAT(error_of("monitoring: {labels: {-a: b}}"),
              HasSubstr("monitoring.labels \"-a\": the key must be a label key"));
  EXPECT_THAT(error_of("monitoring: {labels: {a: b c}}"),
              HasSubstr("monitoring.labels \"a\": must be a label value"));
  EXPECT_EQ(error_of("monitoring: {labels: [a]}"),
            "operator.yaml: monitoring.labels must be a mapping of keys to values");
  EXPECT_EQ(error_of("monitoring: {label: {a: b}}"),
            "operator.yaml: unknown key \"monitoring.label\"; allowed is monitoring.labels");
}

TEST(ConfigurationFile, TakesWhatThePlatformDecides) {
  const Options options = options_of(
      "defaults: {production: {replicas: 3}}\n"
      "enforced: {imagePullPolicy: Always}\n"
      "network: {monitoringNamespaces: [monitoring]}\n");
  EXPECT_EQ(options.platform.defaults_of(api::Profile::kProduction).replicas, 3);
  EXPECT_EQ(options.platform.enforced.image_pull_policy, "Always");
  EXPECT_EQ(options.platform.monitoring_namespaces, std::vector<std::string>{"monitoring"});
}

TEST(ConfigurationFile, NamesWhatThePlatformMayNotDecide) {
  EXPECT_EQ(error_of("defaults: {prod: {}}"),
            "operator.yaml: defaults: unknown key \"prod\"; allowed are production, staging, "
            "development");
  EXPECT_THAT(error_of("enforced: {command: [sh]}"),
              HasSubstr("operator.yaml: enforced: unknown key \"command\"; allowed are replicas"));
}

TEST(ConfigurationFile, NamesAnUnknownKey) {
  EXPECT_EQ(error_of("max-concurrent-reconciles: 4"),
            "operator.yaml: unknown key \"max-concurrent-reconciles\"; did you mean "
            "maxConcurrentReconciles?");
  EXPECT_THAT(error_of("frobnicate: 1"),
              HasSubstr("unknown key \"frobnicate\"; allowed are kubeconfig, context, "));
  for (const char* key : {"config", "version", "help"}) {
    EXPECT_THAT(error_of(std::string(key) + ": {}"), HasSubstr("unknown key ")) << key;
  }
}

TEST(ConfigurationFile, NamesABadValue) {
  EXPECT_EQ(error_of("logLevel: loud"),
            "operator.yaml: logLevel \"loud\": must be debug, info, warn or error");
  EXPECT_EQ(error_of("logLevel: [info]"),
            "operator.yaml: logLevel: must be a string, number or boolean");
  EXPECT_EQ(error_of("logLevel:"), "operator.yaml: logLevel: must be a string, number or boolean");
  EXPECT_EQ(error_of("leaderElect: yes"),
            "operator.yaml: leaderElect \"yes\": must be true or false");
  EXPECT_EQ(error_of("namespaces: [1]"), "operator.yaml: namespaces: must be a list of strings");
  EXPECT_EQ(error_of("namespaces: {a: b}"),
            "operator.yaml: namespaces: must be a string, number or boolean, or a list of strings");
}

TEST(ConfigurationFile, RefusesWhatIsNoMapping) {
  EXPECT_EQ(error_of("- a"), "operator.yaml: the file must be a mapping of keys to values");
  EXPECT_EQ(error_of("context: a\n---\ncontext: b"),
            "operator.yaml: must hold one YAML document, not several");
  EXPECT_EQ(error_of("context: a\ncontext: b"),
            "operator.yaml: line 2, column 1: duplicate key \"context\"");
}

}  // namespace
}  // namespace options
