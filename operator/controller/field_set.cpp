#include "controller/field_set.h"

#include <functional>

#include <nlohmann/json.hpp>

namespace controller {
namespace {

using nlohmann::json;

constexpr std::string_view kElement = "k:";
constexpr std::string_view kSetValue = "v:";

// The part of a managedFields key behind its prefix, as JSON; discarded where it is none.
json payload(const std::string& key) { return json::parse(key.substr(2), nullptr, false); }

bool has_key_fields(const json& element, const json& key_fields) {
  if (!element.is_object() || !key_fields.is_object()) return false;
  for (const auto& [name, value] : key_fields.items()) {
    const auto found = element.find(name);
    if (found == element.end() || *found != value) return false;
  }
  return true;
}

// The node of one list element, or null; `key` learns what names it.
const json* node_of(const json& element, const json& fields, json& key) {
  for (const auto& [name, node] : fields.items()) {
    if (name.starts_with(kElement)) {
      key = payload(name);
      if (has_key_fields(element, key)) return &node;
    } else if (name.starts_with(kSetValue) && payload(name) == element) {
      return &node;
    }
  }
  return nullptr;
}

const json* node_of(const json& element, const json& fields) {
  json key;
  return node_of(element, fields, key);
}

json extract_list(const json& live, const json& fields) {
  json list = json::array();
  for (const json& element : live) {
    json key;
    const json* const node = node_of(element, fields, key);
    if (node == nullptr) continue;
    json kept = extract(element, *node);
    if (kept.is_object() && key.is_object()) kept.update(key);
    list.push_back(std::move(kept));
  }
  return list;
}

json extract_members(const json& live, const json& fields) {
  json kept = json::object();
  for (const auto& [name, node] : fields.items()) {
    if (!name.starts_with("f:")) continue;
    const auto value = live.find(name.substr(2));
    if (value != live.end()) kept[value.key()] = extract(*value, node);
  }
  return kept;
}

// Both sets together.
void unite(json& fields, const json& others) {
  for (const auto& [name, node] : others.items()) unite(fields[name], node);
  if (fields.is_null()) fields = json::object();
}

template <typename Visit>
void for_each_entry(const json& object, const Visit& visit) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->contains("managedFields")) return;
  for (const json& entry : metadata->at("managedFields")) {
    if (entry.contains("fieldsV1")) visit(entry);
  }
}

// A step on the way to a value: a member's name, or an element of a list.
struct Step {
  std::string member;
  const json* element = nullptr;
};

const json* descend(const json& fields, const std::vector<Step>& steps) {
  const json* node = &fields;
  for (const Step& step : steps) {
    if (step.element != nullptr) {
      node = node_of(*step.element, *node);
      if (node == nullptr) return nullptr;
      continue;
    }
    const auto member = node->find("f:" + step.member);
    if (member == node->end()) return nullptr;
    node = &*member;
  }
  return node;
}

// How an element is told from its neighbours: by the key fields of one of them.
std::string element_text(const json& element, const json& fields) {
  if (!element.is_object()) return element.dump();
  json key{{"name", nullptr}};
  for (const auto& [name, node] : fields.items()) {
    if (name.starts_with(kElement)) key = payload(name);
  }
  std::string text;
  for (const auto& [name, value] : key.items()) {
    if (!element.contains(name)) continue;
    text += text.empty() ? "" : ",";
    text += name + "=" + element.at(name).dump();
  }
  return text;
}

// Walks what is wanted and what is owned side by side.
class Comparison {
 public:
  using Report = std::function<void(const std::string& path, const std::vector<Step>& steps,
                                    const json& wanted)>;

  explicit Comparison(Report report) : report_(std::move(report)) {}

  void compare(const json& wanted, const json& fields, const std::string& path) {
    if (fields.empty()) return;  // owned as a whole
    if (wanted.is_object()) compare_members(wanted, fields, path);
    if (wanted.is_array()) compare_elements(wanted, fields, path);
  }

 private:
  void compare_members(const json& wanted, const json& fields, const std::string& path) {
    for (const auto& [name, value] : wanted.items()) {
      const bool says_nothing = value.is_null() || (value.is_structured() && value.empty());
      if (says_nothing) continue;
      steps_.push_back({name, nullptr});
      std::string place = path;
      place.append(path.empty() ? "" : ".").append(name);
      const auto node = fields.find("f:" + name);
      if (node == fields.end()) {
        report_(place, steps_, value);
      } else {
        compare(value, *node, place);
      }
      steps_.pop_back();
    }
  }

  void compare_elements(const json& wanted, const json& fields, const std::string& path) {
    for (const json& element : wanted) {
      steps_.push_back({{}, &element});
      const std::string place = path + "[" + element_text(element, fields) + "]";
      const json* const node = node_of(element, fields);
      if (node == nullptr) {
        report_(place, steps_, element);
      } else {
        compare(element, *node, place);
      }
      steps_.pop_back();
    }
  }

  const Report report_;
  std::vector<Step> steps_;
};

// Go's zero value, which `omitempty` drops.
bool is_zero(const json& value) { return value == 0 || value == false || value == ""; }

// What managedFields says something about: not the identity, which no entry holds.
json owned_part(const json& wanted) {
  json part = wanted;
  for (const char* const name : {"apiVersion", "kind"}) part.erase(name);
  if (!part.contains("metadata")) return part;
  json metadata = json::object();
  for (const char* const name : {"labels", "annotations", "ownerReferences"}) {
    if (part["metadata"].contains(name)) metadata[name] = part["metadata"][name];
  }
  part["metadata"] = std::move(metadata);
  return part;
}

}  // namespace

json applied_fields(const json& object, const std::string& manager) {
  json fields;
  for_each_entry(object, [&](const json& entry) {
    if (entry.value("manager", "") == manager && entry.value("operation", "") == "Apply" &&
        entry.value("subresource", "").empty()) {
      fields = entry.at("fieldsV1");
    }
  });
  return fields;
}

json extract(const json& live, const json& fields) {
  if (fields.empty()) return live;
  if (live.is_object()) return extract_members(live, fields);
  return live.is_array() ? extract_list(live, fields) : live;
}

std::vector<LostField> lost_fields(const json& live, const json& wanted, const std::string& manager,
                                   std::size_t limit) {
  json ours;
  for_each_entry(live, [&](const json& entry) {
    const bool own =
        entry.value("manager", "") == manager && entry.value("subresource", "").empty();
    if (own) unite(ours, entry.at("fieldsV1"));
  });
  std::vector<LostField> lost;
  if (ours.is_null()) return lost;
  const auto report = [&](const std::string& path, const std::vector<Step>& steps,
                          const json& value) {
    if (lost.size() == limit) return;
    LostField field{path, {}};
    for_each_entry(live, [&](const json& entry) {
      const std::string name = entry.value("manager", "");
      if (name != manager && descend(entry.at("fieldsV1"), steps) != nullptr) field.manager = name;
    });
    // The server leaves such a value out of the object: nobody owns it, and nobody removed it.
    if (field.manager.empty() && is_zero(value)) return;
    lost.push_back(std::move(field));
  };
  Comparison(report).compare(owned_part(wanted), ours, "");
  return lost;
}

}  // namespace controller
