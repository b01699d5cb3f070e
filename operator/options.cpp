#include "options.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include "options_file.h"
#include "options_table.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace options {
namespace {

constexpr std::string_view kPrefix = "SERVICEBLUEPRINT_";

// One value from the command line or the environment.
struct Setting {
  const Option* option;
  std::string name;  // as the user wrote it
  std::string value;
};

template <typename Name>
std::vector<std::string> names(Sources most, Name name) {
  std::vector<std::string> all;
  for (const Option& option : all_options()) {
    if (option.sources <= most) all.push_back(name(option));
  }
  return all;
}

std::string flag_name(const Option& option) { return "--" + std::string(option.flag); }

std::string flag_with_placeholder(const Option& option) {
  return flag_name(option) + (option.is_switch() ? "" : " " + std::string(option.placeholder));
}

const Option& find_flag(const std::string& name) {
  for (const Option& option : all_options()) {
    if (flag_name(option) == name) return option;
  }
  throw UsageError("unknown flag " + shown(name) +
                   suggestion(name, names(Sources::kFlag, flag_name)));
}

std::vector<Setting> read_arguments(const std::vector<std::string>& arguments) {
  std::vector<Setting> settings;
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    if (!argument->starts_with('-')) {
      throw UsageError(
          "unexpected argument " + shown(*argument) +
          ": only flags are allowed, and a switch takes its value as in --leader-elect=false");
    }
    const std::size_t equals = argument->find('=');
    const std::string name = argument->substr(0, equals);
    const Option& option = find_flag(name);
    if (equals != std::string::npos) {
      settings.push_back({&option, name, argument->substr(equals + 1)});
    } else if (option.is_switch()) {
      settings.push_back({&option, name, "true"});
    } else if (std::next(argument) != arguments.end()) {
      settings.push_back({&option, name, *++argument});
    } else {
      throw UsageError(name + " needs a value: " + flag_with_placeholder(option));
    }
  }
  return settings;
}

// Kubernetes puts the Services of a pod's namespace into its environment: for one called
// "serviceblueprint-metrics" that is SERVICEBLUEPRINT_METRICS_SERVICE_HOST, ..._PORT_8080_TCP_ADDR
// and so on. None of them is meant for us.
bool is_service_link(std::string_view name) {
  for (const std::string_view end : {"_SERVICE_HOST", "_SERVICE_PORT", "_PORT"}) {
    if (name.ends_with(end)) return true;
  }
  if (name.find("_SERVICE_PORT_") != std::string_view::npos) return true;
  constexpr std::string_view kPort = "_PORT_";
  const std::size_t port = name.find(kPort);
  return port != std::string_view::npos && name.size() > port + kPort.size() &&
         std::isdigit(static_cast<unsigned char>(name[port + kPort.size()])) != 0;
}

std::vector<Setting> read_environment(const std::map<std::string, std::string>& environment) {
  std::vector<Setting> settings;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix) || is_service_link(name)) continue;
    const auto options = all_options();
    const auto option =
        std::find_if(options.begin(), options.end(), [&wanted = name](const Option& candidate) {
          return candidate.sources <= Sources::kFlagAndEnvironment && variable(candidate) == wanted;
        });
    if (option == options.end()) {
      throw UsageError("unknown environment variable " + shown(name) +
                       suggestion(name, names(Sources::kFlagAndEnvironment, variable)));
    }
    settings.push_back({&*option, name, value});
  }
  return settings;
}

void apply(const std::vector<Setting>& settings, Invocation& invocation) {
  for (const Setting& setting : settings) {
    const Complaint complaint = setting.option->set(invocation, setting.value);
    if (!complaint.empty())
      throw UsageError(setting.name + " " + shown(setting.value) + ": " + complaint);
  }
}

void apply_defaults(StandardError standard_error, Invocation& invocation) {
  for (const Option& option : all_options()) {
    if (!option.default_text.empty()) option.set(invocation, option.default_text);
  }
  invocation.options.log_format = standard_error == StandardError::kTerminal
                                      ? telemetry::LogFormat::kText
                                      : telemetry::LogFormat::kJson;
}

