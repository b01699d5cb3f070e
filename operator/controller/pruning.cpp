#include "controller/pruning.h"

#include <algorithm>
#include <utility>

namespace controller {
namespace {

// How many generated objects may pile up while no rollout completes: the inventory is bounded.
constexpr std::size_t kMostGenerations = 16;
// Of those the oldest two are what the pods of the last complete rollout use, and its previous.
constexpr std::size_t kOldest = 2;

}  // namespace

void Pruning::run(const std::vector<blueprint::Object>& desired, bool pods_current) {
  for (const Children::Child& child : context_.children.all()) {
    if (!child.installed()) continue;
    const std::vector<std::string> names = unwanted_names(child, desired);
    if (child.kind.generated) {
      const bool one_is_wanted = std::any_of(
          desired.begin(), desired.end(),
          [&](const blueprint::Object& object) { return object.resource == child.kind.resource; });
      prune_generations(child, names, one_is_wanted, pods_current);
      continue;
    }
    for (const std::string& name : names) remove(child.kind.resource, name);
  }
}

bool Pruning::take_away(const api::Resource& resource, const std::string& name) {
  const Children::Child& child = context_.children.of(resource);
  if (find_entry(context_.previous, resource, name) == nullptr && !is_ours(child, name))
    return true;
  const auto record = look_up(resource, name);
  if (!record || !context_.owns(*record)) return true;
  taken_.emplace_back(resource, name);
  if (!record->deleting && !delete_exactly(resource, name, *record)) return false;
  const auto left = writer_.read(resource, context_.key_of(name));
  if (!left || left->uid != record->uid) {
    child.store->forget(context_.key_of(name), record->uid);
    return true;
  }
  result_.keep_entry(resource, name);
  result_.report(resource, name, Trouble::kWaitingForDeletion,
                 describe(resource, name) + " has to be gone first");
  return false;
}

std::vector<std::string> Pruning::unwanted_names(
    const Children::Child& child, const std::vector<blueprint::Object>& desired) const {
  const api::Resource& resource = child.kind.resource;
  const auto unwanted = [&](const std::string& name) {
    if (std::find(taken_.begin(), taken_.end(), std::pair(resource, name)) != taken_.end())
      return false;
    return std::none_of(desired.begin(), desired.end(), [&](const blueprint::Object& object) {
      return object.resource == resource && object.key.name == name;
    });
  };
  std::vector<std::string> names = unlisted_names(child);
  for (const api::InventoryEntry& entry : context_.previous) {
    if (names_kind(entry, resource)) names.push_back(entry.name);
  }
  std::erase_if(names, [&](const std::string& name) { return !unwanted(name); });
  return names;
}

bool Pruning::is_ours(const Children::Child& child, const std::string& name) const {
  const auto record = child.store->get(context_.key_of(name));
  return record && context_.owns(*record) && record->entry != kube::OwnedEntry::kNone;
}

std::vector<std::string> Pruning::unlisted_names(const Children::Child& child) const {
  std::vector<std::pair<kube::ResourceVersion, std::string>> found;
  const auto consider = [&](const std::string& name) {
    if (find_entry(context_.previous, child.kind.resource, name) != nullptr) return;
    if (!is_ours(child, name)) return;
    const auto record = child.store->get(context_.key_of(name));
    found.emplace_back(record ? record->resource_version : 0, name);
  };
  if (child.kind.generated) {
    for (const std::string& name : child.store->names_of(context_.owner.uid)) consider(name);
  } else {
    consider(context_.owner.key.name);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto& [version, name] : found) names.push_back(std::move(name));
  return names;
}

// `names` is in the order of age, the youngest first, because the inventory is.
void Pruning::prune_generations(const Children::Child& child, const std::vector<std::string>& names,
                                bool one_is_wanted, bool pods_current) {
  const bool settled = pods_current && rolled_out();
  const std::size_t previous = one_is_wanted ? 1 : 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool needed =
        settled ? i < previous : i + kOldest < kMostGenerations || i + kOldest >= names.size();
    if (needed) {
      keep(child, names[i]);
    } else {
      remove(child.kind.resource, names[i]);
    }
  }
}

void Pruning::keep(const Children::Child& child, const std::string& name) {
  const api::Resource& resource = child.kind.resource;
  const auto record = look_up(resource, name);
  if (!record || !context_.owns(*record)) return;  // somebody deleted it: nothing needs it now
  if (find_entry(context_.previous, resource, name) != nullptr)
    return result_.keep_entry(resource, name);
  result_.remember(resource, name, "", *record);
}

bool Pruning::rolled_out() const {
  const auto record = context_.children.of(api::kDeployment).store->get(context_.owner.key);
  if (!record || !context_.owns(*record) || !record->deployment) return false;
  const kube::DeploymentWords& words = *record->deployment;
  return words.observed_generation == words.generation &&
         words.progress == kube::Progress::kComplete && words.updated == words.replicas;
}

void Pruning::remove(const api::Resource& resource, const std::string& name) {
  const auto record = look_up(resource, name);
  if (record && context_.owns(*record) && !record->deleting)
    delete_exactly(resource, name, *record);
}

bool Pruning::delete_exactly(const api::Resource& resource, const std::string& name,
                             const kube::ChildRecord& record) {
  const kube::Outcome outcome = context_.client.remove(
      resource, context_.key_of(name), {record.uid.text(), std::to_string(record.resource_version)},
      context_.stop);
  const auto* const error = std::get_if<kube::ApiError>(&outcome);
  if (error == nullptr) {
    result_.wrote(resource, name, WriteKind::kPruned);
    return true;
  }
  const Refusal refusal = classify(*error);
  if (refusal == Refusal::kIdentityChanged || refusal == Refusal::kNotInstalled) return true;
  result_.refuse(resource, name, *error);
  return false;
}

std::optional<kube::ChildRecord> Pruning::look_up(const api::Resource& resource,
                                                  const std::string& name) {
  if (auto record = context_.children.of(resource).store->get(context_.key_of(name))) return record;
  return writer_.read(resource, context_.key_of(name));
}

}  // namespace controller
