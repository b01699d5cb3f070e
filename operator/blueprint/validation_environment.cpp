#include <algorithm>

#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

constexpr std::string_view kVariable =
    "must be the name of a variable: letters, digits, '_', '-' and '.', not beginning with a digit "
    "or '.'";

void check_keys(const api::StringMap& keys, const std::string& path, Taken& variables,
                Problems& problems) {
  problems.require(!keys.empty(), path, "must have an entry, such as DB_PASSWORD: password");
  for (const auto& [variable, key] : keys) {
    const std::string place = keyed_path(path, variable);
    problems.require(is_env_name(variable), place, kVariable);
    problems.require(is_config_key(key), place, kDataKeyForm);
    claim(variables, variable, place, problems);
  }
}

std::size_t bytes_of(const api::StringMap& values) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : values) bytes += value.size();
  return bytes;
}

void check_config(const api::Config& config, Taken& variables, Problems& problems) {
  constexpr std::size_t kMostBytes = 1'048'576;  // core/v1: 1 MiB of values
  for (const auto& [variable, value] : config.env) {
    const std::string place = keyed_path("spec.config.env", variable);
    problems.require(is_env_name(variable), place, kVariable);
    claim(variables, variable, place, problems);
  }
  for (const auto& [file, content] : config.files) {
    const std::string place = keyed_path("spec.config.files", file);
    problems.require(is_config_key(file), place,
                     "must be the name of a file: letters, digits, '-', '_' and '.', not beginning "
                     "with '..'");
    problems.require(
        !config.env.contains(file), place,
        "must differ from the variables of config.env: both are keys of one ConfigMap");
  }
  problems.require(bytes_of(config.env) + bytes_of(config.files) <= kMostBytes, "spec.config",
                   "the values of env and files must have at most 1 MiB together, as that is all "
                   "that a ConfigMap holds");
}

bool is_attribute_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char letter) {
    return is_alphanumeric(letter) ||
           std::string_view("-_./").find(letter) != std::string_view::npos;
  });
}

void check_tracing(const api::Tracing& tracing, Problems& problems) {
  problems.require(tracing.endpoint || !tracing.enabled.value_or(false), "spec.tracing.endpoint",
                   "is required when enabled is true");
  problems.require(!tracing.endpoint || is_http_url(*tracing.endpoint), "spec.tracing.endpoint",
                   "must be a URL with http or https and a host, such as "
                   "http://collector.tracing:4318");
  for (const auto& [name, value] : tracing.resource_attributes) {
    problems.require(
        is_attribute_name(name), keyed_path("spec.tracing.resourceAttributes", name),
        "the key must be the name of an attribute: letters, digits, '-', '_', '.' and '/'");
  }
}

}  // namespace

void claim(Taken& taken, std::string_view what, const std::string& path, Problems& problems) {
  const auto [owner, free] = taken.emplace(what, path);
  if (free) return;
  problems.require(false, path,
                   "\"" + std::string(what) + "\" is set by " + owner->second + " already");
}

void check_variables(const std::vector<nlohmann::json>& env, const std::string& path,
                     Taken& variables, Problems& problems) {
  for (std::size_t i = 0; i < env.size(); ++i) {
    const auto& name = env[i].at("name").get_ref<const std::string&>();
    const std::string place = entry_path(path, i, ".name");
    problems.require(is_env_name(name), place, kVariable);
    claim(variables, name, place, problems);
  }
}

void check_sources(const std::vector<api::DataSource>& sources, std::string_view kind,
                   const std::string& path, Taken& variables, Problems& problems) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::string place = entry_path(path, i);
    problems.require(is_dns1123_subdomain(sources[i].name), place + ".name",
                     "must be the name of a " + std::string(kind) +
                         ": lower-case letters, digits, '-' and '.', beginning and ending with a "
                         "letter or digit");
    if (const auto* keys = std::get_if<api::StringMap>(&sources[i].use))
      check_keys(*keys, place + ".env", variables, problems);
    if (const auto* prefix = std::get_if<api::EnvPrefix>(&sources[i].use)) {
      problems.require(prefix->prefix.empty() || is_env_name(prefix->prefix), place + ".envPrefix",
                       "must be empty or the beginning of a variable's name, such as DB_");
    }
  }
}

void check_environment(const api::BlueprintSpec& spec, Problems& problems) {
  Taken variables;
  check_variables(spec.env, "spec.env", variables, problems);
  check_sources(spec.secrets, "Secret", "spec.secrets", variables, problems);
  check_sources(spec.config_maps, "ConfigMap", "spec.configMaps", variables, problems);
  check_config(spec.config, variables, problems);
  check_tracing(spec.tracing, problems);
}

}  // namespace blueprint
