#include "kube/pod_words.h"

#include <string_view>

#include "kube/json_reader.h"

namespace kube {
namespace {

using namespace reader;

Exit read_exit(object json) {
  Exit exit;
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "exitCode")
      exit.code = number_of(value);
    else if (key == "signal")
      exit.signal = number_of(value);
    else if (key == "reason")
      exit.reason = text_of(value);
    else if (key == "message")
      exit.message = text_of(value);
  });
  return exit;
}

void read_waiting(ContainerWords& container, object json) {
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "reason")
      container.waiting_reason = text_of(value);
    else if (key == "message")
      container.waiting_message = text_of(value);
  });
}

void read_state(ContainerWords& container, object json) {
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "waiting")
      read_waiting(container, object_of(value));
    else if (key == "running")
      container.running = true;
    else if (key == "terminated")
      container.exit = read_exit(object_of(value));
  });
}

ContainerWords read_container(object json, bool init) {
  ContainerWords container{.init = init};
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "name")
      container.name = text_of(value);
    else if (key == "ready")
      container.ready = truth_of(value);
    else if (key == "started")
      container.started = truth_of(value);
    else if (key == "state")
      read_state(container, object_of(value));
    else if (key == "lastState")
      for_each_member(object_of(value), [&](std::string_view state, auto details) {
        if (state == "terminated") container.last_exit = read_exit(object_of(details));
      });
  });
  return container;
}

void read_condition(PodWords& pod, object json) {
  std::string_view type;
  std::string_view status;
  std::string_view reason;
  std::string_view message;
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "type")
      type = text_of(value);
    else if (key == "status")
      status = text_of(value);
    else if (key == "reason")
      reason = text_of(value);
    else if (key == "message")
      message = text_of(value);
  });
  if (type == "Ready") pod.ready = status == "True";
  if (type == "PodScheduled" && status == "False" && reason == "Unschedulable")
    pod.unschedulable = message;
}

void read_status(PodWords& pod, object json) {
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "conditions")
      for_each_object(value, [&](object one) { read_condition(pod, one); });
    else if (key == "initContainerStatuses" || key == "containerStatuses")
      for_each_object(value, [&](object one) {
        pod.containers.push_back(read_container(one, key == "initContainerStatuses"));
      });
  });
}

void read_metadata(PodWords& pod, object json) {
  for_each_member(json, [&](std::string_view key, auto value) {
    if (key == "name")
      pod.name = text_of(value);
    else if (key == "creationTimestamp")
      pod.created = text_of(value);
    else if (key == "deletionTimestamp")
      pod.deleting = true;
    else if (key == "labels")
      for_each_member(object_of(value), [&](std::string_view label, auto text) {
        if (label == "pod-template-hash") pod.template_hash = text_of(text);
      });
  });
}

PodWords read_pod(std::string_view text) {
  thread_local simdjson::ondemand::parser json;
  simdjson::ondemand::document root;
  if (json.iterate(padded(text)).get(root) != SUCCESS) throw DecodeError("malformed pod");
  PodWords pod;
  for_each_member(object_of(root), [&](std::string_view key, auto value) {
    if (key == "metadata")
      read_metadata(pod, object_of(value));
    else if (key == "status")
      read_status(pod, object_of(value));
  });
  return pod;
}

}  // namespace

std::string decode_pods(std::string& body, std::vector<PodWords>& pods) {
  return parse_list(body, [&](std::string_view text) { pods.push_back(read_pod(text)); })
      .continue_token;
}

}  // namespace kube
