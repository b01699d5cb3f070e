#pragma once

// Everything that this operator watches: the blueprints, the children that carry our label, and the
// definitions of the optional APIs. One reflector and one thread for each resource and namespace;
// what they learn wakes keys in the queue.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "controller/children.h"
#include "controller/reconciler.h"
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
};

// Thread safety: start() and stop() from one thread; everything else from any.
class Watches {
 public:
  Watches(WatchContext context, runtime::WorkQueue& queue);
  ~Watches();
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  BlueprintStore& blueprints() { return *blueprints_; }
  Children& children() { return *children_; }

  void start();
  // Requests all reflectors to end and waits for them.
  void stop();

  // Why not every required cache is complete and fresh, in words; empty when they are. For /readyz.
  std::string unsynced() const;
  // Returns true when every cache is complete, false when `stop` is requested before. From then on
  // a change of a child wakes its blueprint; before, every blueprint is in the queue anyway.
  bool wait_until_synced(const std::stop_token& stop);

  void refresh_metrics();

 private:
  class PresenceSink;
  struct Watch {
    std::unique_ptr<kube::RecordSink> sink;
    std::unique_ptr<kube::Reflector> reflector;
    bool required = true;
  };

  void add_blueprint_watch(const std::string& namespace_);
  void add_child_watch(Children::Child& child, const std::string& namespace_);
  void add_definition_watch(Children::Child& child);
  kube::Reflector& add(std::unique_ptr<kube::RecordSink> sink, kube::ReflectorConfig config,
                       bool required);

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
  std::vector<Watch> watches_;
  std::vector<std::jthread> threads_;
};

}  // namespace controller
