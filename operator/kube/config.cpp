#include "kube/config.h"

#include <charconv>
#include <string_view>

#include "kube/kubeconfig.h"
#include "kube/text.h"

namespace kube {
namespace {

constexpr std::string_view kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

std::uint16_t parse_service_port(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    throw ConfigError("in-cluster configuration: KUBERNETES_SERVICE_PORT is \"" + text +
                      "\"; it must be a number from 1 to 65535");
  }
  return port;
}

std::optional<ClientConfig> load_in_cluster(const Environment& environment) {
  const auto host = environment.variable("KUBERNETES_SERVICE_HOST");
  const auto port = environment.variable("KUBERNETES_SERVICE_PORT");
  if (!host || !port) return std::nullopt;

  const std::filesystem::path mounted(kServiceAccount);
  ClientConfig config;
  config.origin = "in-cluster configuration";
  config.in_cluster = true;
  // cpprestsdk never connects to an IPv6 literal; the name resolves to the same service.
  config.host = host->find(':') == std::string::npos ? *host : "kubernetes.default.svc";
  config.port = parse_service_port(*port);
  config.certificate_authority = mounted / "ca.crt";
  config.token_file = mounted / "token";
  for (const auto& file : {mounted / "token", mounted / "ca.crt"}) {
    if (environment.read_file(file)) continue;
    throw ConfigError("in-cluster configuration: cannot read " + file.string() +
                      "; the pod needs a mounted service account token, or use --kubeconfig");
  }
  if (const auto name = environment.read_file(mounted / "namespace")) {
    config.namespace_name = trim(*name);
  }
  return config;
}

// Files of $KUBECONFIG that do not exist are passed over, as kubectl does.
std::vector<std::filesystem::path> listed_files(std::string_view list,
                                                const Environment& environment) {
  std::vector<std::filesystem::path> files;
  while (!list.empty()) {
    const auto colon = list.find(':');
    const std::filesystem::path file(list.substr(0, colon));
    if (!file.empty() && environment.modified(file)) files.push_back(file);
    list = colon == std::string_view::npos ? std::string_view() : list.substr(colon + 1);
  }
  return files;
}

}  // namespace

ClientConfig load_client_config(const ConfigOptions& options, const Environment& environment) {
  if (!options.kubeconfig.empty()) {
    return load_kubeconfig({options.kubeconfig}, options.context, environment);
  }
  if (const auto list = environment.variable("KUBECONFIG")) {
    const auto files = listed_files(*list, environment);
    if (files.empty()) throw ConfigError("KUBECONFIG=" + *list + " names no file that exists");
    return load_kubeconfig(files, options.context, environment);
  }
  if (options.context.empty()) {
    if (auto config = load_in_cluster(environment)) return *config;
  }
  const auto home = environment.variable("HOME");
  const auto file = std::filesystem::path(home.value_or("")) / ".kube" / "config";
  if (home && environment.modified(file)) {
    return load_kubeconfig({file}, options.context, environment);
  }
  throw ConfigError(
      "no API server is configured: give --kubeconfig, set KUBECONFIG, run in a pod with a service "
      "account, or write "
      "~/.kube/config");
}

}  // namespace kube
