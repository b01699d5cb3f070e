#include "controller/children.h"

#include <algorithm>

namespace controller {

Children::Children(kube::Scoping scoping, const kube::OnChange<kube::ChildRecord>& on_change) {
  for (const ChildKind& kind : kChildKinds) {
    children_.push_back({kind, std::make_unique<ChildStore>(scoping, on_change, kind.generated)});
  }
}

Children::Child& Children::of(const api::Resource& resource) {
  return *std::find_if(children_.begin(), children_.end(),
                       [&](const Child& child) { return child.kind.resource == resource; });
}

const Children::Child& Children::of(const api::Resource& resource) const {
  return *std::find_if(children_.begin(), children_.end(),
                       [&](const Child& child) { return child.kind.resource == resource; });
}

}  // namespace controller
