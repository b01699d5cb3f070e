#include "controller/references.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace controller {
namespace {

using nlohmann::json;

constexpr std::size_t kShown = 5;
constexpr const char* kSecretNotFound = "SecretNotFound";
constexpr const char* kConfigMapNotFound = "ConfigMapNotFound";
constexpr const char* kKeyNotFound = "KeyNotFound";

// --- What is referred to

class Collector {
 public:
  void add_variables(const std::vector<json>& env) {
    for (const json& entry : env) {
      const auto from = entry.find("valueFrom");
      if (from == entry.end() || !from->is_object()) continue;
      add_key(DataKind::kSecret, *from, "secretKeyRef");
      add_key(DataKind::kConfigMap, *from, "configMapKeyRef");
    }
  }

  void add_sources(DataKind kind, const std::vector<api::DataSource>& sources) {
    for (const api::DataSource& source : sources) add_source(kind, source);
  }

  std::vector<Reference> take() {
    std::vector<Reference> references;
    references.reserve(found_.size());
    for (auto& [key, reference] : found_) references.push_back(std::move(reference));
    return references;
  }

 private:
  Reference& at(DataKind kind, const std::string& name) {
    Reference& reference = found_[{kind, name}];
    reference.kind = kind;
    reference.name = name;
    return reference;
  }

  void add_key(DataKind kind, const json& from, const char* selector) {
    const auto found = from.find(selector);
    if (found == from.end() || !found->is_object()) return;
    const std::string name = found->value("name", "");
    if (name.empty()) return;
    Reference& reference = at(kind, name);
    if (found->value("optional", false)) return;
    reference.required = true;
    reference.variables.insert(found->value("key", ""));
  }

  void add_source(DataKind kind, const api::DataSource& source) {
    Reference& reference = at(kind, source.name);
    const auto* const mounted = std::get_if<api::MountAt>(&source.use);
    const api::OnChange usual =
        mounted == nullptr ? api::OnChange::kRestart : api::OnChange::kIgnore;
    if (source.on_change.value_or(usual) == api::OnChange::kRestart) reference.restarts = true;
    if (source.optional) return;
    reference.required = true;
    if (const auto* const keys = std::get_if<api::StringMap>(&source.use)) {
      for (const auto& [variable, key] : *keys) reference.variables.insert(key);
    }
    if (mounted == nullptr) return;
    for (const api::MountedKey& item : mounted->items) reference.files.insert(item.key);
  }

  std::map<std::pair<DataKind, std::string>, Reference> found_;
};

// --- Whether it is there

std::string named(const Reference& reference) {
  const char* const kind = reference.kind == DataKind::kSecret ? "Secret" : "ConfigMap";
  return std::string(kind) + " \"" + reference.name + "\"";
}

// What was found out about all references, in words.
struct Findings {
  std::string reason;  // of the first that is missing
  std::vector<std::string> missing;
  std::vector<std::string> unclear;
  bool unseen = false;

  void miss(const char* why, std::string words) {
    if (missing.empty()) reason = why;
    missing.push_back(std::move(words));
  }
};

void check_keys(Findings& findings, const Reference& reference, const kube::DataRecord& record) {
  if (reference.variables.empty() && reference.files.empty()) return;
  if (!record.keys_known) {
    findings.unclear.push_back("the keys of " + named(reference) +
                               " cannot be told: its managedFields do not name them all");
    return;
  }
  std::set<std::string> absent;
  for (const std::string& key : reference.variables)
    if (!record.has_variable(key)) absent.insert(key);
  for (const std::string& key : reference.files)
    if (!record.has_file(key)) absent.insert(key);
  for (const std::string& key : absent)
    findings.miss(kKeyNotFound, named(reference) + " has no key \"" + key + "\"");
}

void check(Findings& findings, const Reference& reference, const Sight& sight) {
  if (sight.state == Sight::State::kUnseen) {
    findings.unseen = true;
  } else if (!reference.required) {
    return;
  } else if (sight.state == Sight::State::kMissing) {
    findings.miss(reference.kind == DataKind::kSecret ? kSecretNotFound : kConfigMapNotFound,
                  named(reference) + " not found");
  } else {
    check_keys(findings, reference, sight.record);
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), kShown); ++i)
    text += (i == 0 ? "" : "; ") + words[i];
  if (words.size() > kShown) text += "; and " + std::to_string(words.size() - kShown) + " more";
  return text;
}

}  // namespace

std::vector<Reference> references_of(const api::BlueprintSpec& spec) {
  Collector collector;
  collector.add_variables(spec.env);
  collector.add_sources(DataKind::kSecret, spec.secrets);
  collector.add_sources(DataKind::kConfigMap, spec.config_maps);
  for (const auto* const containers : {&spec.init_containers, &spec.sidecars}) {
    for (const api::Container& container : *containers) {
      collector.add_variables(container.env);
      collector.add_sources(DataKind::kSecret, container.secrets);
    }
  }
  return collector.take();
}

ReferenceState resolve(const std::vector<Reference>& references, const Look& look) {
  if (references.empty()) return {};
  Findings findings;
  for (const Reference& reference : references)
    check(findings, reference, look(reference.kind, reference.name));
  if (!findings.missing.empty())
    return {api::ConditionStatus::kFalse, findings.reason, joined(findings.missing)};
  if (findings.unseen) {
    return {api::ConditionStatus::kUnknown, "NoAccess",
            "the operator may not see the Secrets and ConfigMaps of this namespace: pods name what "
            "they miss, and onChange: Restart has no effect"};
  }
  if (!findings.unclear.empty())
    return {api::ConditionStatus::kUnknown, "NoAccess", joined(findings.unclear)};
  return {api::ConditionStatus::kTrue, "Resolved", "everything that is referenced is there"};
}

bool is_reason_of_missing(const std::string& reason) {
  return reason == kSecretNotFound || reason == kConfigMapNotFound || reason == kKeyNotFound;
}

}  // namespace controller
