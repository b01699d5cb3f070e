#pragma once

// What holds where a blueprint's author left a field out: the table "Defaults by profile" of the
// API, and what a platform's configuration may set besides. Values only; quantities as text, as
// their author wrote them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace api {

enum class Profile { kProduction, kStaging, kDevelopment };
enum class Spread { kNone, kHost, kZoneAndHost };

struct Defaults {
  std::int64_t replicas = 0;
  std::string cpu_request;
  std::string memory_request;
  std::string memory_limit;
  std::optional<std::string> cpu_limit;
  std::optional<std::string> ephemeral_storage_request;
  std::optional<std::string> ephemeral_storage_limit;
  bool disruption = false;
  std::int64_t delay_seconds = 0;
  std::int64_t drain_seconds = 0;
  Spread spread = Spread::kNone;
  std::string log_level;
  std::string log_format = "json";
  double sampling_ratio = 0;
  std::optional<std::string> image_pull_policy;  // empty: by the image's tag
  std::optional<std::string> priority_class_name;
  bool network_policy = false;

  bool operator==(const Defaults&) const = default;
};

// The built-in table.
const Defaults& built_in_defaults(Profile profile);

// As a spec writes it: ZoneAndHost, Host, None.
Spread spread_named(std::string_view name);
std::string_view name_of(Spread spread);

}  // namespace api
