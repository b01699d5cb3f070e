#include "options_file.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "api/yaml.h"

#include "options_table.h"

namespace options {
namespace {

using nlohmann::json;

// What blueprint::read_platform() reads.
constexpr std::array<std::string_view, 3> kPlatformKeys{"defaults", "enforced", "network"};

class ConfigurationFile {
 public:
  ConfigurationFile(const std::string& path, Invocation& invocation)
      : path_(path), invocation_(invocation) {}

  void apply(const json& root) {
    require_object(root, "the file");
    for (const auto& [key, value] : root.items()) {
      if (key == "monitoring") {
        apply_monitoring(value);
      } else if (std::ranges::find(kPlatformKeys, key) == kPlatformKeys.end()) {
        apply_option(key, value);
      }
    }
    try {
      blueprint::read_platform(root, invocation_.options.platform);
    } catch (const api::DecodeError& error) {
      fail(error.what());
    }
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw UsageError(path_ + ": " + problem);
  }

  void require_object(const json& value, const std::string& name) const {
    if (!value.is_object()) fail(name + " must be a mapping of keys to values");
  }

  void apply_option(const std::string& key, const json& value) {
    const auto options = all_options();
    const auto found = std::find_if(options.begin(), options.end(), [&key](const Option& option) {
      return option.sources == Sources::kAll && file_key(option) == key;
    });
    if (found == options.end()) fail("unknown key " + shown(key) + suggestion(key, known_keys()));
    const std::string text = text_of(key, value, *found);
    const Complaint complaint = found->set(invocation_, text);
    if (!complaint.empty()) fail(key + " " + shown(text) + ": " + complaint);
  }

  void apply_monitoring(const json& monitoring) {
    require_object(monitoring, "monitoring");
    for (const auto& [key, value] : monitoring.items()) {
      if (key != "labels")
        fail("unknown key " + shown("monitoring." + key) + "; allowed is monitoring.labels");
      require_object(value, "monitoring.labels");
      for (const auto& [label, label_value] : value.items()) apply_label(label, label_value);
    }
  }

  void apply_label(const std::string& key, const json& value) {
    const std::string name = "monitoring.labels " + shown(key);
    if (const Complaint complaint = check_label_key(key); !complaint.empty())
      fail(name + ": the key " + complaint);
    if (!value.is_string()) fail(name + ": must be a string; quote it");
    const auto& text = value.get_ref<const std::string&>();
    if (const Complaint complaint = check_label_value(text); !complaint.empty())
      fail(name + ": " + complaint);
    invocation_.options.platform.monitor_labels[key] = text;
  }

  // Options take their values as texts, from every source. A list is one for --namespaces alone.
  std::string text_of(const std::string& key, const json& value, const Option& option) const {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number() || value.is_boolean()) return value.dump();
    const bool takes_list = option.placeholder == "LIST";
    if (!takes_list || !value.is_array()) {
      fail(key + ": must be a string, number or boolean" +
           (takes_list ? ", or a list of strings" : ""));
    }
    std::string text;
    for (const json& item : value) {
      if (!item.is_string()) fail(key + ": must be a list of strings");
      text += (text.empty() ? "" : ",") + item.get<std::string>();
    }
    return text;
  }

  static std::vector<std::string> known_keys() {
    std::vector<std::string> keys;
    for (const Option& option : all_options()) {
      if (option.sources == Sources::kAll) keys.push_back(file_key(option));
    }
    keys.emplace_back("monitoring");
    keys.insert(keys.end(), kPlatformKeys.begin(), kPlatformKeys.end());
    return keys;
  }

  const std::string& path_;
  Invocation& invocation_;
};

}  // namespace

void apply_file(const std::string& path, const std::string& text, Invocation& invocation) {
  std::vector<json> documents;
  try {
    documents = api::parse_yaml(text);
  } catch (const api::YamlError& error) {
    throw UsageError(path + ": " + error.what());
  }
  if (documents.size() > 1) throw UsageError(path + ": must hold one YAML document, not several");
  if (!documents.empty()) ConfigurationFile(path, invocation).apply(documents[0]);
}

}  // namespace options
