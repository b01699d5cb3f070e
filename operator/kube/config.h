#pragma once

// Which API server to talk to and as whom: the flags --kubeconfig and --context, $KUBECONFIG, the
// service account of the pod, or ~/.kube/config, in this order. Only values here;
// kube::CredentialSource reads the files and runs the plugin.
//
// Refused with an error that names the file, the context and what is allowed:
// insecure-skip-tls-verify, plain http to anything but this machine, a cluster without a CA (system
// roots are never trusted), IPv6 literals (cpprestsdk cannot connect to them), proxies,
// impersonation, passwords and auth-provider. An error never holds a token or a key.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kube/environment.h"

namespace kube {

class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// PEM text that was inline in the configuration, or the absolute path of a file that may change.
// Absent: monostate.
using PemSource = std::variant<std::monostate, std::string, std::filesystem::path>;

inline bool is_set(const PemSource& source) {
  return !std::holds_alternative<std::monostate>(source);
}

enum class ClusterInfo { kOmit, kProvide };

// A credential plugin (client.authentication.k8s.io/v1 and v1beta1).
struct ExecPlugin {
  std::string api_version;
  // With a slash: a path, already absolute. Without: looked up in PATH.
  std::string command;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> variables;
  ClusterInfo cluster_info = ClusterInfo::kOmit;
};

enum class Scheme { kHttps, kHttp };

struct ClientConfig {
  Scheme scheme = Scheme::kHttps;
  // A DNS name or an IPv4 address.
  std::string host;
  std::uint16_t port = 443;
  // Empty, or "/k8s/clusters/c-1" without a slash at its end.
  std::string base_path;
  // Empty: `host`.
  std::string tls_server_name;
  PemSource certificate_authority;
  PemSource client_certificate;
  PemSource client_key;
  // At most one of the three.
  std::string token;
  std::filesystem::path token_file;
  std::optional<ExecPlugin> exec;
  // The context's namespace or the pod's own.
  std::string namespace_name = "default";
  // The service account of the pod that this process runs in.
  bool in_cluster = false;
  // For error texts: "kubeconfig /home/a/.kube/config, context dev" or "in-cluster configuration".
  std::string origin;
};

struct ConfigOptions {
  // The value of --kubeconfig; empty if not given.
  std::string kubeconfig;
  // The value of --context; empty if not given.
  std::string context;
};

// Throws ConfigError.
ClientConfig load_client_config(const ConfigOptions& options, const Environment& environment);

}  // namespace kube
