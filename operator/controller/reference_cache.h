#pragma once

// What the watches tell of Secrets and ConfigMaps, and which blueprints refer to each, so that a
// change wakes just those.
//
// Thread safety: all methods may be called from any thread, but for add_scope(), which is for the
// time before.

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/object_key.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "controller/references.h"
#include "kube/store.h"

namespace controller {

using DataStore = kube::Store<kube::DataRecord>;

class ReferenceCache {
 public:
  // `wake` learns which blueprint refers to something that has changed.
  ReferenceCache(kube::Scoping scoping, const base::Clock& clock,
                 std::function<void(const api::ObjectKey&)> wake);

  DataStore& store(DataKind kind) { return *stores_[static_cast<std::size_t>(kind)]; }
  const DataStore& store(DataKind kind) const { return *stores_[static_cast<std::size_t>(kind)]; }

  // Objects of `kind` in `namespace_` (empty: in all) can be seen while `visible` says so.
  void add_scope(DataKind kind, const std::string& namespace_, std::function<bool()> visible);

  // Replaces what the blueprint refers to. To be called before look(), so that no change between
  // the two is lost.
  void set_references(const api::ObjectKey& blueprint, const std::vector<Reference>& references);
  void forget(const api::ObjectKey& blueprint) { set_references(blueprint, {}); }

  Sight look(DataKind kind, const api::ObjectKey& key) const;

 private:
  // Blueprints are in the namespace of what they refer to.
  struct Target {
    DataKind kind;
    std::string name;
    auto operator<=>(const Target&) const = default;
  };
  struct Users {
    std::unordered_map<api::ObjectKey, std::vector<Target>> targets;
    std::map<std::pair<std::string, Target>, std::vector<std::string>> blueprints;
  };

  using Place = std::pair<std::string, Target>;  // a namespace, and an object in it
  struct Writes {
    std::map<Place, base::SteadyTime> recent;  // old ones are swept now and then
    base::SteadyTime swept;
    std::map<Place, kube::ResourceVersion> rewritten;
  };

  void on_change(DataKind kind, const api::ObjectKey& key,
                 const std::optional<kube::DataRecord>& before,
                 const std::optional<kube::DataRecord>& after);
  void wake_users(const Place& place) const;
  bool visible(DataKind kind, const std::string& namespace_) const;

  const base::Clock& clock_;
  const std::function<void(const api::ObjectKey&)> wake_;
  std::array<std::unique_ptr<DataStore>, 2> stores_;
  std::array<std::map<std::string, std::function<bool()>>, 2> scopes_;  // constant once used
  base::Guarded<Users> users_;
  base::Guarded<Writes> writes_;
};

}  // namespace controller
