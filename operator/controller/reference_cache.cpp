#include "controller/reference_cache.h"

#include <utility>

namespace controller {
namespace {

// A second write within a second is told of at most so long after the first. Whatever else changes
// a version and no field (Secrets encrypted anew, say) is not to be taken for one.
constexpr std::chrono::seconds kSameSecond{5};

bool tells_nothing(const std::optional<kube::DataRecord>& before,
                   const std::optional<kube::DataRecord>& after) {
  return before && after && before->uid == after->uid && before->fields == after->fields;
}

}  // namespace

ReferenceCache::ReferenceCache(kube::Scoping scoping, const base::Clock& clock,
                               std::function<void(const api::ObjectKey&)> wake)
    : clock_(clock), wake_(std::move(wake)) {
  for (const DataKind kind : {DataKind::kSecret, DataKind::kConfigMap}) {
    stores_[static_cast<std::size_t>(kind)] = std::make_unique<DataStore>(
        scoping, [this, kind](const auto& key, const auto& before, const auto& after) {
          on_change(kind, key, before, after);
        });
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
  auto record = store(kind).get(key);
  if (!record) return {.state = Sight::State::kMissing, .record = {}};
  const kube::ResourceVersion rewritten = writes_.with([&](const Writes& writes) {
    const auto found = writes.rewritten.find({key.namespace_, Target{kind, key.name}});
    return found == writes.rewritten.end() ? kube::ResourceVersion{0} : found->second;
  });
  return {.state = Sight::State::kThere, .record = std::move(*record), .rewritten = rewritten};
}

void ReferenceCache::on_change(DataKind kind, const api::ObjectKey& key,
                               const std::optional<kube::DataRecord>& before,
                               const std::optional<kube::DataRecord>& after) {
  const Place place{key.namespace_, Target{kind, key.name}};
  const base::SteadyTime now = clock_.now();
  writes_.with([&](Writes& writes) {
    const auto is_old = [now](base::SteadyTime time) { return now - time > kSameSecond; };
    if (is_old(writes.swept)) {
      std::erase_if(writes.recent, [&](const auto& entry) { return is_old(entry.second); });
      writes.swept = now;
    }
    if (!after) writes.rewritten.erase(place);
    const auto last = writes.recent.find(place);
    const bool again = last != writes.recent.end() && !is_old(last->second);
    if (again && tells_nothing(before, after)) writes.rewritten[place] = after->resource_version;
    writes.recent[place] = now;
  });
  wake_users(place);
}

void ReferenceCache::wake_users(const Place& place) const {
  const std::vector<std::string> names = users_.with([&](const Users& users) {
    const auto found = users.blueprints.find(place);
    return found == users.blueprints.end() ? std::vector<std::string>{} : found->second;
  });
  for (const std::string& name : names) wake_({place.first, name});
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
