#include "options_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <utility>

namespace options {
namespace {

using namespace std::chrono_literals;

// Stores the value that `text` names.
template <typename Value, std::size_t N>
Complaint read_word(std::string_view text,
                    const std::array<std::pair<std::string_view, Value>, N>& words, Value& value) {
  std::string allowed;
  for (const auto& [word, meaning] : words) {
    if (word == text) {
      value = meaning;
      return {};
    }
    allowed += (allowed.empty()              ? ""
                : word == words.back().first ? " or "
                                             : ", ") +
               std::string(word);
  }
  return "must be " + allowed;
}

Complaint read_log_level(std::string_view text, telemetry::Level& level) {
  using telemetry::Level;
  constexpr std::array<std::pair<std::string_view, Level>, 4> kLevels{{{"debug", Level::kDebug},
                                                                       {"info", Level::kInfo},
                                                                       {"warn", Level::kWarn},
                                                                       {"error", Level::kError}}};
  return read_word(text, kLevels, level);
}

Complaint read_log_format(std::string_view text, telemetry::LogFormat& format) {
  using telemetry::LogFormat;
  constexpr std::array<std::pair<std::string_view, LogFormat>, 2> kFormats{
      {{"json", LogFormat::kJson}, {"text", LogFormat::kText}}};
  return read_word(text, kFormats, format);
}

Complaint choose(std::string_view text, Action action, Invocation& invocation) {
  bool chosen = false;
  const Complaint complaint = read_boolean(text, chosen);
  if (chosen) invocation.action = action;
  return complaint;
}

constexpr std::array kOptions{
    Option{"kubeconfig", "FILE",
           "how to reach the API server; else $KUBECONFIG, in-cluster, ~/.kube/config", "",
           [](Invocation& in, std::string_view text) {
             return read_text(text, in.options.kubeconfig);
           }},
    Option{
        "context", "NAME", "context of the kubeconfig; else its current one", "",
        [](Invocation& in, std::string_view text) { return read_text(text, in.options.context); }},
    Option{"namespaces", "LIST", "namespaces to work in, separated by commas; else all", "",
           [](Invocation& in, std::string_view text) {
             return read_namespaces(text, in.options.namespaces);
           }},
    Option{"reference-namespaces", "LIST",
           "where Secrets and ConfigMaps are watched (metadata only); * = all; else none", "",
           [](Invocation& in, std::string_view text) {
             return read_reference_namespaces(text, in.options.reference_namespaces);
           }},
    Option{"metrics-bind-address", "ADDRESS", "where /metrics is served; 0 = off", ":8080",
           [](Invocation& in, std::string_view text) {
             return read_address(text, in.options.metrics_bind_address);
           }},
    Option{"health-probe-bind-address", "ADDRESS", "where /healthz and /readyz are served; 0 = off",
           ":8081",
           [](Invocation& in, std::string_view text) {
             return read_address(text, in.options.health_probe_bind_address);
           }},
    Option{"leader-elect", "", "work only while holding a Lease; needed with several replicas",
           "true",
           [](Invocation& in, std::string_view text) {
             return read_boolean(text, in.options.leader_election.enabled);
           }},
    Option{"leader-elect-lease-duration", "DURATION",
           "how long others wait before they take the Lease", "15s",
           [](Invocation& in, std::string_view text) {
             return read_seconds(text, 1s, in.options.leader_election.lease_duration);
           }},
    Option{"leader-elect-renew-deadline", "DURATION",
           "how long the leader tries to renew before it gives up", "10s",
           [](Invocation& in, std::string_view text) {
             return read_duration(text, 1s, in.options.leader_election.renew_deadline);
           }},
    Option{"leader-elect-retry-period", "DURATION",
           "pause between attempts to take or renew the Lease", "2s",
           [](Invocation& in, std::string_view text) {
             return read_duration(text, 100ms, in.options.leader_election.retry_period);
           }},
    Option{"leader-elect-resource-name", "NAME", "name of the Lease", "serviceblueprint-operator",
           [](Invocation& in, std::string_view text) {
             return read_dns_subdomain(text, in.options.leader_election.resource_name);
           }},
    Option{"leader-elect-resource-namespace", "NAME",
           "namespace of the Lease; else the pod's own; in no pod serviceblueprint-system", "",
           [](Invocation& in, std::string_view text) {
             return read_dns_label(text, in.options.leader_election.resource_namespace);
           }},
    Option{"max-concurrent-reconciles", "N", "workers, 1 to 256", "8",
           [](Invocation& in, std::string_view text) {
             return read_integer(text, 1, 256, in.options.max_concurrent_reconciles);
           }},
    Option{"request-timeout", "DURATION", "total time of one API request, watches excepted", "10s",
           [](Invocation& in, std::string_view text) {
             return read_duration(text, 1s, in.options.request_timeout);
           }},
    Option{"graceful-shutdown-timeout", "DURATION", "time to finish what has begun after SIGTERM",
           "25s",
           [](Invocation& in, std::string_view text) {
             return read_duration(text, 1s, in.options.graceful_shutdown_timeout);
           }},
    Option{"log-level", "LEVEL", "debug, info, warn or error", "info",
           [](Invocation& in, std::string_view text) {
             return read_log_level(text, in.options.log_level);
           }},
    Option{"log-format", "FORMAT", "json or text; else text on a terminal and json elsewhere", "",
           [](Invocation& in, std::string_view text) {
             return read_log_format(text, in.options.log_format);
           }},
    Option{"config", "FILE",
           "YAML file: the options in camelCase, defaults, enforced, network, monitoring", "",
           [](Invocation&, std::string_view) { return Complaint(); }, Sources::kFlagAndEnvironment},
    Option{"version", "", "print version, commit and compiler, and exit", "",
           [](Invocation& in, std::string_view text) {
             return choose(text, Action::kShowVersion, in);
           },
           Sources::kFlag},
    Option{
        "help", "", "print this text, and exit", "",
        [](Invocation& in, std::string_view text) { return choose(text, Action::kShowHelp, in); },
        Sources::kFlag},
};

// Edits (insertions, deletions, replacements) between two words: Levenshtein's distance.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char character : left) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t replaced = diagonal + (character == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string enumeration(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += &word == &words.back() ? " and " : ", ";
    text += word;
  }
  return text;
}

char upper(char character) {
  return static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
}

}  // namespace

std::span<const Option> all_options() { return kOptions; }

std::string file_key(const Option& option) {
  std::string key;
  bool at_word = false;
  for (const char character : option.flag) {
    if (character != '-') key += at_word ? upper(character) : character;
    at_word = character == '-';
  }
  return key;
}

std::string variable(const Option& option) {
  std::string name = "SERVICEBLUEPRINT_";
  for (const char character : option.flag) name += character == '-' ? '_' : upper(character);
  return name;
}

std::string suggestion(std::string_view unknown, const std::vector<std::string>& allowed) {
  const auto closest = std::min_element(
      allowed.begin(), allowed.end(), [unknown](const std::string& left, const std::string& right) {
        return distance(unknown, left) < distance(unknown, right);
      });
  if (closest != allowed.end() &&
      distance(unknown, *closest) <= std::max<std::size_t>(2, unknown.size() / 4)) {
    return "; did you mean " + *closest + "?";
  }
  return "; allowed are " + enumeration(allowed);
}

}  // namespace options
