#include "blueprint/platform.h"

#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "blueprint/syntax.h"

namespace blueprint {
namespace {

using api::Cursor;

struct NamedProfile {
  std::string_view name;
  api::Profile profile;
};
constexpr std::array kProfiles{NamedProfile{"production", api::Profile::kProduction},
                               NamedProfile{"staging", api::Profile::kStaging},
                               NamedProfile{"development", api::Profile::kDevelopment}};

// Among values that one author wrote nothing gives way.
void check_pair(const Cursor& at, std::string_view resource,
                const std::optional<std::string>& request,
                const std::optional<std::string>& limit) {
  if (!request || !limit) return;
  const auto least = api::Quantity::parse(*request);
  const auto most = api::Quantity::parse(*limit);
  if (!least || !most || *least <= *most) return;
  const std::string name(resource);
  at.report("resources.limits." + name + " " + *limit + " must be at least resources.requests." +
            name + ", which is " + *request);
}

// Settings and Defaults name these fields alike.
template <class Values>
void check_resources(const Cursor& at, const Values& values) {
  check_pair(at, "cpu", values.cpu_request, values.cpu_limit);
  check_pair(at, "memory", values.memory_request, values.memory_limit);
  check_pair(at, "ephemeral-storage", values.ephemeral_storage_request,
             values.ephemeral_storage_limit);
}

bool read_defaults(const Cursor& at, Platform& platform) {
  std::vector<std::string_view> names;
  for (const auto& [name, profile] : kProfiles) {
    names.push_back(name);
    api::Defaults& defaults = platform.defaults[static_cast<std::size_t>(profile)];
    at.optional(std::string(name).c_str(), [&defaults](const Cursor& settings) {
      defaults = api::replaced(defaults, api::read_settings(settings, api::SettingsOf::kDefaults));
      check_resources(settings, defaults);
      return true;
    });
  }
  api::report_unknown_keys(at, names);
  return true;
}

std::string read_namespace(const Cursor& at) {
  std::string name = api::read_text(at);
  at.check(is_dns1123_label(name),
           "must be the name of a namespace: at most 63 lower-case letters, digits and '-', with a "
           "letter or digit at both ends");
  return name;
}

bool read_network(const Cursor& at, Platform& platform) {
  constexpr std::array<std::string_view, 2> kKeys{"monitoringNamespaces", "gatewayNamespaces"};
  const api::ListOf namespaces{read_namespace};
  platform.monitoring_namespaces = at.value_or_empty("monitoringNamespaces", namespaces);
  platform.gateway_namespaces = at.value_or_empty("gatewayNamespaces", namespaces);
  api::report_unknown_keys(at, kKeys);
  return true;
}

// Puts a setting where the author's value stands.
template <class Value>
void put(std::optional<Value>& place, const std::optional<Value>& setting) {
  if (setting) place = setting;
}

void put(std::optional<api::Quantity>& place, const std::optional<std::string>& setting) {
  if (setting) place = api::Quantity::parse(*setting);
}

}  // namespace

void read_platform(const nlohmann::json& configuration, Platform& platform) {
  std::vector<std::string> mistakes;
  const Cursor root(configuration, "", mistakes);
  root.optional("defaults", [&](const Cursor& at) { return read_defaults(at, platform); });
  root.optional("enforced", [&](const Cursor& at) {
    platform.enforced = api::read_settings(at, api::SettingsOf::kEnforced);
    check_resources(at, platform.enforced);
    return true;
  });
  root.optional("network", [&](const Cursor& at) { return read_network(at, platform); });
  api::throw_if_any(mistakes);
}

api::BlueprintSpec enforced_on(api::BlueprintSpec spec, const api::Settings& enforced) {
  if (!spec.autoscaling) put(spec.replicas, enforced.replicas);
  put(spec.resources.requests.cpu, enforced.cpu_request);
  put(spec.resources.requests.memory, enforced.memory_request);
  put(spec.resources.requests.ephemeral_storage, enforced.ephemeral_storage_request);
  put(spec.resources.limits.cpu, enforced.cpu_limit);
  put(spec.resources.limits.memory, enforced.memory_limit);
  put(spec.resources.limits.ephemeral_storage, enforced.ephemeral_storage_limit);
  put(spec.disruption.enabled, enforced.disruption);
  put(spec.shutdown.delay_seconds, enforced.delay_seconds);
  put(spec.shutdown.drain_seconds, enforced.drain_seconds);
  put(spec.scheduling.spread, enforced.spread);
  put(spec.scheduling.priority_class_name, enforced.priority_class_name);
  put(spec.logging.level, enforced.log_level);
  put(spec.logging.format, enforced.log_format);
  put(spec.tracing.sampling_ratio, enforced.sampling_ratio);
  put(spec.image_pull_policy, enforced.image_pull_policy);
  // The containers beside the main one have none of their own.
  put(spec.defaults.image_pull_policy, enforced.image_pull_policy);
  put(spec.network.policy, enforced.network_policy);
  put(spec.security.identity, enforced.identity);
  put(spec.security.read_only_root_filesystem, enforced.read_only_root_filesystem);
  return spec;
}

Facts facts_of(const Platform& platform) {
  Facts facts;
  facts.monitor_labels = platform.monitor_labels;
  facts.monitoring_namespaces = platform.monitoring_namespaces;
  facts.gateway_namespaces = platform.gateway_namespaces;
  return facts;
}

}  // namespace blueprint
