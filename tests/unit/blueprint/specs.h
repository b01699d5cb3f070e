#pragma once

// Blueprints for tests, in the words of their authors.

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "api/yaml.h"
#include "blueprint/blueprint.h"

namespace blueprint {

// `spec` is YAML; the image is there already where it has none.
inline nlohmann::json spec_json(const std::string& spec) {
  std::vector<nlohmann::json> documents = api::parse_yaml(spec);
  nlohmann::json document = documents.empty() ? nlohmann::json::object() : documents.front();
  if (!document.contains("image")) document["image"] = "shop:1.4.2";
  return document;
}

inline api::BlueprintSpec spec_of(const std::string& spec) {
  return api::decode_spec(spec_json(spec));
}

inline api::Blueprint blueprint_of(const std::string& spec) {
  api::Blueprint blueprint;
  blueprint.key = {"store", "shop"};
  blueprint.spec = spec_of(spec);
  return blueprint;
}

// The child of `kind`; null when there is none.
inline nlohmann::json child_of(const api::Blueprint& blueprint, std::string_view kind) {
  for (Object& object : render(blueprint, {})) {
    if (object.resource.kind == kind) return std::move(object.body);
  }
  return nullptr;
}

inline nlohmann::json main_container_of(const std::string& spec) {
  return child_of(blueprint_of(spec), "Deployment")
      .at("/spec/template/spec/containers/0"_json_pointer);
}

// The text of a parameter as part of a test's name, which has to survive in a list of CMake.
inline std::string as_name(std::string_view text) {
  std::string name(text);
  for (char& letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return name;
}

}  // namespace blueprint
