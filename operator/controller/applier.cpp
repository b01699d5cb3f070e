#include "controller/applier.h"

#include <utility>

#include "controller/pass.h"

namespace controller {

Applier::Applier(kube::Client& client, Children& children, telemetry::Metrics& metrics,
                 const base::Clock& clock, kube::Identity identity)
    : client_(client),
      children_(children),
      metrics_(metrics),
      identity_(std::move(identity)),
      throttle_(clock) {}

Applied Applier::apply(const Owner& owner, std::vector<blueprint::Object> desired,
                       const std::vector<api::InventoryEntry>& previous, const telemetry::Log& log,
                       const std::stop_token& stop) {
  const PassContext context{client_, children_, metrics_, identity_, throttle_,
                            owner,   previous,  log,      stop};
  return Pass(context, std::move(desired)).run();
}

}  // namespace controller
