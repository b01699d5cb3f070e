#pragma once

// One call of Applier::apply(). Private to this folder.

#include <string>
#include <vector>

#include "controller/hand_over.h"

namespace controller {

class Pass {
 public:
  Pass(const PassContext& context, std::vector<blueprint::Object> desired);

  Applied run();

 private:
  // Each of these: true when the child is as `object` says. Otherwise it was reported, or it waits
  // for another that was.
  bool settle(blueprint::Object& object);
  bool create(blueprint::Object& object, const std::string& intent);
  bool update(blueprint::Object& object, kube::ChildRecord record, const std::string& intent);
  bool apply(blueprint::Object& object, kube::ChildRecord record, const std::string& intent);

  // What must have happened before this child's turn.
  bool is_its_turn(const blueprint::Object& object);
  bool permitted(const blueprint::Object& object, const std::string& intent);
  void report_foreign(const blueprint::Object& object, const kube::ChildRecord& record);
  bool unchanged(const blueprint::Object& object, const kube::ChildRecord& record,
                 const std::string& intent) const;
  // What others took from us, where nothing but that is the reason for an apply.
  std::vector<Correction> drift(const blueprint::Object& object, const kube::ChildRecord& record,
                                const std::string& intent);
  // Puts what we own of the live pod template in the place of the rendered one.
  void keep_live_template(blueprint::Object& object);

  const PassContext& context_;
  std::vector<blueprint::Object> desired_;
  PassResult result_;
  ChildWriter writer_;
  Pruning pruning_;
  HandOver hand_over_;
  bool config_missing_ = false;  // a generated ConfigMap could not be written
  bool pods_current_ = false;    // the Deployment is as wanted, its pod template too
};

}  // namespace controller
