#pragma once

// What a blueprint's pods refer to (Secrets and ConfigMaps that others make), and whether it is
// there. Pure: what is known of the objects comes in as a function.
//
// Counted is what a pod would hang on: variables (`env` with a valueFrom, `secrets`, `configMaps`)
// and mounted files, of the main container, initContainers and sidecars. Not imagePullSecrets (the
// kubelet pulls without a missing one) nor the certificate of `expose` (no pod reads it).
//
// Changed values restart the pods where `onChange` says so: by default for the variables of
// `secrets` and `configMaps`, not for files, which the kubelet refreshes in place. Entries of `env`
// have no onChange and restart nothing.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "api/blueprint.h"
#include "api/condition.h"
#include "kube/data_record.h"

namespace controller {

enum class DataKind : std::uint8_t { kSecret, kConfigMap };

// One Secret or ConfigMap, with all that the blueprint wants of it.
struct Reference {
  DataKind kind = DataKind::kSecret;
  std::string name;
  // Without it a pod does not start; then so is each of the keys.
  bool required = false;
  std::set<std::string> variables;
  std::set<std::string> files;
  // Whether changed values restart the pods.
  bool restarts = false;
};

// Each object once, sorted by kind and name.
std::vector<Reference> references_of(const api::BlueprintSpec& spec);

// What is known of one object.
struct Sight {
  enum class State : std::uint8_t { kUnseen, kMissing, kThere };  // unseen: no right to look
  State state = State::kUnseen;
  kube::DataRecord record;  // with kThere
  // The version of the last write that its content does not tell of, since it came within the
  // second of the one before; 0: none was seen.
  kube::ResourceVersion rewritten = 0;
};
using Look = std::function<Sight(DataKind kind, const std::string& name)>;

// The condition ReferencesResolved in the making.
struct ReferenceState {
  api::ConditionStatus status = api::ConditionStatus::kTrue;
  std::string reason = "Resolved";
  std::string message = "nothing is referenced";

  // Something that a pod would hang on is missing: the pod template must not change now.
  bool missing() const { return status == api::ConditionStatus::kFalse; }
};

// Names every missing object or key, up to a handful. What is seen to be missing goes before what
// cannot be seen.
ReferenceState resolve(const std::vector<Reference>& references, const Look& look);

// The reasons with which resolve() says that something is missing.
bool is_reason_of_missing(const std::string& reason);

}  // namespace controller
