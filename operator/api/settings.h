#pragma once

// The fields of a blueprint that somebody besides its author may decide: a platform's `defaults`
// and `enforced`, and the defaults that an earlier rendering used. The names and the nesting are
// those of a blueprint's spec; what is left out is not decided.

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "api/decoder.h"
#include "api/defaults.h"

namespace api {

// Quantities as text, as their author wrote them.
struct Settings {
  std::optional<std::int64_t> replicas;
  std::optional<std::string> cpu_request;
  std::optional<std::string> memory_request;
  std::optional<std::string> ephemeral_storage_request;
  std::optional<std::string> cpu_limit;
  std::optional<std::string> memory_limit;
  std::optional<std::string> ephemeral_storage_limit;
  std::optional<bool> disruption;
  std::optional<std::int64_t> delay_seconds;
  std::optional<std::int64_t> drain_seconds;
  std::optional<std::string> spread;  // ZoneAndHost, Host, None
  std::optional<std::string> priority_class_name;
  std::optional<std::string> log_level;
  std::optional<std::string> log_format;
  std::optional<double> sampling_ratio;
  std::optional<std::string> image_pull_policy;
  std::optional<bool> network_policy;
  // Of `enforced` only: their default can never change.
  std::optional<std::string> identity;  // Fixed, FromImage
  std::optional<bool> read_only_root_filesystem;

  bool operator==(const Settings&) const = default;
};

// Which of the fields a reader knows.
enum class SettingsOf { kDefaults, kEnforced };

// Reports what has a wrong value, and every key that is not known.
Settings read_settings(const Cursor& at, SettingsOf of);

// Reads what it can, for text of our own that others, or another version, may have written: an
// unknown or unreadable field is left out.
Settings salvage_settings(const nlohmann::json& value);

nlohmann::json to_json(const Settings& settings);

// `defaults` with `settings` in their place.
Defaults replaced(Defaults defaults, const Settings& settings);

}  // namespace api
