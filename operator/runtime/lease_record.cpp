#include "runtime/lease_record.h"

#include "api/resource.h"

namespace runtime {
namespace {

using nlohmann::json;

std::string text_of(const json& spec, const char* key) {
  const auto found = spec.find(key);
  return found != spec.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// int32 in the API.
int number_of(const json& spec, const char* key) {
  const auto found = spec.find(key);
  return found != spec.end() && found->is_number_integer() ? found->get<int>() : 0;
}

}  // namespace

LeaseRecord read_record(const json& lease) {
  const auto spec = lease.find("spec");
  if (spec == lease.end() || !spec->is_object()) return {};
  return {.holder = text_of(*spec, "holderIdentity"),
          .duration = std::chrono::seconds(number_of(*spec, "leaseDurationSeconds")),
          .acquire_time = text_of(*spec, "acquireTime"),
          .renew_time = text_of(*spec, "renewTime"),
          .transitions = number_of(*spec, "leaseTransitions")};
}

void write_record(json& lease, const LeaseRecord& record) {
  json& spec = lease["spec"];
  if (!spec.is_object()) spec = json::object();
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.duration.count();
  spec["acquireTime"] = record.acquire_time;
  spec["renewTime"] = record.renew_time;
  spec["leaseTransitions"] = record.transitions;
}

json new_lease(const api::ObjectKey& key) {
  return {{"apiVersion", api::kLease.api_version()},
          {"kind", api::kLease.kind},
          {"metadata", {{"name", key.name}, {"namespace", key.namespace_}}}};
}

std::optional<json> parse_lease(std::string_view body) {
  json lease = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!lease.is_object() || !lease.contains("metadata")) return std::nullopt;
  return lease;
}

}  // namespace runtime
