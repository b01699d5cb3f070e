#pragma once

// What is remembered of an object: as little as the decisions need. A cached child is about a
// hundred bytes plus its name, a cached custom resource its spec and status as compact text. No DOM
// is ever kept (nlohmann::json measures seven times the text).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/condition.h"
#include "api/object_key.h"
#include "api/uid.h"

namespace kube {

// resourceVersions may be compared as numbers within one resource (KEP-5504).
using ResourceVersion = std::uint64_t;

// Which managedFields entries (without a subresource) carry our field manager's name.
enum class OwnedEntry : std::uint8_t {
  kNone,    // never written by us, or the entry was cleared or folded away
  kUpdate,  // as a POST leaves it: fields that later applies drop would stay
  kApply,   // what server-side apply works with
  kBoth,    // a patch of ours came after an apply
};

// Why a Deployment does not progress; from its conditions.
enum class Progress : std::uint8_t { kUnknown, kProgressing, kComplete, kDeadlineExceeded };

// The part of a Deployment's spec and status that says whether it is rolled out and serving.
struct DeploymentWords {
  std::int64_t generation = 0;
  std::int64_t observed_generation = 0;
  std::int64_t spec_replicas = 0;
  std::int64_t replicas = 0;
  std::int64_t updated = 0;
  std::int64_t ready = 0;
  std::int64_t available = 0;
  // Our own managedFields entry holds spec.replicas: the count is ours, not an autoscaler's.
  bool owns_replicas = false;
  Progress progress = Progress::kUnknown;
  std::string
      replica_failure;  // message of ReplicaFailure=True: quota or admission, in the server's words

  bool operator==(const DeploymentWords&) const = default;
};

// What the status of a child that is no Deployment says, in one condition; the message only where
// it is not True.
struct ConditionWords {
  api::ConditionStatus status = api::ConditionStatus::kUnknown;
  std::string reason;
  std::string message;

  bool operator==(const ConditionWords&) const = default;
};

struct ChildRecord {
  api::Uid uid;
  ResourceVersion resource_version = 0;
  // The controller owner, if it is of the kind that owns children here.
  api::Uid owner_uid;
  std::string owner_name;
  // Digest of our own managedFields entry without its time; for a Deployment also of the order of
  // our containers and variables, which managedFields do not show. Changes whenever anyone changes
  // or removes a value of ours, and on nothing else.
  std::uint64_t owned = 0;
  OwnedEntry entry = OwnedEntry::kNone;
  std::uint16_t update_index =
      0;  // position of the Update entry in managedFields; with kUpdate and kBoth
  bool deleting = false;
  std::optional<DeploymentWords> deployment;
  std::optional<ConditionWords> condition;  // of an autoscaler or a route

  bool operator==(const ChildRecord&) const = default;
  // Everything that a decision looks at, i.e. all but the resourceVersion.
  bool same_content(const ChildRecord& other) const;
};

// A custom resource whose spec this operator reads and whose status it writes.
struct CustomRecord {
  api::Uid uid;
  ResourceVersion resource_version = 0;
  std::int64_t generation = 0;
  bool deleting = false;
  std::optional<std::string> paused;  // value of the annotation api::kPausedAnnotation
  std::string spec;                   // JSON text
  std::string status;                 // JSON text, empty when absent

  bool operator==(const CustomRecord&) const = default;
  bool same_content(const CustomRecord& other) const;
};

template <typename Record>
struct Decoded {
  api::ObjectKey key;
  Record record;
};

// Who we are in managedFields, and what our children are owned by.
struct Identity {
  std::string field_manager;
  std::string owner_api_version;  // "serviceblueprint.dev/v1alpha1"; another version of the same
                                  // group counts too
  std::string owner_kind;
};

// Reads an object's JSON text, which must be followed by kJsonPadding readable bytes. Full objects
// and PartialObjectMetadata alike; the words of status are read when there is a spec. Throws
// DecodeError.
Decoded<ChildRecord> decode_child(std::string_view object, const Identity& identity);
Decoded<CustomRecord> decode_custom(std::string_view object);

}  // namespace kube
