#pragma once

// The records of one resource, in memory: written by its reflector and by the answers to our own
// writes, read by the workers.
//
// Two sources tell of one object, so age decides, not order of arrival:
//   - a record replaces what is stored only if its resourceVersion is higher;
//   - the answer to a write is dropped once the watch has passed its resourceVersion, for the watch
//   has then told all that
//     there is to tell, and the object may be gone since;
//   - a relist removes what it did not show (mark and sweep: no second copy) unless it is younger
//   than the list.
//
// A scope is what one watch covers: everything (the empty namespace), or one namespace each where
// the operator is restricted to some. Ages and sweeps are counted by scope, because two watches
// tell nothing about each other.
//
// A store may be asked which objects belong to an owner, if it was made for that: it then keeps an
// index, which costs as much again as a small record.
//
// Thread safety: all methods may be called from any thread. Records are returned by value.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/object_key.h"
#include "base/guarded.h"
#include "kube/record.h"

namespace kube {

// What the handler of a store learns: what was there before and what is there now; at most one is
// empty.
template <typename Record>
using OnChange = std::function<void(const api::ObjectKey& key, const std::optional<Record>& before,
                                    const std::optional<Record>& after)>;

enum class Scoping { kCluster, kNamespaces };

template <typename Record>
class Store {
 public:
  // `on_change` is called without the lock held, only when something that a decision looks at has
  // changed, and only for what the watch tells: whoever writes knows what was written.
  Store(Scoping scoping, OnChange<Record> on_change, bool by_owner = false)
      : scoping_(scoping), by_owner_(by_owner), on_change_(std::move(on_change)) {}

  std::optional<Record> get(const api::ObjectKey& key) const {
    return state_.with([&](const State& state) -> std::optional<Record> {
      const auto found = state.records.find(key);
      return found == state.records.end() ? std::nullopt : std::optional(found->second.record);
    });
  }

  // Of the objects whose controller is `owner`, in no order. REQUIRES: made with `by_owner`.
  std::vector<std::string> names_of(const api::Uid& owner) const {
    return state_.with([&](const State& state) {
      std::vector<std::string> names;
      const auto [begin, end] = state.owned.equal_range(owner);
      for (auto entry = begin; entry != end; ++entry) names.push_back(entry->second.name);
      return names;
    });
  }

  std::size_t size() const {
    return state_.with([](const State& state) { return state.records.size(); });
  }

  std::vector<api::ObjectKey> keys() const {
    return state_.with([](const State& state) {
      std::vector<api::ObjectKey> keys;
      keys.reserve(state.records.size());
      for (const auto& [key, entry] : state.records) keys.push_back(key);
      return keys;
    });
  }

  // The answer to a write of ours.
  void observe_write(const api::ObjectKey& key, Record record) {
    state_.with([&](State& state) {
      if (record.resource_version > scope(state, key).watched) put(state, key, std::move(record));
    });
  }

  // A write found nothing under this UID; the watch has not told yet.
  void forget(const api::ObjectKey& key, const api::Uid& uid) {
    state_.with([&](State& state) {
      const auto found = state.records.find(key);
      if (found != state.records.end() && found->second.record.uid == uid) erase(state, found);
    });
  }

  // --- For the reflector
  // -------------------------------------------------------------------------------------------

  // From the watch, in order.
  void upsert(Decoded<Record> decoded) {
    state_.with(
        [&](State& state) { scope(state, decoded.key).advance(decoded.record.resource_version); });
    store(std::move(decoded));
  }

  void remove(const Decoded<Record>& decoded) {
    std::optional<Record> before = state_.with([&](State& state) -> std::optional<Record> {
      scope(state, decoded.key).advance(decoded.record.resource_version);
      const auto found = state.records.find(decoded.key);
      // An object re-created under the name, known from our own write, is not what was deleted.
      if (found == state.records.end() ||
          found->second.record.resource_version > decoded.record.resource_version) {
        return std::nullopt;
      }
      std::optional<Record> removed = found->second.record;
      erase(state, found);
      return removed;
    });
    if (before) on_change_(decoded.key, before, std::nullopt);
  }

  // The watch of `namespace_` (empty: of everything) has told all up to `version`.
  void advance(const std::string& namespace_, ResourceVersion version) {
    state_.with([&](State& state) { state.scopes[namespace_].advance(version); });
  }

