#include "blueprint/environment.h"

#include <array>
#include <set>
#include <string_view>

namespace blueprint {
namespace {

using nlohmann::json;

struct FieldVariable {
  const char* name;
  const char* field;
};
constexpr std::array kFieldVariables = {FieldVariable{"POD_NAME", "metadata.name"},
                                        FieldVariable{"POD_NAMESPACE", "metadata.namespace"},
                                        FieldVariable{"POD_IP", "status.podIP"},
                                        FieldVariable{"NODE_NAME", "spec.nodeName"}};

struct SecretKey {
  const api::DataSource* secret;
  std::string_view key;
};
// Sorted by variable: the order of the Secrets in the blueprint rolls nothing.
using SecretVariables = std::map<std::string_view, SecretKey>;

SecretVariables secret_variables(const api::BlueprintSpec& spec) {
  SecretVariables variables;
  for (const api::DataSource& secret : spec.secrets) {
    const auto* keys = std::get_if<api::StringMap>(&secret.use);
    if (keys == nullptr) continue;
    for (const auto& [variable, key] : *keys) variables.emplace(variable, SecretKey{&secret, key});
  }
  return variables;
}

std::set<std::string_view> names_of_user(const api::BlueprintSpec& spec,
                                         const SecretVariables& secrets) {
  std::set<std::string_view> names;
  for (const auto& entry : secrets) names.insert(entry.first);
  for (const json& entry : spec.env) names.insert(entry.at("name").get_ref<const std::string&>());
  return names;
}

json literal(const char* name, std::string_view value) {
  return {{"name", name}, {"value", value}};
}

json injected(const Context& context) {
  json list = json::array();
  for (const auto& [name, field] : kFieldVariables) {
    list.push_back({{"name", name}, {"valueFrom", {{"fieldRef", {{"fieldPath", field}}}}}});
  }
  list.push_back(literal("SERVICE_NAME", context.name()));
  list.push_back(literal("SERVICE_VERSION", context.version));
  if (!context.ports.empty())
    list.push_back(literal("PORT", std::to_string(context.ports.front().port)));
  list.push_back(literal("LOG_LEVEL", context.spec().defaults.log_level));
  list.push_back(literal("LOG_FORMAT", "json"));
  return list;
}

json from_secret(std::string_view variable, const SecretKey& source) {
  json reference{{"name", source.secret->name}, {"key", source.key}};
  if (source.secret->optional) reference["optional"] = true;
  return {{"name", variable}, {"valueFrom", {{"secretKeyRef", std::move(reference)}}}};
}

}  // namespace

json environment(const Context& context) {
  const api::BlueprintSpec& spec = context.spec();
  const SecretVariables secrets = secret_variables(spec);
  const std::set<std::string_view> taken = names_of_user(spec, secrets);
  json list = json::array();
  for (json& entry : injected(context)) {
    if (!taken.contains(entry["name"].get_ref<const std::string&>()))
      list.push_back(std::move(entry));
  }
  for (const auto& [variable, source] : secrets) list.push_back(from_secret(variable, source));
  for (const json& entry : spec.env) list.push_back(entry);
  return list;
}

json environment_sources(const api::BlueprintSpec& spec) {
  json list = json::array();
  for (const api::DataSource& secret : spec.secrets) {
    const auto* whole = std::get_if<api::EnvPrefix>(&secret.use);
    if (whole == nullptr) continue;
    json reference{{"name", secret.name}};
    if (secret.optional) reference["optional"] = true;
    json source{{"secretRef", std::move(reference)}};
    if (!whole->prefix.empty()) source["prefix"] = whole->prefix;
    list.push_back(std::move(source));
  }
  return list;
}

}  // namespace blueprint
