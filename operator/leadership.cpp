#include "leadership.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <thread>

#include "api/digest.h"
#include "base/backoff.h"
#include "kube/cpprest_transport.h"
#include "runtime/leader_elector.h"

namespace {

using namespace std::chrono_literals;

// Of manifests/.
constexpr const char* kOwnNamespace = "serviceblueprint-system";
// As controller-runtime gives it: the process should have ended long before.
constexpr auto kTolerance = 20s;

// As client-go does it: two tries fit into the renew deadline.
std::chrono::milliseconds request_timeout(const options::Options::LeaderElection& options) {
  return std::max<std::chrono::milliseconds>(1s, options.renew_deadline / 2);
}

std::string namespace_of(const Leadership::Context& context) {
  if (!context.options.resource_namespace.empty()) return context.options.resource_namespace;
  return context.config.in_cluster ? context.config.namespace_name : kOwnNamespace;
}

// Another one after each start, also in the same pod.
std::string identity(const std::string& host_name) {
  std::random_device device;
  const auto half = [&device] {
    return api::to_hex((static_cast<std::uint64_t>(device()) << 32U) | device());
  };
  return host_name + "_" + half() + half();
}

kube::ClientOptions client_options(const Leadership::Context& context) {
  kube::ClientOptions options = context.client;
  options.request_timeout = request_timeout(context.options);
  return options;
}

runtime::LeaderElectorOptions elector_options(const Leadership::Context& context) {
  return {.lease = {namespace_of(context), context.options.resource_name},
          .identity = identity(context.host_name),
          .lease_duration = context.options.lease_duration,
          .renew_deadline = context.options.renew_deadline,
          .retry_period = context.options.retry_period};
}

}  // namespace

struct Leadership::Election {
  explicit Election(const Context& context)
      : transport(context.config, context.credentials, context.clock,
                  context.user_agent + "/leader-election"),
        client(transport, context.metrics, context.clock, client_options(context)),
        elector(client, context.clock, base::system_random, context.fence,
                context.metrics.leader_status(context.options.resource_name), context.log,
                elector_options(context)) {}

  kube::CpprestTransport transport;
  kube::Client client;
  runtime::LeaderElector elector;
};

Leadership::Leadership(const Context& context)
    : fence_(context.fence),
      log_(context.log),
      election_(context.options.enabled ? std::make_unique<Election>(context) : nullptr) {}

Leadership::~Leadership() = default;

void Leadership::run(const std::function<void()>& work, const std::stop_token& stop,
                     const std::stop_token& abort) {
  if (!election_) {
    fence_.open_always();
    work();
    return;
  }
  runtime::LeaderElector& elector = election_->elector;
  if (!elector.acquire(stop, abort)) return;
  {
    // Renews until the last worker has drained.
    const std::jthread renewal([this, &elector, &abort](const std::stop_token& end) {
      if (elector.renew(end, abort) == runtime::LeaderElector::End::kStopped) return;
      log_.flush();
      std::_Exit(EXIT_FAILURE);
    });
    work();
  }
  elector.release(abort);
}

std::string Leadership::stuck() const {
  if (!election_ || !election_->elector.overdue(kTolerance)) return {};
  return "the lease is not renewed";
}

std::string Leadership::problem() const {
  return election_ ? election_->elector.problem() : std::string();
}
