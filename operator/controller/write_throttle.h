#pragma once

// Keeps two writers from fighting over a child for ever: the same content may be written to a child
// five times in a minute. After that there is a pause of a minute before the next write, then of
// two, and so on up to ten, until the child has been left alone for as long as the last pause. What
// a person changes is other content each time and never waits.
//
// Thread safety: all methods may be called from any thread.

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/object_key.h"
#include "api/resource.h"
#include "base/clock.h"
#include "base/guarded.h"

namespace controller {

class WriteThrottle {
 public:
  static constexpr std::size_t kWrites = 5;
  static constexpr std::chrono::minutes kWindow{1};
  static constexpr std::chrono::minutes kLongestPause{10};

  explicit WriteThrottle(const base::Clock& clock) : clock_(clock) {}

  // False: `content` (a digest) has been written to this child too often.
  bool permits(const api::Resource& resource, const api::ObjectKey& key, std::string_view content);
  void wrote(const api::Resource& resource, const api::ObjectKey& key, const std::string& content);

 private:
  struct Write {
    base::SteadyTime time;
    std::string content;
  };
  struct Child {
    std::vector<Write> writes;      // of the last minute
    std::string contested;          // the content that waits; empty: none
    std::chrono::minutes pause{0};  // the latest
    base::SteadyTime resume;        // its end
  };
  using Name = std::pair<std::string, api::ObjectKey>;  // plural and key
  struct State {
    std::map<Name, Child> children;
    base::SteadyTime swept;
  };

  // Forgets the children that nobody has fought over for long.
  static void sweep(State& state, base::SteadyTime now);

  const base::Clock& clock_;
  base::Guarded<State> state_;
};

}  // namespace controller
