#pragma once

// Of a pod, only what tells why a service does not get ready: its spec is passed over unparsed, so
// the values of its variables are never read.
//
// Source: core/v1 PodStatus and ContainerStatus; the waiting reasons are the kubelet's
// (pkg/kubelet/images, pkg/kubelet/kuberuntime).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kube {

// How a container's process ended.
struct Exit {
  std::int64_t code = 0;
  std::int64_t signal = 0;  // 0: unknown, or none
  std::string reason;       // OOMKilled, Error, Completed, StartError
  std::string message;

  bool operator==(const Exit&) const = default;
};

struct ContainerWords {
  std::string name;
  bool init = false;  // of initContainers; native sidecars are there, too
  bool ready = false;
  bool started = false;  // its startup probe has succeeded, or it has none
  bool running = false;
  std::string waiting_reason;
  std::string waiting_message;
  std::optional<Exit> exit;       // it has ended
  std::optional<Exit> last_exit;  // of the run before this one
};

struct PodWords {
  std::string name;
  std::string created;        // RFC 3339 in UTC: sorts as text
  std::string template_hash;  // label pod-template-hash
  bool deleting = false;
  bool ready = false;
  std::string unschedulable;  // the scheduler's words while no node fits
  std::vector<ContainerWords> containers;
};

// `body` is the answer to a list of pods; it is only given room for the parser. Appends its pods
// and returns the token of the next page, empty on the last. Throws DecodeError.
std::string decode_pods(std::string& body, std::vector<PodWords>& pods);

}  // namespace kube
