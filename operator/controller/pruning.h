#pragma once

// Takes away the children that a blueprint no longer wants: what the inventory lists, and what has
// its UID as controller owner and an entry of our field manager (a crash between a creation and the
// status write leaves such a child, a lost inventory all of them). Always with UID and
// resourceVersion as preconditions. Private to this folder.

#include <optional>
#include <string>
#include <vector>

#include "controller/child_writer.h"

namespace controller {

class Pruning {
 public:
  Pruning(const PassContext& context, PassResult& result, ChildWriter& writer)
      : context_(context), result_(result), writer_(writer) {}

  // `pods_current`: the Deployment is as `desired` says, its pod template too. Until its rollout is
  // complete, pods may need generated ConfigMaps of before.
  void run(const std::vector<blueprint::Object>& desired, bool pods_current);

  // One child before its turn. False: it is still there, and reported.
  bool take_away(const api::Resource& resource, const std::string& name);

 private:
  std::vector<std::string> unwanted_names(const Children::Child& child,
                                          const std::vector<blueprint::Object>& desired) const;
  bool is_ours(const Children::Child& child, const std::string& name) const;
  // Children that the inventory does not list, the youngest first.
  std::vector<std::string> unlisted_names(const Children::Child& child) const;
  void prune_generations(const Children::Child& child, const std::vector<std::string>& names,
                         bool one_is_wanted, bool pods_current);
  void keep(const Children::Child& child, const std::string& name);
  bool rolled_out() const;

  void remove(const api::Resource& resource, const std::string& name);
  // False: refused, and reported.
  bool delete_exactly(const api::Resource& resource, const std::string& name,
                      const kube::ChildRecord& record);
  // From the store; an inventory entry without a record may have lost its label, so it is looked
  // at.
  std::optional<kube::ChildRecord> look_up(const api::Resource& resource, const std::string& name);

  const PassContext& context_;
  PassResult& result_;
  ChildWriter& writer_;
  std::vector<std::pair<api::Resource, std::string>> taken_;  // take_away()'s
};

}  // namespace controller
