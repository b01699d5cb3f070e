#include "kube/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/memory_environment.h"

namespace kube {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kAccount = "/var/run/secrets/kubernetes.io/serviceaccount/";

// Two contexts; "dev" is the current one.
constexpr const char* kTwoContexts = R"(
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: one
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority: ca/one.crt
- name: two
  cluster:
    server: https://api.example.com/k8s/
    certificate-authority-data: Q0EgdHdv
    tls-server-name: kubernetes
contexts:
- name: dev
  context: {cluster: one, user: alice}
- name: prod
  context: {cluster: two, user: bob, namespace: shop}
users:
- name: alice
  user:
    client-certificate: /keys/alice.crt
    client-key-data: a2V5
- name: bob
  user:
    token: "  bobs-token\n"
)";

class Config : public ::testing::Test {
 protected:
  ClientConfig load(const ConfigOptions& options = {}) {
    return load_client_config(options, machine_.environment());
  }

  // The error of loading this text as /dir/config.
  std::string error_of(const std::string& text, const std::string& context = {}) {
    machine_.write("/dir/config", text);
    return error({"/dir/config", context});
  }

  std::string error(const ConfigOptions& options) {
    try {
      load(options);
    } catch (const ConfigError& failure) {
      return failure.what();
    }
    ADD_FAILURE() << "the configuration was accepted";
    return {};
  }

  // A configuration of one context whose cluster and user have these members.
  static std::string simple(const std::string& cluster, const std::string& user) {
    return "current-context: c\nclusters: [{name: k, cluster: {" + cluster +
           "}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\nusers: [{name: u, user: {" +
           user + "}}]\n";
  }

  static constexpr const char* kCluster = "server: 'https://h', certificate-authority-data: Q0E=";

  void make_pod(const std::string& host = "10.96.0.1") {
    machine_.set_variable("KUBERNETES_SERVICE_HOST", host);
    machine_.set_variable("KUBERNETES_SERVICE_PORT", "443");
    machine_.write(std::string(kAccount) + "token", "pod-token");
    machine_.write(std::string(kAccount) + "ca.crt", "CA");
    machine_.write(std::string(kAccount) + "namespace", "system\n");
  }

  support::MemoryEnvironment machine_;
};

TEST_F(Config, ReadsTheCurrentContext) {
  machine_.write("/dir/config", kTwoContexts);
  const ClientConfig config = load({"/dir/config", ""});
  EXPECT_EQ(config.host, "10.0.0.1");
  EXPECT_EQ(config.port, 6443);
  EXPECT_EQ(config.namespace_name, "default");
  EXPECT_EQ(std::get<std::filesystem::path>(config.certificate_authority), "/dir/ca/one.crt");
  EXPECT_EQ(std::get<std::filesystem::path>(config.client_certificate), "/keys/alice.crt");
  EXPECT_EQ(std::get<std::string>(config.client_key), "key");
}

TEST_F(Config, ReadsTheContextThatWasAskedFor) {
  machine_.write("/dir/config", kTwoContexts);
  const ClientConfig config = load({"/dir/config", "prod"});
  EXPECT_EQ(config.host, "api.example.com");
  EXPECT_EQ(config.port, 443);
  EXPECT_EQ(config.base_path, "/k8s");
  EXPECT_EQ(config.tls_server_name, "kubernetes");
  EXPECT_EQ(config.namespace_name, "shop");
  EXPECT_EQ(std::get<std::string>(config.certificate_authority), "CA two");
  EXPECT_EQ(config.token, "bobs-token");
}

TEST_F(Config, PrefersTheFlagThenTheVariableThenThePodThenTheHome) {
  const auto file = [](const std::string& host) {
    return simple("server: 'https://" + host + "', certificate-authority-data: Q0E=", "");
  };
  machine_.write("/flag", file("flag"));
  machine_.write("/variable", file("variable"));
  machine_.write("/home/a/.kube/config", file("home"));
  machine_.set_variable("HOME", "/home/a");
  EXPECT_EQ(load().host, "home");
  make_pod();
  EXPECT_EQ(load().host, "10.96.0.1");
  machine_.set_variable("KUBECONFIG", "/variable");
  EXPECT_EQ(load().host, "variable");
  EXPECT_EQ(load({"/flag", ""}).host, "flag");
}

