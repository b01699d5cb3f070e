#include "kube/exec_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kube {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

ExecPlugin plugin() {
  ExecPlugin result;
  result.api_version = "client.authentication.k8s.io/v1";
  result.command = "/bin/plugin";
  return result;
}

std::string answer(const std::string& status) {
  return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":)" +
         status + "}";
}

std::string error_of(const std::string& output) {
  try {
    parse_exec_credential(plugin(), output);
  } catch (const ConfigError& error) {
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << output;
  return {};
}

TEST(ExecPlugin, ParsesAToken) {
  const auto credential = parse_exec_credential(
      plugin(), answer(R"({"token":"abc","expirationTimestamp":"2026-01-01T00:00:00Z"})"));
  EXPECT_EQ(credential.token, "abc");
  EXPECT_EQ(credential.expires, parse_exec_credential(plugin(), answer(R"({"token":"x",
      "expirationTimestamp":"2026-01-01T01:00:00+01:00"})"))
                                    .expires);
}

TEST(ExecPlugin, ParsesAClientCertificate) {
  const auto credential = parse_exec_credential(
      plugin(), answer(R"({"clientCertificateData":"C","clientKeyData":"K"})"));
  EXPECT_EQ(credential.client_certificate, "C");
  EXPECT_EQ(credential.client_key, "K");
  EXPECT_FALSE(credential.expires);
}

TEST(ExecPlugin, RefusesAnAnswerThatIsNotOne) {
  EXPECT_THAT(error_of("hidden"), AllOf(HasSubstr("JSON"), Not(HasSubstr("hidden"))));
  EXPECT_THAT(error_of("{}"), HasSubstr("ExecCredential"));
  EXPECT_THAT(error_of(R"({"kind":"ExecCredential","apiVersion":"v1"})"),
              HasSubstr("client.authentication.k8s.io/v1"));
  EXPECT_THAT(error_of(answer("[]")), HasSubstr("status"));
  EXPECT_THAT(error_of(answer("{}")), HasSubstr("neither"));
  EXPECT_THAT(error_of(answer(R"({"clientKeyData":"K"})")), HasSubstr("together"));
  EXPECT_THAT(error_of(answer(R"({"token":"t","expirationTimestamp":"soon"})")),
              HasSubstr("RFC 3339"));
}

TEST(ExecPlugin, IsToldAboutTheClusterOnlyIfItAsks) {
  ClientConfig config;
  config.host = "h";
  config.port = 6443;
  ExecPlugin exec = plugin();
  exec.arguments = {"get-token"};
  exec.variables = {{"A", "b"}};
  const auto info = [&] {
    const auto request = exec_request(config, exec, "CA");
    EXPECT_THAT(request.arguments, ::testing::ElementsAre("/bin/plugin", "get-token"));
    EXPECT_EQ(request.variables.front(), "A=b");
    const std::string prefix = "KUBERNETES_EXEC_INFO=";
    return nlohmann::json::parse(request.variables.back().substr(prefix.size()));
  };
  EXPECT_FALSE(info()["spec"].contains("cluster"));
  EXPECT_EQ(info()["spec"]["interactive"], false);
  exec.cluster_info = ClusterInfo::kProvide;
  EXPECT_EQ(info()["spec"]["cluster"]["server"], "https://h:6443");
  EXPECT_EQ(info()["spec"]["cluster"]["certificate-authority-data"], "Q0E=");
}

}  // namespace
}  // namespace kube
