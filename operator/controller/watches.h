#pragma once

// Everything that this operator watches: the blueprints, the children that carry our label, the
// definitions of the optional APIs and, where it was told to, the metadata of Secrets and
// ConfigMaps. One reflector and one thread for each resource and namespace;
// what they learn wakes keys in the queue.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "controller/children.h"
#include "controller/reconciler.h"
#include "controller/reference_cache.h"
#include "kube/store_sink.h"
#include "runtime/work_queue.h"

namespace controller {

struct WatchContext {
  kube::Client& client;
  const base::Clock& clock;
  base::Random random;
  telemetry::Metrics& metrics;
  telemetry::Log log;
  kube::Identity identity;
  std::vector<std::string> namespaces;  // empty: all, by one watch a resource
  // Where Secrets and ConfigMaps are watched: nowhere when empty; kEverywhere is wherever
  // blueprints are.
  std::vector<std::string> reference_namespaces;
};
inline constexpr std::string_view kEverywhere = "*";

// Thread safety: start() and stop() from one thread; everything else from any.
class Watches {
 public:
  Watches(WatchContext context, runtime::WorkQueue& queue);
  ~Watches();
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  BlueprintStore& blueprints() { return *blueprints_; }
  Children& children() { return *children_; }
  ReferenceCache& references() { return *references_; }

  void start();
  // Requests all reflectors to end and waits for them.
  void stop();

  // Why not every required cache is complete and fresh, in words; empty when they are. For /readyz.
  std::string unsynced() const;
  // Returns true when every required cache is complete, false when `stop` is requested before.
  // Those of Secrets and ConfigMaps are waited for a little, so that a start does not report what
  // it is about to see. From then on a change of a child wakes its blueprint; before, every
  // blueprint is in the queue anyway.
  bool wait_until_synced(const std::stop_token& stop);

  void refresh_metrics();

 private:
  class PresenceSink;
  enum class Need {
    kRequired,  // no work without it
    kAwaited,   // worth a short wait
    kHelpful,
  };
  struct Watch {
    std::unique_ptr<kube::RecordSink> sink;
    std::unique_ptr<kube::Reflector> reflector;
    Need need = Need::kRequired;
  };

  void add_blueprint_watch(const std::string& namespace_);
  void add_child_watch(Children::Child& child, const std::string& namespace_);
  void add_definition_watch(Children::Child& child);
  void add_reference_watches(const std::vector<std::string>& scopes);
  void add_reference_watch(DataKind kind, const std::string& namespace_);
  kube::Reflector& add(std::unique_ptr<kube::RecordSink> sink, kube::ReflectorConfig config,
                       Need need);
  // The caches that are waited for and not there yet, or silent; in words.
  std::string missing(Need need) const;

  void on_blueprint(const api::ObjectKey& key, const std::optional<kube::CustomRecord>& before,
                    const std::optional<kube::CustomRecord>& after);
  void on_child(const api::ObjectKey& key, const std::optional<kube::ChildRecord>& before,
                const std::optional<kube::ChildRecord>& after);
  // An optional API came or went.
  void on_presence();

  const WatchContext context_;
  runtime::WorkQueue& queue_;
  std::atomic<bool> synced_{false};
  std::unique_ptr<BlueprintStore> blueprints_;
  std::unique_ptr<Children> children_;
  std::unique_ptr<ReferenceCache> references_;
  std::vector<Watch> watches_;
  std::vector<std::jthread> threads_;
};

}  // namespace controller
