#include "controller/managed_fields.h"

#include <string_view>

#include <nlohmann/json.hpp>

namespace controller {
namespace {

using nlohmann::json;

json guard(const std::string& resource_version) {
  return {{"op", "replace"}, {"path", "/metadata/resourceVersion"}, {"value", resource_version}};
}

const json* member(const json& value, const char* key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

const json* list_at(const json& value, const json::json_pointer& path) {
  return value.contains(path) && value.at(path).is_array() ? &value.at(path) : nullptr;
}

bool same_member(const json& a, const json& b, const char* key) {
  const json* const left = member(a, key);
  const json* const right = member(b, key);
  return left != nullptr && right != nullptr && *left == *right;
}

// Elements of ports are keyed by number and protocol; what ties theirs to ours is the name.
struct PortList {
  json::json_pointer path;
  const char* number;  // "port" or "containerPort"
};

bool has_key(const json& ports, const json& wanted, const char* number) {
  for (const json& port : ports) {
    if (same_member(port, wanted, number) && same_member(port, wanted, "protocol")) return true;
  }
  return false;
}

void reset_keys(json& patch, const PortList& list, const json& live_ports, const json& wanted) {
  for (std::size_t i = 0; i < live_ports.size(); ++i) {
    if (!same_member(live_ports[i], wanted, "name")) continue;
    const json::json_pointer element = list.path / i;
    for (const char* const key : {list.number, "protocol"}) {
      if (same_member(live_ports[i], wanted, key)) continue;
      patch.push_back(
          {{"op", "replace"}, {"path", (element / key).to_string()}, {"value", wanted.at(key)}});
    }
  }
}

void compare(json& patch, const PortList& live_list, const json& live, const json& wanted_ports) {
  const json* const live_ports = list_at(live, live_list.path);
  if (live_ports == nullptr) return;
  for (const json& wanted : wanted_ports) {
    if (!has_key(*live_ports, wanted, live_list.number))
      reset_keys(patch, live_list, *live_ports, wanted);
  }
}

// Containers are found by name: foreign ones may stand between ours.
void compare_containers(json& patch, const json& live, const json& desired,
                        const json::json_pointer& containers) {
  const json* const live_containers = list_at(live, containers);
  const json* const wanted_containers = list_at(desired, containers);
  if (live_containers == nullptr || wanted_containers == nullptr) return;
  for (const json& wanted : *wanted_containers) {
    const json* const ports = member(wanted, "ports");
    for (std::size_t i = 0; ports != nullptr && i < live_containers->size(); ++i) {
      if (!same_member((*live_containers)[i], wanted, "name")) continue;
      compare(patch, {containers / i / "ports", "containerPort"}, live, *ports);
    }
  }
}

}  // namespace

std::optional<std::string> ownership_patch(const kube::ChildRecord& record) {
  const json::json_pointer entry =
      json::json_pointer("/metadata/managedFields") / record.update_index;
  json patch = json::array();
  if (record.entry == kube::OwnedEntry::kUpdate) {
    patch.push_back(
        {{"op", "replace"}, {"path", (entry / "operation").to_string()}, {"value", "Apply"}});
  } else if (record.entry == kube::OwnedEntry::kBoth) {
    patch.push_back({{"op", "remove"}, {"path", entry.to_string()}});
  } else {
    return std::nullopt;
  }
  patch.push_back(guard(std::to_string(record.resource_version)));
  return patch.dump();
}

std::optional<std::string> list_key_patch(const json& live, const json& desired) {
  json patch = json::array();
  const PortList service{json::json_pointer("/spec/ports"), "port"};
  if (const json* const wanted = list_at(desired, service.path))
    compare(patch, service, live, *wanted);
  for (const char* const containers : {"containers", "initContainers"}) {
    compare_containers(patch, live, desired,
                       json::json_pointer("/spec/template/spec") / containers);
  }
  if (patch.empty()) return std::nullopt;
  patch.push_back(
      guard(live.at(json::json_pointer("/metadata/resourceVersion")).get<std::string>()));
  return patch.dump();
}

}  // namespace controller