  // A list begins: what comes by store() until sweep() is marked.
  void mark(const std::string& namespace_) {
    state_.with([&](State& state) { ++state.scopes[namespace_].epoch; });
  }

  // From a list, in any order.
  void store(Decoded<Record> decoded) {
    const auto [before, after] =
        state_.with([&](State& state) -> std::pair<std::optional<Record>, std::optional<Record>> {
          const auto found = state.records.find(decoded.key);
          if (found == state.records.end()) {
            put(state, decoded.key, decoded.record);
            return {std::nullopt, std::move(decoded.record)};
          }
          found->second.epoch = scope(state, decoded.key).epoch;
          if (found->second.record.resource_version >= decoded.record.resource_version) return {};
          const bool same = found->second.record.same_content(decoded.record);
          if (same) {
            found->second.record.resource_version = decoded.record.resource_version;
            return {};
          }
          unlink(state, decoded.key, found->second.record);
          link(state, decoded.key, decoded.record);
          std::optional<Record> old = std::exchange(found->second.record, decoded.record);
          return {std::move(old), std::move(decoded.record)};
        });
    if (after) on_change_(decoded.key, before, after);
  }

  // The list, taken at `version`, is complete: what it did not show is gone.
  void sweep(const std::string& namespace_, ResourceVersion version) {
    std::vector<std::pair<api::ObjectKey, Record>> gone;
    state_.with([&](State& state) {
      Scope& swept = state.scopes[namespace_];
      for (auto entry = state.records.begin(); entry != state.records.end();) {
        const bool stale = &scope(state, entry->first) == &swept &&
                           entry->second.epoch != swept.epoch &&
                           entry->second.record.resource_version <= version;
        if (stale) gone.emplace_back(entry->first, entry->second.record);
        entry = stale ? erase(state, entry) : std::next(entry);
      }
      swept.advance(version);
    });
    for (auto& [key, record] : gone) on_change_(key, std::move(record), std::nullopt);
  }

  // The API is not served any more: everything is gone, and versions begin anew when it comes back.
  void clear(const std::string& namespace_) {
    mark(namespace_);
    sweep(namespace_, ~ResourceVersion{0});
    state_.with([&](State& state) { state.scopes[namespace_].watched = 0; });
  }

 private:
  struct Entry {
    Record record;
    std::uint32_t epoch = 0;
  };
  struct Scope {
    std::uint32_t epoch = 0;
    ResourceVersion watched = 0;

    void advance(ResourceVersion version) { watched = std::max(watched, version); }
  };
  struct State {
    std::unordered_map<api::ObjectKey, Entry> records;
    std::unordered_map<std::string, Scope> scopes;
    std::multimap<api::Uid, api::ObjectKey> owned;  // empty without by_owner_
  };
  using Place = typename std::unordered_map<api::ObjectKey, Entry>::iterator;

  Scope& scope(State& state, const api::ObjectKey& key) const {
    return state.scopes[scoping_ == Scoping::kCluster ? std::string() : key.namespace_];
  }

  void put(State& state, const api::ObjectKey& key, Record record) const {
    const auto [found, inserted] = state.records.try_emplace(key);
    if (!inserted && found->second.record.resource_version >= record.resource_version) return;
    if (!inserted) unlink(state, key, found->second.record);
    link(state, key, record);
    found->second = {std::move(record), scope(state, key).epoch};
  }

  Place erase(State& state, Place place) const {
    unlink(state, place->first, place->second.record);
    return state.records.erase(place);
  }

  void link(State& state, const api::ObjectKey& key, const Record& record) const {
    if constexpr (requires { record.owner_uid; }) {
      if (by_owner_ && !record.owner_uid.empty()) state.owned.emplace(record.owner_uid, key);
    }
  }

  void unlink(State& state, const api::ObjectKey& key, const Record& record) const {
    if constexpr (requires { record.owner_uid; }) {
      const auto [begin, end] = state.owned.equal_range(record.owner_uid);
      const auto found =
          std::find_if(begin, end, [&](const auto& entry) { return entry.second == key; });
      if (found != end) state.owned.erase(found);
    }
  }

  const Scoping scoping_;
  const bool by_owner_;
  const OnChange<Record> on_change_;
  base::Guarded<State> state_;
};

}  // namespace kube
