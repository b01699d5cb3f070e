#pragma once

// How the operator was told to run. Each option has one name and up to four sources; a later one of
// this list wins:
//
//   default  <  configuration file (--config, camelCase: maxConcurrentReconciles)
//            <  environment (SERVICEBLUEPRINT_MAX_CONCURRENT_RECONCILES)  <  flag
//            (--max-concurrent-reconciles)
//
// The file is one YAML mapping; besides the options it may hold what a platform team decides for
// every blueprint: `defaults`, `enforced`, `network` and `monitoring` (blueprint/platform.h).
// Names, help, defaults and ranges are in one table, options_table.cpp, which --help prints. Flags
// are written `--flag=value` or `--flag value`; switches `--flag` or `--flag=false`. Durations are
// Go's: "1m30s".

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "blueprint/platform.h"
#include "telemetry/log.h"

namespace options {

// Filled by parse(); the defaults are in the table.
struct Options {
  std::string kubeconfig;               // empty: $KUBECONFIG, in-cluster, ~/.kube/config
  std::string context;                  // empty: the kubeconfig's current one
  std::vector<std::string> namespaces;  // empty: all; else sorted, each once
  // Where Secrets and ConfigMaps are watched (metadata): empty: nowhere; {"*"}: wherever the
  // operator works.
  std::vector<std::string> reference_namespaces;
  std::string metrics_bind_address;       // empty: off
  std::string health_probe_bind_address;  // empty: off
  int max_concurrent_reconciles = 0;
  std::chrono::milliseconds request_timeout{};
  std::chrono::milliseconds graceful_shutdown_timeout{};

  struct LeaderElection {
    bool enabled = false;
    std::chrono::seconds lease_duration{};
    std::chrono::milliseconds renew_deadline{};
    std::chrono::milliseconds retry_period{};
    std::string resource_name;
    std::string resource_namespace;  // empty: the pod's own

    bool operator==(const LeaderElection&) const = default;
  } leader_election;

  telemetry::Level log_level = telemetry::Level::kInfo;
  telemetry::LogFormat log_format = telemetry::LogFormat::kJson;

  blueprint::Platform platform;

  bool operator==(const Options&) const = default;
};

enum class Action { kRun, kShowVersion, kShowHelp };

struct Invocation {
  Action action = Action::kRun;
  Options options;  // meaningful for kRun
};

// One line that names the flag, variable or key and what is allowed. For main: print it and exit
// with 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class StandardError { kTerminal, kOther };

// Everything that the outcome depends on.
struct Inputs {
  std::vector<std::string> arguments;  // without the program's name
  std::map<std::string, std::string>
      environment;  // all of it: unknown variables with our prefix are errors
  std::function<std::string(const std::string& path)>
      read_file;  // throws std::runtime_error that says why it cannot
  StandardError standard_error = StandardError::kOther;  // a terminal gets text logs by default
};

// The inputs of this process.
Inputs process_inputs(int argument_count, const char* const* arguments);

// Throws UsageError.
Invocation parse(const Inputs& inputs);

// Of the configuration file; empty when there is none. Throws UsageError.
std::string config_path(const Inputs& inputs);

// For --help: usage, every flag with its default, sources and exit codes.
std::string help_text();

}  // namespace options
