#include "controller/watches.h"

#include <algorithm>
#include <array>
#include <utility>

#include "blueprint/labels.h"

namespace controller {
namespace {

using namespace std::chrono_literals;

// Bookmarks come each minute; a watch that has said nothing for longer is about to be made anew.
constexpr auto kFresh = 95s;
// How long a start waits for what it can work without.
constexpr auto kAwaitedAtMost = 10s;
// The definitions are watched to be prompt. Without the right to, the kind's own watch asks each 20
// s while it is absent.
constexpr auto kDefinitionPoll = 300s;

struct ReferenceKind {
  DataKind kind;
  api::Resource resource;
  std::string_view label;  // in metrics and logs, apart from the ConfigMaps that are children
};
constexpr std::array kReferenceKinds{
    ReferenceKind{DataKind::kSecret, api::kSecret, "referenced-secrets"},
    ReferenceKind{DataKind::kConfigMap, api::kConfigMap, "referenced-configmaps"},
};

std::string managed_by_selector() {
  return std::string(blueprint::kManagedByLabel) + "=" + std::string(blueprint::kManagedBy);
}

// The sink of a definition's watch: whatever happens to the definition, someone should look.
class WakingSink final : public kube::RecordSink {
 public:
  explicit WakingSink(std::vector<kube::Reflector*> waiting) : waiting_(std::move(waiting)) {}

  void begin_list() override {}
  void listed(std::string_view) override { wake(); }
  void end_list(kube::ResourceVersion) override {}
  kube::ResourceVersion changed(std::string_view object) override {
    wake();
    return kube::decode_custom(object).record.resource_version;
  }
  kube::ResourceVersion removed(std::string_view object) override {
    return kube::decode_custom(object).record.resource_version;
  }
  void advanced(kube::ResourceVersion) override {}
  void cleared() override {}

 private:
  void wake() {
    for (kube::Reflector* const reflector : waiting_) reflector->wake();
  }

  const std::vector<kube::Reflector*> waiting_;
};

}  // namespace

// Tells when the resource appears or disappears as a whole.
class Watches::PresenceSink final : public kube::RecordSink {
 public:
  PresenceSink(std::unique_ptr<kube::RecordSink> inner, std::function<void()> on_presence)
      : inner_(std::move(inner)), on_presence_(std::move(on_presence)) {}

  void begin_list() override { inner_->begin_list(); }
  void listed(std::string_view object) override { inner_->listed(object); }
  void end_list(kube::ResourceVersion version) override {
    inner_->end_list(version);
    if (!std::exchange(present_, true)) on_presence_();
  }
  kube::ResourceVersion changed(std::string_view object) override {
    return inner_->changed(object);
  }
  kube::ResourceVersion removed(std::string_view object) override {
    return inner_->removed(object);
  }
  void advanced(kube::ResourceVersion version) override { inner_->advanced(version); }
  void cleared() override {
    inner_->cleared();
    if (std::exchange(present_, false)) on_presence_();
  }

