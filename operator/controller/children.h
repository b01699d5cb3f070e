#pragma once

// The kinds of children and what is known of each: its store, how much of an object is read, and
// whether the API is there.

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "api/resource.h"
#include "kube/client.h"
#include "kube/record.h"
#include "kube/reflector.h"
#include "kube/store.h"

namespace controller {

struct ChildKind {
  api::Resource resource;
  // Read whole where the status matters: of all others the metadata say enough.
  kube::View view = kube::View::kMetadata;
  kube::Presence presence = kube::Presence::kRequired;
  // A blueprint may have several, under names that are not its own.
  bool generated = false;
};

// In the order of blueprint::render().
inline constexpr std::array kChildKinds{
    ChildKind{api::kServiceAccount},
    ChildKind{api::kConfigMap, kube::View::kMetadata, kube::Presence::kRequired,
              /*generated=*/true},
    ChildKind{api::kNetworkPolicy},
    ChildKind{api::kDeployment, kube::View::kFull},
    ChildKind{api::kService},
    ChildKind{api::kPodDisruptionBudget},
    ChildKind{api::kHttpRoute, kube::View::kFull, kube::Presence::kOptional},
    ChildKind{api::kIngress},
    ChildKind{api::kServiceMonitor, kube::View::kMetadata, kube::Presence::kOptional},
    ChildKind{api::kPrometheusRule, kube::View::kMetadata, kube::Presence::kOptional},
    ChildKind{api::kHorizontalPodAutoscaler, kube::View::kFull},
};

using ChildStore = kube::Store<kube::ChildRecord>;

// Thread safety: as the stores. The set of kinds is constant after construction.
class Children {
 public:
  // `on_change` learns of every change of a child, of any kind.
  Children(kube::Scoping scoping, const kube::OnChange<kube::ChildRecord>& on_change);

  struct Child {
    ChildKind kind;
    std::unique_ptr<ChildStore> store;
    // False while the API is not served. Set before the workers start.
    std::function<bool()> installed = [] { return true; };
  };

  // REQUIRES: `resource` is one of kChildKinds.
  Child& of(const api::Resource& resource);
  const Child& of(const api::Resource& resource) const;
  std::vector<Child>& all() { return children_; }
  const std::vector<Child>& all() const { return children_; }

 private:
  std::vector<Child> children_;
};

}  // namespace controller