TEST_F(Config, SaysWhatIsPossibleWhenNothingIsConfigured) {
  EXPECT_THAT(error({}), AllOf(HasSubstr("--kubeconfig"), HasSubstr("KUBECONFIG")));
}

TEST_F(Config, MergesTheFilesOfTheVariableAndTheFirstWins) {
  machine_.write("/a",
                 "current-context: c\nclusters: [{name: k, cluster: {server: 'https://first', "
                 "certificate-authority: ca.crt}}]\n");
  machine_.write("/b/config", simple("server: 'https://second', certificate-authority-data: Q0E=",
                                     "tokenFile: token"));
  machine_.set_variable("KUBECONFIG", "/missing:/a::/b/config");
  const ClientConfig config = load();
  EXPECT_EQ(config.host, "first");
  EXPECT_EQ(std::get<std::filesystem::path>(config.certificate_authority), "/ca.crt");
  EXPECT_EQ(config.token_file, "/b/token");
}

TEST_F(Config, RefusesAVariableThatNamesNoFile) {
  machine_.set_variable("KUBECONFIG", "/missing:/gone");
  EXPECT_THAT(error({}), HasSubstr("/missing:/gone"));
}

TEST_F(Config, UsesTheServiceAccountOfThePod) {
  make_pod();
  const ClientConfig config = load();
  EXPECT_EQ(config.port, 443);
  EXPECT_EQ(config.token_file, std::string(kAccount) + "token");
  EXPECT_EQ(std::get<std::filesystem::path>(config.certificate_authority),
            std::string(kAccount) + "ca.crt");
  EXPECT_EQ(config.namespace_name, "system");
}

TEST_F(Config, ReachesAnIpv6ServiceByItsName) {
  make_pod("fd00::1");
  EXPECT_EQ(load().host, "kubernetes.default.svc");
}

TEST_F(Config, RefusesAPodWithoutItsToken) {
  make_pod();
  machine_.remove(std::string(kAccount) + "token");
  EXPECT_THAT(error({}), HasSubstr(std::string(kAccount) + "token"));
}

TEST_F(Config, RefusesABadServicePort) {
  make_pod();
  machine_.set_variable("KUBERNETES_SERVICE_PORT", "https");
  EXPECT_THAT(error({}), AllOf(HasSubstr("KUBERNETES_SERVICE_PORT"), HasSubstr("65535")));
}

TEST_F(Config, NamesTheContextsThatThereAre) {
  EXPECT_THAT(error_of(kTwoContexts, "test"),
              AllOf(HasSubstr("/dir/config"), HasSubstr("context test"), HasSubstr("dev, prod")));
}

TEST_F(Config, RefusesAnUnreadableFile) { EXPECT_THAT(error({"/gone", ""}), HasSubstr("/gone")); }

TEST_F(Config, SaysWhereTheYamlIsBroken) {
  EXPECT_THAT(error_of("clusters: [\n"), AllOf(HasSubstr("/dir/config"), HasSubstr("line")));
}

TEST_F(Config, RefusesWhatIsNotAConfig) {
  EXPECT_THAT(error_of("- a\n"), HasSubstr("kind Config"));
  EXPECT_THAT(error_of("clusters: {}\n"), HasSubstr("clusters must be a list"));
}

TEST_F(Config, RefusesToSkipVerification) {
  EXPECT_THAT(error_of(simple("server: 'https://h', insecure-skip-tls-verify: true", "")),
              AllOf(HasSubstr("/dir/config"), HasSubstr("context c"), HasSubstr("cluster k"),
                    HasSubstr("insecure-skip-tls-verify"), HasSubstr("certificate-authority")));
}

TEST_F(Config, RefusesAClusterWithoutAnAuthority) {
  EXPECT_THAT(error_of(simple("server: 'https://h'", "")), HasSubstr("certificate-authority"));
}

TEST_F(Config, AllowsPlainHttpToThisMachineOnly) {
  machine_.write("/dir/config", simple("server: 'http://127.0.0.1:8001'", ""));
  const ClientConfig config = load({"/dir/config", ""});
  EXPECT_EQ(config.scheme, Scheme::kHttp);
  EXPECT_EQ(config.port, 8001);
  EXPECT_THAT(error_of(simple("server: 'http://10.0.0.1'", "")), HasSubstr("use https"));
  EXPECT_THAT(error_of(simple("server: 'http://127.example.com'", "")), HasSubstr("use https"));
}

