#pragma once

// Asks the pods of a service that is not ready what is wrong. Pods are never watched: they are
// listed, 5 s after the service was first seen not ready or its Deployment's status changed, then
// after 10 s and so on up to each 60 s, so that a rollout that goes well costs no request. A page
// holds 20 pods; while none of those seen names a cause, up to four more pages are read.
//
// Thread safety: all methods may be called from any thread, for one key from one at a time.

#include <chrono>
#include <optional>
#include <stop_token>
#include <unordered_map>

#include "api/object_key.h"
#include "api/uid.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "controller/pod_cause.h"
#include "kube/client.h"
#include "kube/record.h"
#include "telemetry/log.h"

namespace controller {

class CauseFinder {
 public:
  CauseFinder(kube::Client& client, const base::Clock& clock) : client_(client), clock_(clock) {}

  struct Finding {
    std::optional<PodCause> cause;         // as of the last look
    std::chrono::nanoseconds next_look{};  // from now
  };

  // The service with this Deployment is not ready. `known`: the status names a pod's cause that
  // another process found, so the first look is at once.
  Finding find(const api::ObjectKey& key, const kube::ChildRecord& deployment, bool known,
               const telemetry::Log& log, const std::stop_token& stop);
  // The service is ready, or gone.
  void forget(const api::ObjectKey& key);

 private:
  struct Search {
    api::Uid uid;  // of the Deployment
    kube::DeploymentWords words;
    base::SteadyTime next;
    std::chrono::seconds delay{};
    int looks = 0;  // since the words changed
    std::optional<PodCause> cause;
  };

  // What is known, brought in line with the Deployment as it is now.
  Search begin(const api::ObjectKey& key, const kube::ChildRecord& deployment, bool known) const;
  void look(const api::ObjectKey& key, Search& search, const telemetry::Log& log,
            const std::stop_token& stop);
  // The cause stays as it was when the server refuses.
  void ask_pods(const api::ObjectKey& key, Patience patience, std::optional<PodCause>& cause,
                const telemetry::Log& log, const std::stop_token& stop);

  kube::Client& client_;
  const base::Clock& clock_;
  base::Guarded<std::unordered_map<api::ObjectKey, Search>> searches_;
};

}  // namespace controller
