#pragma once

// The kubeconfig file format (k8s.io/client-go/tools/clientcmd/api/v1): files are read in order and
// merged, the first definition of a name wins, and one context is picked.

#include <filesystem>
#include <string>
#include <vector>

#include "kube/config.h"

namespace kube {

// `files`: at least one; each must be readable. `context`: empty for the current one. Throws
// ConfigError.
ClientConfig load_kubeconfig(const std::vector<std::filesystem::path>& files,
                             const std::string& context, const Environment& environment);

}  // namespace kube