TEST_F(Config, RefusesServersThatCannotBeReached) {
  const auto server = [this](const std::string& url) {
    return error_of(simple("server: '" + url + "', certificate-authority-data: Q0E=", ""));
  };
  EXPECT_THAT(server("https://[::1]:6443"), HasSubstr("IPv6"));
  EXPECT_THAT(server("ftp://h"), HasSubstr("https://HOST"));
  EXPECT_THAT(server("https://h:0"), HasSubstr("65535"));
  EXPECT_THAT(server("https://h:6443x"), HasSubstr("65535"));
  EXPECT_THAT(server("https://:6443"), HasSubstr("no host"));
  EXPECT_THAT(server("https://user:hidden@h"),
              AllOf(HasSubstr("without user"), Not(HasSubstr("hidden"))));
}

TEST_F(Config, RefusesWhatItDoesNotSupport) {
  EXPECT_THAT(error_of(simple(kCluster, "username: a, password: hidden")),
              AllOf(HasSubstr("username"), Not(HasSubstr("hidden"))));
  EXPECT_THAT(error_of(simple(kCluster, "as: admin")), HasSubstr("impersonation"));
  EXPECT_THAT(error_of(simple(kCluster, "auth-provider: {name: gcp}")), HasSubstr("auth-provider"));
  EXPECT_THAT(error_of(simple(std::string(kCluster) + ", proxy-url: 'http://p'", "")),
              HasSubstr("proxy-url"));
}

TEST_F(Config, RefusesHalfAClientCertificate) {
  EXPECT_THAT(error_of(simple(kCluster, "client-certificate: c.crt")), HasSubstr("together"));
}

TEST_F(Config, NeverShowsAToken) {
  EXPECT_THAT(error_of(simple(kCluster, "token: \"hid\\nden\"")),
              AllOf(HasSubstr("user u"), HasSubstr("token"), Not(HasSubstr("hid"))));
  EXPECT_THAT(error_of(simple(kCluster, "token: [hidden]")), Not(HasSubstr("hidden")));
}

TEST_F(Config, RefusesDataThatIsNotBase64) {
  EXPECT_THAT(error_of(simple("server: 'https://h', certificate-authority-data: '***'", "")),
              HasSubstr("certificate-authority-data is not base64"));
}

TEST_F(Config, ReadsAnExecPlugin) {
  machine_.write(
      "/dir/config",
      simple(
          kCluster,
          "exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/plugin, args: [a, b], "
          "env: [{name: X, value: y}], provideClusterInfo: true, interactiveMode: IfAvailable}"));
  const ClientConfig config = load({"/dir/config", ""});
  const ExecPlugin exec = config.exec.value_or(ExecPlugin());
  EXPECT_EQ(exec.command, "/dir/bin/plugin");
  EXPECT_THAT(exec.arguments, ::testing::ElementsAre("a", "b"));
  EXPECT_THAT(exec.variables, ::testing::ElementsAre(::testing::Pair("X", "y")));
  EXPECT_EQ(exec.cluster_info, ClusterInfo::kProvide);
}

TEST_F(Config, RefusesExecPluginsThatItCannotRun) {
  const auto exec = [this](const std::string& members, const std::string& user = "") {
    return error_of(simple(kCluster, user + "exec: {" + members + "}"));
  };
  EXPECT_THAT(exec("apiVersion: client.authentication.k8s.io/v1alpha1, command: p"),
              HasSubstr("client.authentication.k8s.io/v1beta1"));
  EXPECT_THAT(exec("apiVersion: client.authentication.k8s.io/v1"), HasSubstr("command"));
  EXPECT_THAT(
      exec("apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Always"),
      HasSubstr("IfAvailable"));
  EXPECT_THAT(exec("apiVersion: client.authentication.k8s.io/v1, command: p, args: [1]"),
              HasSubstr("args"));
  EXPECT_THAT(exec("apiVersion: client.authentication.k8s.io/v1, command: p", "token: t, "),
              HasSubstr("cannot be combined"));
}

}  // namespace
}  // namespace kube
