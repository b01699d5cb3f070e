#include "controller/cause_finder.h"

#include <algorithm>
#include <utility>

#include "blueprint/labels.h"
#include "kube/watch_decoder.h"

namespace controller {
namespace {

using namespace std::chrono_literals;

constexpr int kPageSize = 20;
constexpr int kPages = 5;
constexpr std::chrono::seconds kFirstDelay = 5s;
constexpr std::chrono::seconds kLongestDelay = 60s;
// A container that is not ready at this look has had half a minute for its probes.
constexpr int kOverdueLook = 2;

}  // namespace

CauseFinder::Finding CauseFinder::find(const api::ObjectKey& key,
                                       const kube::ChildRecord& deployment, bool known,
                                       const telemetry::Log& log, const std::stop_token& stop) {
  Search search = begin(key, deployment, known);
  if (search.next <= clock_.now()) look(key, search, log, stop);
  Finding finding{search.cause, search.next - clock_.now()};
  searches_.with([&](auto& searches) { searches[key] = std::move(search); });
  return finding;
}

void CauseFinder::forget(const api::ObjectKey& key) {
  searches_.with([&](auto& searches) { searches.erase(key); });
}

CauseFinder::Search CauseFinder::begin(const api::ObjectKey& key,
                                       const kube::ChildRecord& deployment, bool known) const {
  const kube::DeploymentWords words = deployment.deployment.value_or(kube::DeploymentWords());
  auto found = searches_.with([&](const auto& searches) -> std::optional<Search> {
    const auto search = searches.find(key);
    return search == searches.end() ? std::nullopt : std::optional(search->second);
  });
  const base::SteadyTime soon = clock_.now() + kFirstDelay;
  if (!found || found->uid != deployment.uid || found->words.generation != words.generation) {
    return {.uid = deployment.uid,
            .words = words,
            .next = known ? clock_.now() : soon,
            .delay = kFirstDelay,
            .looks = known ? kOverdueLook : 0,
            .cause = {}};
  }
  if (found->words != words) {
    found->words = words;
    found->delay = kFirstDelay;
    found->next = std::min(found->next, soon);
  }
  return std::move(*found);
}

void CauseFinder::look(const api::ObjectKey& key, Search& search, const telemetry::Log& log,
                       const std::stop_token& stop) {
  search.delay = std::min(search.delay * 2, kLongestDelay);
  search.next = clock_.now() + search.delay;
  const Patience patience =
      search.looks >= kOverdueLook ? Patience::kOverdue : Patience::kStillStarting;
  ++search.looks;
  try {
    ask_pods(key, patience, search.cause, log, stop);
  } catch (const kube::TransportError& error) {
    log.debug("pods not listed", {{"error", error.what()}});
  }
}

void CauseFinder::ask_pods(const api::ObjectKey& key, Patience patience,
                           std::optional<PodCause>& cause, const telemetry::Log& log,
                           const std::stop_token& stop) {
  std::vector<kube::PodWords> pods;
  std::string next;
  for (int page = 0; page < kPages; ++page) {
    kube::Response answer = client_.list({.resource = api::kPod,
                                          .namespace_ = key.namespace_,
                                          .label_selector = blueprint::selector_string(key.name)},
                                         kPageSize, next, kube::WhenDown::kFail, stop);
    if (answer.status != 200) {
      log.debug("pods not listed", {{"error", kube::parse_error(answer).message}});
      return;
    }
    next = kube::decode_pods(answer.body, pods);
    cause = choose_cause(pods, patience);
    if (cause || next.empty()) return;
  }
}

}  // namespace controller
