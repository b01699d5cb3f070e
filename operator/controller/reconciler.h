#pragma once

// One pass over one blueprint: read, decide, write, report.

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <variant>
#include <vector>

#include "api/status.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "blueprint/blueprint.h"
#include "blueprint/validation.h"
#include "controller/applier.h"
#include "controller/cause_finder.h"
#include "controller/children.h"
#include "controller/events.h"
#include "controller/pod_template.h"
#include "controller/reference_cache.h"
#include "controller/rendering.h"
#include "controller/status.h"
#include "kube/client.h"
#include "kube/store.h"
#include "runtime/event_recorder.h"
#include "runtime/reconciler.h"

namespace controller {

using BlueprintStore = kube::Store<kube::CustomRecord>;

// Thread safety: as runtime::Reconciler asks; one object serves all workers.
class BlueprintReconciler final : public runtime::Reconciler {
 public:
  BlueprintReconciler(BlueprintStore& blueprints, Children& children, ReferenceCache& references,
                      Applier& applier, kube::Client& client, const base::Clock& clock,
                      runtime::EventRecorder& events, blueprint::Platform platform);

  // For every pass that begins from now on; the caller brings the keys back. Any thread.
  void set_platform(blueprint::Platform platform);

  runtime::Result reconcile(const api::ObjectKey& key, const telemetry::Log& log,
                            const std::stop_token& stop) override;

  // Why the server refuses our status (a CRD older than this operator); empty when it does not. For
  // /readyz.
  std::string status_problem() const;

 private:
  // What this process knows beyond what is in the object.
  struct Memory {
    api::Uid uid;
    base::SteadyTime status_written;
    // The inventory of a pass whose status could not be written; newer than the object's.
    std::optional<std::vector<api::InventoryEntry>> unsaved;
    RestartNotes restarts;
    // The latest generation that each event which comes once a generation has told of.
    std::map<std::string, std::int64_t> told;
  };

  // A blueprint as it was found.
  struct Reading {
    std::variant<Rendering, std::vector<blueprint::Problem>> content;
    api::BlueprintStatus status;                 // as the server has it
    std::vector<api::InventoryEntry> inventory;  // the newest known
  };

  Reading read(const api::ObjectKey& key, const kube::CustomRecord& record) const;
  // What to write, with regard to what the pods refer to.
  PodPlan plan(const Rendering& rendering, const kube::CustomRecord& record,
               const Reading& reading);
  Applied apply(PodPlan plan, const kube::CustomRecord& record, const Reading& reading,
                Observation& seen, const telemetry::Log& log, const std::stop_token& stop);
  // A paused blueprint: what there is, with nothing written.
  void look_only(const PodPlan& plan, const kube::CustomRecord& record, const Reading& reading,
                 Observation& seen) const;
  void look_at_children(const kube::CustomRecord& record, Observation& seen) const;
  // The child of that kind which is named like the blueprint and belongs to it.
  std::optional<kube::ChildRecord> child(const api::Resource& resource, const api::ObjectKey& key,
                                         const kube::CustomRecord& record) const;
  // Asks the pods of a service that is not ready. Returns when to ask again; empty: not needed.
  std::optional<std::chrono::nanoseconds> find_cause(const api::ObjectKey& key,
                                                     const Reading& reading, Observation& seen,
                                                     const telemetry::Log& log,
                                                     const std::stop_token& stop);
  MonitoringState monitoring_state(const std::vector<blueprint::Object>& desired) const;
  runtime::Result report(const api::ObjectKey& key, const kube::CustomRecord& record,
                         const Observation& seen, const Reading& reading, const Applied& applied,
                         const telemetry::Log& log, const std::stop_token& stop);
  void announce(const api::ObjectKey& key, const kube::CustomRecord& record,
                const std::vector<Announcement>& announcements);
  // True only once for this event and generation.
  bool first_time(const api::ObjectKey& key, const std::string& reason, std::int64_t generation);
  // False: someone was faster, or the server refused.
  bool write_status(const api::ObjectKey& key, const kube::CustomRecord& record,
                    const api::BlueprintStatus& status, const telemetry::Log& log,
                    const std::stop_token& stop);

  template <typename Change>
  void remember(const api::ObjectKey& key, const api::Uid& uid, Change&& change);
  Memory recall(const api::ObjectKey& key, const api::Uid& uid) const;
  void forget(const api::ObjectKey& key);

  BlueprintStore& blueprints_;
  Children& children_;
  ReferenceCache& references_;
  Applier& applier_;
  kube::Client& client_;
  const base::Clock& clock_;
  runtime::EventRecorder& events_;
  base::Guarded<std::shared_ptr<const blueprint::Platform>> platform_;
  CauseFinder causes_;
  base::Guarded<std::unordered_map<api::ObjectKey, Memory>> memory_;
  base::Guarded<std::string> status_problem_;
};

}  // namespace controller
