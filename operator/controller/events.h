#pragma once

// Which events a pass is worth, decided by pure functions: what was done to the children, and what
// has changed between the status as it was and as it is now. What is as it was makes no event, so
// a restart over unchanged blueprints makes none.

#include <string>
#include <vector>

#include "api/status.h"
#include "controller/applier.h"

namespace controller {

struct Announcement {
  bool warning = false;
  std::string reason;
  std::string action;
  std::string note;

  bool operator==(const Announcement&) const = default;
};

// Accepted and Applied may turn true more than once in a generation, and are told once.
bool once_a_generation(const Announcement& announcement);

// DriftCorrected, Pruned.
std::vector<Announcement> announce_writes(const Applied& applied);

// Everything else. `applied`: by the pass that led from `before` to `after`.
std::vector<Announcement> announce_transition(const api::BlueprintStatus& before,
                                              const api::BlueprintStatus& after,
                                              const Applied& applied);

}  // namespace controller
