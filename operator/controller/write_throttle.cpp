#include "controller/write_throttle.h"

#include <algorithm>

namespace controller {

bool WriteThrottle::permits(const api::Resource& resource, const api::ObjectKey& key,
                            std::string_view content) {
  const base::SteadyTime now = clock_.now();
  return state_.with([&](State& state) {
    const auto found = state.children.find({std::string(resource.plural), key});
    if (found == state.children.end()) return true;
    Child& child = found->second;
    if (child.contested == content) return now >= child.resume;
    const auto recent = std::count_if(
        child.writes.begin(), child.writes.end(),
        [&](const Write& write) { return write.content == content && now - write.time < kWindow; });
    if (static_cast<std::size_t>(recent) < kWrites) return true;
    child.contested = content;
    child.pause = kWindow;
    child.resume = now + child.pause;
    return false;
  });
}

void WriteThrottle::wrote(const api::Resource& resource, const api::ObjectKey& key,
                          const std::string& content) {
  const base::SteadyTime now = clock_.now();
  state_.with([&](State& state) {
    if (now - state.swept >= kWindow) sweep(state, now);
    Child& child = state.children[{std::string(resource.plural), key}];
    std::erase_if(child.writes, [&](const Write& write) { return now - write.time >= kWindow; });
    child.writes.push_back({now, content});
    const bool left_alone = now >= child.resume + child.pause;
    if (child.contested != content || left_alone) {
      child.contested.clear();
    } else {
      child.pause = std::min(2 * child.pause, kLongestPause);
      child.resume = now + child.pause;
    }
  });
}

void WriteThrottle::sweep(State& state, base::SteadyTime now) {
  state.swept = now;
  std::erase_if(state.children, [&](const auto& named) {
    const Child& child = named.second;
    const bool calm = child.contested.empty() || now >= child.resume + child.pause;
    return calm && (child.writes.empty() || now - child.writes.back().time >= kWindow);
  });
}

}  // namespace controller
