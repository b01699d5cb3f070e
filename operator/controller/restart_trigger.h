#pragma once

// When a changed Secret or ConfigMap restarts the pods. Pure; kept in the blueprint's status, so
// that an operator that starts anew knows what the pods have been told already:
//
//   seen      for each reference that restarts, what its content was when it last counted
//   trigger   the annotation of the pod template; empty until something changed for the first time
//
// - What is seen for the first time only counts from then on: neither a new blueprint nor the right
// to see Secrets, given to an operator that runs, restarts anything.
// - What is gone or cannot be seen any more stays as it was seen; when it comes back it is compared
// with that.
// - A change is taken once nothing has changed for kSettleTime, so several at once restart once. It
// is taken immediately by a pass that changes the pod template anyway.
//
// Times in managedFields have whole seconds, so two changes of a value by one manager within a
// second have one digest. Whoever waited kSettleTime has seen both; where the first was taken
// immediately, the second is known by its resourceVersion, in this process only: an operator that
// ends between the two misses it.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/references.h"

namespace controller {

inline constexpr std::chrono::seconds kSettleTime{2};

// Digests by reference, and their text form: "<name>:<content>" joined by ',', 8 hexadecimal digits
// each. kAbsent is an optional object that was not there.
class SeenReferences {
 public:
  using Rewrites = std::map<std::string, kube::ResourceVersion>;

  // What is no such text reads as nothing seen. `rewrites` are those that have been taken.
  static SeenReferences parse(const std::string& text, Rewrites rewrites = {});
  std::string text() const;

  // What is to be remembered of `references` now; compares and changes nothing of this object.
  SeenReferences updated(const std::vector<Reference>& references, const Look& look) const;
  // Something that was seen before is another now.
  bool differs_from(const SeenReferences& newer) const;

  std::string trigger() const;
  // By reference: the write that its content does not tell of.
  const Rewrites& rewrites() const { return rewrites_; }

  bool operator==(const SeenReferences&) const = default;

 private:
  std::map<std::string, std::string> contents_;
  Rewrites rewrites_;
};

// What has changed and waits to settle; kept between passes, not over a restart of the operator.
struct PendingChange {
  SeenReferences seen;
  base::SteadyTime since;
};

// What this process knows beyond the status.
struct RestartNotes {
  std::optional<PendingChange> pending;
  SeenReferences::Rewrites rewrites;  // that have been taken
};

// What is kept in the status.
struct RestartMemory {
  std::string seen;
  std::string trigger;

  bool operator==(const RestartMemory&) const = default;
};

struct RestartPlan {
  RestartMemory memory;  // for the status
  std::string rendered;  // the trigger to render with in this pass
  RestartNotes notes;
  // Look again after this time: something is about to settle, or to be rendered.
  std::optional<std::chrono::nanoseconds> again;
};

struct Moment {
  base::SteadyTime now;
  bool template_changes = false;  // this pass changes the pod template anyway
};

// A settled change is written down first and rendered by the next pass: an operator that ends in
// between neither forgets it nor takes it twice.
RestartPlan plan_restart(const RestartMemory& memory, const std::vector<Reference>& references,
                         const Look& look, const RestartNotes& notes, const Moment& moment);

}  // namespace controller
