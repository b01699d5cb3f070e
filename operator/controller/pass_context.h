#pragma once

// What the parts of one Applier::apply() share: the world, and what is known. Private to this
// folder.

#include <stdexcept>
#include <string>

#include "controller/applier.h"

namespace controller {

struct PassContext {
  kube::Client& client;
  Children& children;
  telemetry::Metrics& metrics;
  const kube::Identity& identity;
  WriteThrottle& throttle;
  const Owner& owner;
  const std::vector<api::InventoryEntry>& previous;
  const telemetry::Log& log;
  const std::stop_token& stop;

  api::ObjectKey key_of(const std::string& name) const { return {owner.key.namespace_, name}; }
  bool owns(const kube::ChildRecord& record) const { return record.owner_uid == owner.uid; }
};

// What is known about an object turned out to be old. The watch is about to tell; the queue comes
// back.
class Outdated : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline std::string describe(const api::Resource& resource, const std::string& name) {
  return std::string(resource.kind) + " \"" + name + "\"";
}

inline bool names_kind(const api::InventoryEntry& entry, const api::Resource& resource) {
  return entry.group == resource.group && entry.kind == resource.kind;
}

// Null: not listed.
inline const api::InventoryEntry* find_entry(const std::vector<api::InventoryEntry>& inventory,
                                             const api::Resource& resource,
                                             const std::string& name) {
  for (const api::InventoryEntry& entry : inventory) {
    if (names_kind(entry, resource) && entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace controller
