#pragma once

// The result of one Applier::apply() as it grows. Private to this folder.

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "controller/pass_context.h"

namespace controller {

class PassResult {
 public:
  explicit PassResult(const PassContext& context) : context_(context) {}

  // A request changed something; `outcome` is the label of the metric.
  void count(const api::Resource& resource, std::string_view outcome);
  void wrote(const api::Resource& resource, const std::string& name, WriteKind kind);
  void corrected(std::vector<Correction> corrections);

  // The child is as `intent` says, or was found to be `record`.
  void remember(const api::Resource& resource, const std::string& name, const std::string& intent,
                const kube::ChildRecord& record);
  // A child that was not written is still ours.
  void keep_entry(const api::Resource& resource, const std::string& name);
  // The pass ended early.
  void keep_unreached_entries();

  void report(const api::Resource& resource, const std::string& name, Trouble trouble,
              std::string message);
  // A write was refused. Throws Outdated when the watch is about to tell why.
  void refuse(const api::Resource& resource, const std::string& name, const kube::ApiError& error);
  // The same for a write to an object that we believed in.
  void refuse(const blueprint::Object& object, const kube::ChildRecord& record,
              const kube::ApiError& error);

  bool namespace_ending() const { return applied_.namespace_ending; }
  void interrupted(std::exception_ptr interruption) {
    applied_.interruption = std::move(interruption);
  }
  void outdated() { applied_.outdated = true; }
  Applied take() { return std::move(applied_); }

 private:
  const PassContext& context_;
  Applied applied_;
};

}  // namespace controller
