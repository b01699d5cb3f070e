#include "api/settings.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/quantity.h"

namespace api {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kSpreads{"ZoneAndHost", "Host", "None"};
constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kFormats{"json", "text"};
constexpr std::array<std::string_view, 3> kPullPolicies{"Always", "IfNotPresent", "Never"};
constexpr std::array<std::string_view, 2> kIdentities{"Fixed", "FromImage"};

// All settings of one blueprint are kept in its status, so each has a bound.
constexpr std::size_t kQuantityLength = 32;
constexpr std::size_t kNameLength = 253;

std::string read_quantity_text(const Cursor& at) {
  const json& value = at.value();
  std::string text = value.is_string()           ? value.get<std::string>()
                     : value.is_number_integer() ? value.dump()
                                                 : std::string();
  const bool fine =
      text.size() <= kQuantityLength && !text.starts_with('-') && Quantity::parse(text).has_value();
  at.check(fine,
           "must be a quantity of at least 0, such as 100m, 128Mi or \"0.5\" (a fraction needs "
           "quotes)");
  return fine ? std::move(text) : std::string("0");
}

std::string read_name(const Cursor& at) {
  std::string name = read_filled_text(at);
  at.check(name.size() <= kNameLength, "must have at most 253 characters");
  return name;
}

double read_ratio(const Cursor& at) {
  const json& value = at.value();
  const double ratio = value.is_number() ? value.get<double>() : -1;
  return at.check(ratio >= 0 && ratio <= 1, "must be a number from 0 to 1") ? ratio : 0;
}

// The one table of settings: path in a spec, member, reader.
template <class AnySettings, class Visit>
void for_each_default(AnySettings& s, const Visit& visit) {
  visit("replicas", s.replicas, WholeNumber{0, 10'000});
  visit("resources.requests.cpu", s.cpu_request, read_quantity_text);
  visit("resources.requests.memory", s.memory_request, read_quantity_text);
  visit("resources.requests.ephemeral-storage", s.ephemeral_storage_request, read_quantity_text);
  visit("resources.limits.cpu", s.cpu_limit, read_quantity_text);
  visit("resources.limits.memory", s.memory_limit, read_quantity_text);
  visit("resources.limits.ephemeral-storage", s.ephemeral_storage_limit, read_quantity_text);
  visit("disruption.enabled", s.disruption, read_flag);
  visit("shutdown.delaySeconds", s.delay_seconds, WholeNumber{0, 3600});
  visit("shutdown.drainSeconds", s.drain_seconds, WholeNumber{0, 86'400});
  visit("scheduling.spread", s.spread, OneOf{kSpreads});
  visit("scheduling.priorityClassName", s.priority_class_name, read_name);
  visit("logging.level", s.log_level, OneOf{kLevels});
  visit("logging.format", s.log_format, OneOf{kFormats});
  visit("tracing.samplingRatio", s.sampling_ratio, read_ratio);
  visit("imagePullPolicy", s.image_pull_policy, OneOf{kPullPolicies});
  visit("network.policy", s.network_policy, read_flag);
}

template <class AnySettings, class Visit>
void for_each_setting(AnySettings& s, SettingsOf of, const Visit& visit) {
  for_each_default(s, visit);
  if (of == SettingsOf::kDefaults) return;
  visit("security.identity", s.identity, OneOf{kIdentities});
  visit("security.readOnlyRootFilesystem", s.read_only_root_filesystem, read_flag);
}

// The value at a dotted path; empty where it or anything above it is left out.
template <class Reader>
auto read_below(const Cursor& at, std::string_view path, const Reader& read)
    -> std::optional<decltype(read(at))> {
  const std::size_t dot = path.find('.');
  const std::string key(path.substr(0, dot));
  if (dot == std::string_view::npos) return at.optional(key.c_str(), read);
  const auto inner = at.optional(key.c_str(), [&](const Cursor& below) {
    return read_below(below, path.substr(dot + 1), read);
  });
  return inner ? *inner : std::nullopt;
}

// The keys that may stand below `prefix`, which is empty or ends in a dot.
std::vector<std::string_view> keys_below(const std::vector<std::string_view>& paths,
                                         std::string_view prefix) {
  std::vector<std::string_view> keys;
  for (const std::string_view path : paths) {
    if (!path.starts_with(prefix)) continue;
    const std::string_view rest = path.substr(prefix.size());
    const std::string_view key = rest.substr(0, rest.find('.'));
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

void report_unknown_below(const Cursor& at, const std::vector<std::string_view>& paths,
                          const std::string& prefix) {
  const std::vector<std::string_view> keys = keys_below(paths, prefix);
  if (keys.empty() || !at.value().is_object()) return;  // a field, or refused by its reader
  report_unknown_keys(at, keys);
  for (const std::string_view key : keys) {
    const std::string name(key);
    at.optional(name.c_str(), [&](const Cursor& below) {
      report_unknown_below(below, paths, prefix + name + ".");
      return true;
    });
  }
}

}  // namespace

Settings read_settings(const Cursor& at, SettingsOf of) {
  Settings settings;
  std::vector<std::string_view> paths;
  for_each_setting(settings, of, [&](std::string_view path, auto& member, const auto& read) {
    paths.push_back(path);
    member = read_below(at, path, read);
  });
  report_unknown_below(at, paths, "");
  return settings;
}

Settings salvage_settings(const json& value) {
  Settings settings;
  for_each_setting(settings, SettingsOf::kEnforced,
                   [&](std::string_view path, auto& member, const auto& read) {
                     std::vector<std::string> mistakes;
                     auto found = read_below(Cursor(value, "", mistakes), path, read);
                     if (mistakes.empty()) member = std::move(found);
                   });
  return settings;
}

json to_json(const Settings& settings) {
  json object = json::object();
  for_each_setting(settings, SettingsOf::kEnforced,
                   [&](std::string path, const auto& member, const auto&) {
                     if (!member) return;
                     std::ranges::replace(path, '.', '/');
                     object[json::json_pointer("/" + path)] = *member;
                   });
  return object;
}

Defaults replaced(Defaults defaults, const Settings& settings) {
  const auto put = [](auto& place, const auto& setting) {
    if (setting) place = *setting;
  };
  put(defaults.replicas, settings.replicas);
  put(defaults.cpu_request, settings.cpu_request);
  put(defaults.memory_request, settings.memory_request);
  put(defaults.ephemeral_storage_request, settings.ephemeral_storage_request);
  put(defaults.cpu_limit, settings.cpu_limit);
  put(defaults.memory_limit, settings.memory_limit);
  put(defaults.ephemeral_storage_limit, settings.ephemeral_storage_limit);
  put(defaults.disruption, settings.disruption);
  put(defaults.delay_seconds, settings.delay_seconds);
  put(defaults.drain_seconds, settings.drain_seconds);
  if (settings.spread) defaults.spread = spread_named(*settings.spread);
  put(defaults.priority_class_name, settings.priority_class_name);
  put(defaults.log_level, settings.log_level);
  put(defaults.log_format, settings.log_format);
  put(defaults.sampling_ratio, settings.sampling_ratio);
  put(defaults.image_pull_policy, settings.image_pull_policy);
  put(defaults.network_policy, settings.network_policy);
  return defaults;
}

}  // namespace api
