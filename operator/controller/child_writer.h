#pragma once

// The writes to one child, each followed by what its answer taught, and the reads that they need.
// Private to this folder.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/pass_result.h"

namespace controller {

class ChildWriter {
 public:
  ChildWriter(const PassContext& context, PassResult& result)
      : context_(context), result_(result) {}

  // POST. AlreadyExists is left to the caller, like any other refusal.
  std::variant<kube::ChildRecord, kube::ApiError> create(const blueprint::Object& object,
                                                         const nlohmann::json& body);
  // Turns the creation's managedFields entry into one of Apply, once in an object's life; `record`
  // is then the newer one. False: refused, and reported.
  bool set_ownership_right(const blueprint::Object& object, kube::ChildRecord& record);
  // Server-side apply of object.body to just the object of `record`. Empty: refused, and reported.
  std::optional<kube::ChildRecord> apply(blueprint::Object& object,
                                         const kube::ChildRecord& record);
  // spec.replicas under the handover's manager, if the object is still the one of `record` in every
  // respect; `record` is then the newer one. False: refused, and reported.
  bool apply_replicas(const blueprint::Object& object, kube::ChildRecord& record,
                      std::int64_t replicas);

  // What is there under the name; empty when nothing is.
  std::optional<kube::ChildRecord> read(const api::Resource& resource, const api::ObjectKey& key);
  // The whole live object. Throws Outdated when there is none.
  nlohmann::json read_whole(const blueprint::Object& object);

 private:
  kube::Outcome send_apply(const blueprint::Object& object);
  // False: there was nothing to set back, so the refusal stands.
  bool set_list_keys_back(const blueprint::Object& object);
  kube::View view(const api::Resource& resource) const;
  kube::Decoded<kube::ChildRecord> decode(std::string body) const;
  // The answer to a write, into the store: the next pass must not act on anything older.
  kube::ChildRecord observe(const api::Resource& resource, std::string body);

  const PassContext& context_;
  PassResult& result_;
};

}  // namespace controller
