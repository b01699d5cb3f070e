#include "blueprint/environment.h"

#include <array>
#include <set>
#include <string_view>

#include "blueprint/config_map.h"
#include "blueprint/runtime.h"
#include "blueprint/tracing.h"

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

// The source of each variable (core/v1 EnvVarSource), sorted by variable: the order of the Secrets
// and ConfigMaps in the blueprint rolls nothing.
using Sources = std::map<std::string, json>;

void add_keys(const std::vector<api::DataSource>& data, const char* kind, Sources& sources) {
  for (const api::DataSource& source : data) {
    const auto* keys = std::get_if<api::StringMap>(&source.use);
    if (keys == nullptr) continue;
    for (const auto& [variable, key] : *keys) {
      json reference{{"name", source.name}, {"key", key}};
      if (source.optional) reference["optional"] = true;
      sources.emplace(variable, json{{kind, std::move(reference)}});
    }
  }
}

Sources sources_of(const Context& context) {
  const api::BlueprintSpec& spec = context.spec();
  Sources sources;
  add_keys(spec.secrets, "secretKeyRef", sources);
  add_keys(spec.config_maps, "configMapKeyRef", sources);
  if (spec.config.env.empty()) return sources;
  const std::string generated = config_map_name(context);
  for (const auto& [variable, value] : spec.config.env)
    sources.emplace(variable, json{{"configMapKeyRef", {{"name", generated}, {"key", variable}}}});
  return sources;
}

std::set<std::string_view> names_of_user(const api::BlueprintSpec& spec, const Sources& sources) {
  std::set<std::string_view> names;
  for (const auto& entry : sources) names.insert(entry.first);
  for (const json& entry : spec.env) names.insert(entry.at("name").get_ref<const std::string&>());
  return names;
}

json literal(std::string_view name, std::string_view value) {
  return {{"name", name}, {"value", value}};
}

json injected(const Context& context, const std::set<std::string_view>& taken) {
  const api::BlueprintSpec& spec = context.spec();
  json list = json::array();
  for (const auto& [name, field] : kFieldVariables) {
    list.push_back({{"name", name}, {"valueFrom", {{"fieldRef", {{"fieldPath", field}}}}}});
  }
  list.push_back(literal("SERVICE_NAME", context.name()));
  list.push_back(literal("SERVICE_VERSION", context.version));
  if (!context.ports.empty())
    list.push_back(literal("PORT", std::to_string(context.ports.front().port)));
  list.push_back(literal("LOG_LEVEL", spec.logging.level.value_or(spec.defaults.log_level)));
  list.push_back(literal("LOG_FORMAT", spec.logging.format.value_or(spec.defaults.log_format)));
  for (const auto& [name, value] : runtime_variables(spec)) list.push_back(literal(name, value));
  for (const auto& [name, value] : tracing_variables(context, taken))
    list.push_back(literal(name, value));
  return list;
}

void add_given(Sources sources, const std::vector<json>& env, json& list) {
  for (auto& [variable, source] : sources)
    list.push_back({{"name", variable}, {"valueFrom", std::move(source)}});
  for (const json& entry : env) list.push_back(entry);
}

void add_whole(const std::vector<api::DataSource>& data, const char* kind, json& list) {
  for (const api::DataSource& source : data) {
    const auto* whole = std::get_if<api::EnvPrefix>(&source.use);
    if (whole == nullptr) continue;
    json reference{{"name", source.name}};
    if (source.optional) reference["optional"] = true;
    json entry{{kind, std::move(reference)}};
    if (!whole->prefix.empty()) entry["prefix"] = whole->prefix;
    list.push_back(std::move(entry));
  }
}

}  // namespace

json environment(const Context& context) {
  const api::BlueprintSpec& spec = context.spec();
  Sources sources = sources_of(context);
  const std::set<std::string_view> taken = names_of_user(spec, sources);
  json list = json::array();
  for (json& entry : injected(context, taken)) {
    if (!taken.contains(entry["name"].get_ref<const std::string&>()))
      list.push_back(std::move(entry));
  }
  add_given(std::move(sources), spec.env, list);
  return list;
}

json environment(const api::Container& container) {
  Sources sources;
  add_keys(container.secrets, "secretKeyRef", sources);
  json list = json::array();
  add_given(std::move(sources), container.env, list);
  return list;
}

json environment_sources(const std::vector<api::DataSource>& config_maps,
                         const std::vector<api::DataSource>& secrets) {
  json list = json::array();
  add_whole(config_maps, "configMapRef", list);
  add_whole(secrets, "secretRef", list);
  return list;
}

}  // namespace blueprint
