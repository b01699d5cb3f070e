#include "controller/reference_cache.h"

#include <utility>

namespace controller {

ReferenceCache::ReferenceCache(kube::Scoping scoping,
                               std::function<void(const api::ObjectKey&)> wake)
    : wake_(std::move(wake)) {
  for (const DataKind kind : {DataKind::kSecret, DataKind::kConfigMap}) {
    stores_[static_cast<std::size_t>(kind)] =
        std::make_unique<DataStore>(scoping, [this, kind](const api::ObjectKey& key, const auto&,
                                                          const auto&) { wake_users(kind, key); });
  }
}

void ReferenceCache::add_scope(DataKind kind, const std::string& namespace_,
                               std::function<bool()> visible) {
  scopes_[static_cast<std::size_t>(kind)][namespace_] = std::move(visible);
}

void ReferenceCache::set_references(const api::ObjectKey& blueprint,
                                    const std::vector<Reference>& references) {
  users_.with([&](Users& users) {
    const auto former = users.targets.find(blueprint);
    if (former == users.targets.end() && references.empty()) return;
    if (former != users.targets.end()) {
      for (const Target& target : former->second) {
        const auto entry = users.blueprints.find({blueprint.namespace_, target});
        std::erase(entry->second, blueprint.name);
        if (entry->second.empty()) users.blueprints.erase(entry);
      }
      users.targets.erase(former);
    }
    if (references.empty()) return;
    std::vector<Target>& targets = users.targets[blueprint];
    for (const Reference& reference : references) {
      targets.push_back({reference.kind, reference.name});
      users.blueprints[{blueprint.namespace_, targets.back()}].push_back(blueprint.name);
    }
  });
}

Sight ReferenceCache::look(DataKind kind, const api::ObjectKey& key) const {
  if (!visible(kind, key.namespace_)) return {};
  if (auto record = store(kind).get(key))
    return {.state = Sight::State::kThere, .record = std::move(*record)};
  return {.state = Sight::State::kMissing, .record = {}};
}

void ReferenceCache::wake_users(DataKind kind, const api::ObjectKey& key) const {
  const std::vector<std::string> names = users_.with([&](const Users& users) {
    const auto found = users.blueprints.find({key.namespace_, Target{kind, key.name}});
    return found == users.blueprints.end() ? std::vector<std::string>{} : found->second;
  });
  for (const std::string& name : names) wake_({key.namespace_, name});
}

bool ReferenceCache::visible(DataKind kind, const std::string& namespace_) const {
  const auto& scopes = scopes_[static_cast<std::size_t>(kind)];
  for (const std::string& scope : {namespace_, std::string()}) {
    const auto found = scopes.find(scope);
    if (found != scopes.end()) return found->second();
  }
  return false;
}

}  // namespace controller
