#pragma once

// client-go's election record in a Lease (coordination.k8s.io/v1), field by field as
// tools/leaderelection/resourcelock/leaselock.go writes it, so that its tools and candidates and
// ours understand each other.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "api/object_key.h"
#include "base/clock.h"

namespace runtime {

struct LeaseRecord {
  std::string holder;  // empty: nobody, released
  std::chrono::seconds duration{0};
  std::string acquire_time;  // MicroTime; for people, never compared
  std::string renew_time;
  int transitions = 0;

  bool operator==(const LeaseRecord&) const = default;
};

// What is not there or has another type counts as empty, as in Go. The times keep their text.
LeaseRecord read_record(const nlohmann::json& lease);
// Replaces the record in `lease` and leaves everything else in it as it is.
void write_record(nlohmann::json& lease, const LeaseRecord& record);
// A Lease that does not exist yet.
nlohmann::json new_lease(const api::ObjectKey& key);
// The JSON of a Lease as the server sent it; empty when it is none.
std::optional<nlohmann::json> parse_lease(std::string_view body);

}  // namespace runtime
