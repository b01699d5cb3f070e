#include "controller/pod_cause.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>

namespace controller {
namespace {

using kube::ContainerWords;
using kube::Exit;
using kube::PodWords;

// From the most to the least telling: what never goes away by itself comes first, and what may only
// be a matter of time last.
constexpr std::array<std::string_view, 6> kReasons{
    "CreateContainerConfigError", "ImagePullBackOff", "OOMKilled",
    "CrashLoopBackOff",           "Unschedulable",    "ProbeFailing",
};

std::size_t rank(const PodCause& cause) {
  return static_cast<std::size_t>(std::find(kReasons.begin(), kReasons.end(), cause.reason) -
                                  kReasons.begin());
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string named(const ContainerWords& container) {
  return (container.init ? "init container \"" : "container \"") + container.name + "\"";
}

// Says the same while the kubelet tries and while it waits for the next try: then its words are
// `Back-off pulling image "x": ErrImagePull: <the words of the try>`.
std::string pull_words(const std::string& message) {
  constexpr std::string_view kTry = "ErrImagePull: ";
  const std::size_t found = message.find(kTry);
  return found == std::string::npos ? message : message.substr(found + kTry.size());
}

std::string exit_words(const Exit& exit) {
  // Runtimes report a fatal signal as 128 + its number, as shells do.
  const std::int64_t signal = exit.signal != 0  ? exit.signal
                              : exit.code > 128 ? exit.code - 128
                                                : 0;
  std::string words = "exit code " + std::to_string(exit.code);
  if (signal > 0 && signal < 65) words += " (signal " + std::to_string(signal) + ")";
  return words;
}

PodCause crash(const ContainerWords& container, const Exit& exit) {
  if (exit.reason == "OOMKilled") {
    return {"OOMKilled", named(container) + " was killed for using more memory than its limit"};
  }
  if (exit.reason == "StartError" || exit.reason == "ContainerCannotRun")
    return {"CrashLoopBackOff", named(container) + " cannot be started: " + exit.message};
  return {"CrashLoopBackOff", named(container) + " ends again and again: " + exit_words(exit)};
}

bool failed(const Exit& exit) { return exit.code != 0 || exit.reason == "OOMKilled"; }

std::optional<PodCause> cause_of_waiting(const ContainerWords& container) {
  const std::string& reason = container.waiting_reason;
  if (one_of(reason, {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull",
                      "ImageInspectError", "RegistryUnavailable"})) {
    return PodCause{"ImagePullBackOff", named(container) + " cannot pull its image: " +
                                            pull_words(container.waiting_message)};
  }
  if (one_of(reason, {"CreateContainerConfigError", "CreateContainerError"})) {
    return PodCause{"CreateContainerConfigError",
                    named(container) + " cannot be created: " + container.waiting_message};
  }
  if (reason == "RunContainerError") {
    return PodCause{"CrashLoopBackOff",
                    named(container) + " cannot be started: " + container.waiting_message};
  }
  if (reason == "CrashLoopBackOff") return crash(container, container.last_exit.value_or(Exit{}));
  return std::nullopt;
}

std::optional<PodCause> cause_of(const ContainerWords& container, Patience patience) {
  if (container.ready) return std::nullopt;
  if (auto cause = cause_of_waiting(container)) return cause;
  if (container.exit && failed(*container.exit)) return crash(container, *container.exit);
  // Between two crashes it runs; that is no other cause.
  if (container.last_exit && failed(*container.last_exit))
    return crash(container, *container.last_exit);
  if (!container.running || container.init || patience == Patience::kStillStarting)
    return std::nullopt;
  return PodCause{"ProbeFailing", named(container) + " runs, but its " +
                                      (container.started ? "readiness" : "startup") +
                                      " probe does not succeed"};
}

// A rollout leaves pods of two templates side by side. The newest template is the one that was
// begun last: whose oldest pod is youngest. (The newest pod of all may replace an old one.)
std::string newest_template(const std::vector<PodWords>& pods) {
  std::map<std::string, std::string> begun;
  for (const PodWords& pod : pods) {
    if (pod.deleting) continue;
    const auto [found, inserted] = begun.try_emplace(pod.template_hash, pod.created);
    if (!inserted) found->second = std::min(found->second, pod.created);
  }
  const auto newest =
      std::max_element(begun.begin(), begun.end(), [](const auto& a, const auto& b) {
        return std::tie(a.second, a.first) < std::tie(b.second, b.first);
      });
  return newest == begun.end() ? std::string() : newest->first;
}

void add_causes(std::vector<PodCause>& causes, const PodWords& pod, Patience patience) {
  if (!pod.unschedulable.empty()) causes.push_back({"Unschedulable", pod.unschedulable});
  for (const ContainerWords& container : pod.containers) {
    if (auto cause = cause_of(container, patience)) causes.push_back(std::move(*cause));
  }
}

}  // namespace

std::optional<PodCause> choose_cause(const std::vector<PodWords>& pods, Patience patience) {
  const std::string hash = newest_template(pods);
  std::vector<PodCause> causes;
  for (const PodWords& pod : pods) {
    if (!pod.deleting && !pod.ready && pod.template_hash == hash) add_causes(causes, pod, patience);
  }
  const auto first =
      std::min_element(causes.begin(), causes.end(), [](const PodCause& a, const PodCause& b) {
        return std::make_pair(rank(a), a.message) < std::make_pair(rank(b), b.message);
      });
  return first == causes.end() ? std::nullopt : std::optional(*first);
}

bool is_pod_cause(const std::string& reason) {
  return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

}  // namespace controller
