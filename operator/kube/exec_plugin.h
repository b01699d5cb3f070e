#pragma once

// Credential plugins of kubeconfigs (Kubernetes documentation, "client-go credential plugins").

#include <optional>
#include <string>

#include "base/clock.h"
#include "kube/config.h"
#include "kube/process.h"

namespace kube {

// The status of an ExecCredential; empty members are absent ones.
struct ExecCredential {
  std::string token;
  // PEM.
  std::string client_certificate;
  std::string client_key;
  // Absent: valid until the server refuses it.
  std::optional<base::WallTime> expires;
};

// How to start the plugin of `config`: its arguments, its variables and KUBERNETES_EXEC_INFO.
// `certificate_authority` (PEM) is told only to plugins that ask for it.
ProcessRequest exec_request(const ClientConfig& config, const ExecPlugin& plugin,
                            const std::string& certificate_authority);

// Throws ConfigError, which never holds what the plugin printed.
ExecCredential parse_exec_credential(const ExecPlugin& plugin, const std::string& output);

}  // namespace kube
