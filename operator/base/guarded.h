#pragma once

// Data that lives inside its lock: unlocked access does not compile.
//
//   base::Guarded<std::map<Key, Value>> cache;
//   cache.with([&](auto& map) { map[key] = value; });
//
// Do not call out (into other components, the network, a callback) from inside `with`.

#include <mutex>
#include <utility>

namespace base {

template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  template <typename Function>
  decltype(auto) with(Function&& function) {
    const std::scoped_lock lock(mutex_);
    return std::forward<Function>(function)(value_);
  }

  template <typename Function>
  decltype(auto) with(Function&& function) const {
    const std::scoped_lock lock(mutex_);
    return std::forward<Function>(function)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace base
