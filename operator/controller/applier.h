#pragma once

// Makes the children of one blueprint what they should be, with as few requests as possible: none
// for a child whose two digests say that it is as we left it and as we want it (architecture.md,
// decisions 2 and 4).
//
//   not known            POST; 409 -> look at what is there, touch nothing that is not ours by the
//   owner's UID ours, changed        set ownership right (a JSON patch, once in an object's life),
//   then server-side apply with the UID ours, unwanted       DELETE with UID and resourceVersion
//   not ours             nothing, and say so
//
// Reads before it writes only where it must know values: what drifted, a pod template that is kept,
// the name that is taken. Never retries: what may go better next time ends the pass, and the queue
// brings it back.

#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/status.h"
#include "blueprint/blueprint.h"
#include "controller/children.h"
#include "controller/refusal.h"
#include "controller/write_throttle.h"
#include "kube/client.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace controller {

// The blueprint as the owner of its children.
struct Owner {
  api::ObjectKey key;
  api::Uid uid;
};

// Why a child is not as it should be, and nobody but a person or time can change that.
enum class Trouble {
  kNameConflict,        // an object of that name exists and is not ours
  kWaitingForDeletion,  // a leftover of an earlier blueprint of that name, or our own child, on its
                        // way out
  kForbidden,
  kQuotaExceeded,
  kAdmissionDenied,
  kContested,  // someone changes it back each time; see WriteThrottle
};

struct ChildTrouble {
  api::Resource resource;
  std::string name;
  Trouble trouble;
  std::string message;  // in the server's words where it spoke
};

// Something that another had changed in a child, and that was put right.
struct Correction {
  api::Resource resource;
  std::string name;
  std::string manager;  // empty: removed, and nobody says who did it
  std::string field;    // spec.template.spec.containers[name="checkout"].image
};

enum class WriteKind { kCreated, kApplied, kPruned };

struct Write {
  api::Resource resource;
  std::string name;
  WriteKind kind;

  bool operator==(const Write&) const = default;
};

struct Applied {
  std::vector<api::InventoryEntry> inventory;
  std::vector<ChildTrouble> troubles;
  std::vector<Write> written;  // in order; without the patches that only set ownership right
  std::vector<Correction> corrections;
  int writes = 0;  // requests that changed something
  // The pass ended early: the network or the server failed. What had been done is in the inventory.
  std::exception_ptr interruption;
  // The pass ended early: an object was not the one that the records told of. The watch is about to
  // tell more.
  bool outdated = false;
  // The namespace is going away: there is nothing left to do or to say.
  bool namespace_ending = false;
};

// Thread safety: apply() may run on many threads at once, for different owners.
class Applier {
 public:
  Applier(kube::Client& client, Children& children, telemetry::Metrics& metrics,
          const base::Clock& clock, kube::Identity identity);

  // `desired` without owner references; kinds whose API is not installed must not be in it.
  // `previous` is the last inventory. Throws only what is a defect.
  Applied apply(const Owner& owner, std::vector<blueprint::Object> desired,
                const std::vector<api::InventoryEntry>& previous, const telemetry::Log& log,
                const std::stop_token& stop);

 private:
  kube::Client& client_;
  Children& children_;
  telemetry::Metrics& metrics_;
  const kube::Identity identity_;
  WriteThrottle throttle_;
};

}  // namespace controller