 private:
  const std::unique_ptr<kube::RecordSink> inner_;
  const std::function<void()> on_presence_;
  bool present_ = false;
};

Watches::Watches(WatchContext context, runtime::WorkQueue& queue)
    : context_(std::move(context)), queue_(queue) {
  const kube::Scoping scoping =
      context_.namespaces.empty() ? kube::Scoping::kCluster : kube::Scoping::kNamespaces;
  blueprints_ = std::make_unique<BlueprintStore>(
      scoping, [this](const auto& key, const auto& before, const auto& after) {
        on_blueprint(key, before, after);
      });
  children_ = std::make_unique<Children>(
      scoping, [this](const auto& key, const auto& before, const auto& after) {
        on_child(key, before, after);
      });
  const std::vector<std::string> scopes =
      context_.namespaces.empty() ? std::vector<std::string>{""} : context_.namespaces;
  for (const std::string& scope : scopes) add_blueprint_watch(scope);
  for (Children::Child& child : children_->all()) {
    for (const std::string& scope : scopes) add_child_watch(child, scope);
    if (child.kind.presence == kube::Presence::kOptional) add_definition_watch(child);
  }
  add_reference_watches(scopes);
}

Watches::~Watches() { stop(); }

void Watches::start() {
  threads_.reserve(watches_.size());
  for (Watch& watch : watches_) {
    threads_.emplace_back(
        [reflector = watch.reflector.get()](const std::stop_token& stop) { reflector->run(stop); });
  }
}

void Watches::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

std::string Watches::unsynced() const { return missing(Need::kRequired); }

std::string Watches::missing(Need need) const {
  std::string missing;
  for (const Watch& watch : watches_) {
    if (watch.need != need) continue;
    const bool fresh =
        watch.reflector->absent() || context_.clock.now() - watch.reflector->last_heard() < kFresh;
    if (watch.reflector->synced() && fresh) continue;
    missing += missing.empty() ? "" : ", ";
    missing += watch.reflector->resource().plural;
    missing += watch.reflector->synced() ? " (no sign of life)" : " (not listed yet)";
  }
  return missing;
}

bool Watches::wait_until_synced(const std::stop_token& stop) {
  const auto until = context_.clock.now() + kAwaitedAtMost;
  while (!unsynced().empty() ||
         (!missing(Need::kAwaited).empty() && context_.clock.now() < until)) {
    if (!context_.clock.sleep_for(20ms, stop)) return false;
  }
  synced_ = true;
  return true;
}

void Watches::refresh_metrics() {
  context_.metrics.resource(api::kServiceBlueprint.plural)
      .cache_objects.set(static_cast<double>(blueprints_->size()));
  for (const Children::Child& child : children_->all()) {
    const auto count = static_cast<double>(child.store->size());
    context_.metrics.resource(child.kind.resource.plural).cache_objects.set(count);
    context_.metrics.managed_objects(child.kind.resource.plural).set(count);
  }
  for (const ReferenceKind& kind : kReferenceKinds) {
    const auto count = static_cast<double>(references_->store(kind.kind).size());
    context_.metrics.resource(kind.label).cache_objects.set(count);
  }
}

void Watches::add_blueprint_watch(const std::string& namespace_) {
  add(std::make_unique<kube::StoreSink<kube::CustomRecord>>(*blueprints_, namespace_,
                                                            kube::decode_custom),
      {.selection = {.resource = api::kServiceBlueprint, .namespace_ = namespace_}},
      Need::kRequired);
}

void Watches::add_child_watch(Children::Child& child, const std::string& namespace_) {
  std::unique_ptr<kube::RecordSink> sink = std::make_unique<kube::StoreSink<kube::ChildRecord>>(
      *child.store, namespace_, [identity = context_.identity](std::string_view object) {
        return kube::decode_child(object, identity);
      });
  if (child.kind.presence == kube::Presence::kOptional) {
    sink = std::make_unique<PresenceSink>(std::move(sink), [this] { on_presence(); });
  }
  kube::Reflector& reflector = add(std::move(sink),
                                   {.selection = {.resource = child.kind.resource,
                                                  .view = child.kind.view,
                                                  .namespace_ = namespace_,
                                                  .label_selector = managed_by_selector()},
                                    .presence = child.kind.presence},
                                   Need::kRequired);
  child.installed = [&reflector, others = child.installed] {
    return !reflector.absent() && others();
  };
}

void Watches::add_definition_watch(Children::Child& child) {
  std::vector<kube::Reflector*> waiting;
  for (const Watch& watch : watches_) {
    if (watch.reflector->resource() == child.kind.resource)
      waiting.push_back(watch.reflector.get());
  }
  const std::string name =
      std::string(child.kind.resource.plural) + "." + std::string(child.kind.resource.group);
  add(std::make_unique<WakingSink>(std::move(waiting)),
      {.selection = {.resource = api::kCustomResourceDefinition,
                     .view = kube::View::kMetadata,
                     .field_selector = "metadata.name=" + name},
       .presence = kube::Presence::kOptional,
       .absent_poll = kDefinitionPoll},
      Need::kHelpful);
}

void Watches::add_reference_watches(const std::vector<std::string>& scopes) {
  const auto& wanted = context_.reference_namespaces;
  const bool everywhere = std::ranges::find(wanted, kEverywhere) != wanted.end();
  const std::vector<std::string>& namespaces = everywhere ? scopes : wanted;
  const bool whole_cluster = everywhere && context_.namespaces.empty();
  references_ = std::make_unique<ReferenceCache>(
      whole_cluster ? kube::Scoping::kCluster : kube::Scoping::kNamespaces, context_.clock,
      [this](const api::ObjectKey& key) {
        if (synced_) queue_.add(key, runtime::Lane::kDrift);
      });
  for (const std::string& scope : namespaces) {
    for (const ReferenceKind& kind : kReferenceKinds) add_reference_watch(kind.kind, scope);
  }
}

void Watches::add_reference_watch(DataKind kind, const std::string& namespace_) {
  const ReferenceKind& watched = *std::ranges::find(kReferenceKinds, kind, &ReferenceKind::kind);
  auto store = std::make_unique<kube::StoreSink<kube::DataRecord>>(references_->store(kind),
                                                                   namespace_, kube::decode_data);
  const kube::Reflector& reflector =
      add(std::make_unique<PresenceSink>(std::move(store), [this] { on_presence(); }),
          {.selection = {.resource = watched.resource,
                         .view = kube::View::kMetadata,
                         .namespace_ = namespace_},
           .presence = kube::Presence::kOptional,
           .label = std::string(watched.label)},
          Need::kAwaited);
  references_->add_scope(kind, namespace_,
                         [&reflector] { return reflector.synced() && !reflector.absent(); });
}

kube::Reflector& Watches::add(std::unique_ptr<kube::RecordSink> sink, kube::ReflectorConfig config,
                              Need need) {
  auto reflector =
      std::make_unique<kube::Reflector>(context_.client, *sink, context_.clock, context_.random,
                                        context_.metrics, context_.log, std::move(config));
  return *watches_.emplace_back(Watch{std::move(sink), std::move(reflector), need}).reflector;
}

void Watches::on_blueprint(const api::ObjectKey& key,
                           const std::optional<kube::CustomRecord>& before,
                           const std::optional<kube::CustomRecord>& after) {
  if (!synced_) return queue_.add(key, runtime::Lane::kInitial);
  const bool same_spec =
      before && after && before->uid == after->uid && before->generation == after->generation;
  queue_.add(key, same_spec ? runtime::Lane::kDrift : runtime::Lane::kUser);
}

void Watches::on_child(const api::ObjectKey& key, const std::optional<kube::ChildRecord>& before,
                       const std::optional<kube::ChildRecord>& after) {
  if (!synced_) return;
  const std::string was = before ? before->owner_name : std::string();
  const std::string is = after ? after->owner_name : std::string();
  if (!was.empty()) queue_.add({key.namespace_, was}, runtime::Lane::kDrift);
  if (!is.empty() && is != was) queue_.add({key.namespace_, is}, runtime::Lane::kDrift);
  // Nobody's, but in the place of a child of the blueprint of that name, which may be waiting for
  // it to go.
  if (was.empty() && is.empty() && blueprints_->get(key)) queue_.add(key, runtime::Lane::kDrift);
}

void Watches::on_presence() {
  if (!synced_) return;
  for (const api::ObjectKey& key : blueprints_->keys()) queue_.add(key, runtime::Lane::kInitial);
}

}  // namespace controller