// The last one wins, as for every option.
std::string last_config(const std::vector<Setting>& settings) {
  std::string path;
  for (const Setting& setting : settings) {
    if (setting.option->flag == "config") path = setting.value;
  }
  return path;
}

std::string config_path(const std::vector<Setting>& flags, const std::vector<Setting>& variables) {
  const std::string path = last_config(flags);
  return path.empty() ? last_config(variables) : path;
}

void apply_file_at(const std::string& path, const Inputs& inputs, Invocation& invocation) {
  if (path.empty()) return;
  std::string text;
  try {
    text = inputs.read_file(path);
  } catch (const std::runtime_error& error) {
    throw UsageError("--config " + shown(path) + ": " + error.what());
  }
  apply_file(path, text, invocation);
}

// client-go, tools/leaderelection, NewLeaderElector.
void check_lease(const Options::LeaderElection& lease) {
  const std::string deadline = duration_text(lease.renew_deadline);
  if (lease.renew_deadline >= lease.lease_duration) {
    throw UsageError("--leader-elect-renew-deadline " + deadline +
                     ": must be less than --leader-elect-lease-duration, which is " +
                     duration_text(lease.lease_duration));
  }
  if (lease.retry_period * 12 >= lease.renew_deadline * 10) {
    throw UsageError("--leader-elect-retry-period " + duration_text(lease.retry_period) +
                     ": 1.2 times it must be less than --leader-elect-renew-deadline, which is " +
                     deadline);
  }
}

void check_addresses(const Options& options) {
  const std::string& address = options.metrics_bind_address;
  if (address.empty() || address != options.health_probe_bind_address || address.ends_with(":0"))
    return;
  throw UsageError("--health-probe-bind-address " + shown(address) +
                   ": must differ from --metrics-bind-address");
}

std::string read_whole_file(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw std::runtime_error("is a directory");
  errno = 0;
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    throw std::runtime_error(errno != 0 ? std::strerror(errno) : "cannot be read");
  }
  return text;
}

}  // namespace

Inputs process_inputs(int argument_count, const char* const* arguments) {
  Inputs inputs;
  for (int i = 1; i < argument_count; ++i) inputs.arguments.emplace_back(arguments[i]);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos)
      inputs.environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  inputs.read_file = read_whole_file;
  inputs.standard_error =
      isatty(STDERR_FILENO) == 1 ? StandardError::kTerminal : StandardError::kOther;
  return inputs;
}

Invocation parse(const Inputs& inputs) {
  const std::vector<Setting> flags = read_arguments(inputs.arguments);
  Invocation invocation;
  apply_defaults(inputs.standard_error, invocation);
  apply(flags, invocation);
  if (invocation.action != Action::kRun) return invocation;

  const std::vector<Setting> variables = read_environment(inputs.environment);
  apply_file_at(config_path(flags, variables), inputs, invocation);
  apply(variables, invocation);
  apply(flags, invocation);
  check_lease(invocation.options.leader_election);
  check_addresses(invocation.options);
  return invocation;
}

std::string config_path(const Inputs& inputs) {
  return config_path(read_arguments(inputs.arguments), read_environment(inputs.environment));
}

std::string help_text() {
  std::size_t width = 0;
  for (const Option& option : all_options())
    width = std::max(width, flag_with_placeholder(option).size());
  std::string text = "Usage: serviceblueprint-operator [flags]\n\nFlags:\n";
  for (const Option& option : all_options()) {
    std::string flag = flag_with_placeholder(option);
    flag.resize(width + 2, ' ');
    text += "  " + flag + std::string(option.help);
    if (!option.default_text.empty()) text += " (default " + std::string(option.default_text) + ")";
    text += '\n';
  }
  return text +
         "\nEvery flag can also be an environment variable (SERVICEBLUEPRINT_LOG_LEVEL) or a key "
         "of the\n"
         "--config file (logLevel). Precedence: flag, environment, file, default.\n"
         "A changed file takes effect at once for logLevel, defaults, enforced, network and\n"
         "monitoring; SIGHUP takes it over without the second's wait for it to settle.\n"
         "\nExit codes: 0 after SIGTERM or SIGINT with everything finished, 1 on a lost "
         "Lease or an\n"
         "error that cannot be recovered from, 2 on wrong usage.\n";
}

}  // namespace options
