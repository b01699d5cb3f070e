#include "support/scripted_transport.h"

#include <algorithm>
#include <stdexcept>

namespace support {
namespace {

bool holds(const std::vector<std::pair<std::string, std::string>>& all,
           const std::vector<std::pair<std::string, std::string>>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&all](const auto& pair) {
    return std::find(all.begin(), all.end(), pair) != all.end();
  });
}

std::string describe(const kube::Request& request) {
  std::string text(kube::to_string(request.method));
  text += ' ';
  text += request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    text.append(1, separator).append(name).append(1, '=').append(value);
    separator = '&';
  }
  return text;
}

}  // namespace

ScriptedTransport::Rule ScriptedTransport::on(kube::Method method, std::string path) {
  const std::scoped_lock lock(mutex_);
  scripts_.push_back(std::make_unique<Script>(Script{method, std::move(path), {}, {}}));
  return {*this, *scripts_.back()};
}

Step ScriptedTransport::take(const kube::Request& request) {
  const std::scoped_lock lock(mutex_);
  requests_.push_back(request);
  changed_.notify_all();
  for (const auto& script : scripts_) {
    if (script->steps.empty() || script->method != request.method) continue;
    if (script->path != request.path || !holds(request.query, script->query)) continue;
    Step step = std::move(script->steps.front());
    script->steps.pop_front();
    return step;
  }
  throw std::logic_error("nothing is scripted for " + describe(request));
}

kube::Response ScriptedTransport::finish(const Step& step, const kube::Request& request,
                                         const std::stop_token& stop) {
  if (step.end == Step::End::kAnswer) return step.response;
  if (step.end == Step::End::kFault) {
    throw kube::TransportError(step.fault, "scripted fault for " + describe(request));
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [] { return false; });
  throw kube::TransportError(kube::Fault::kCancelled, "stopped: " + describe(request));
}

kube::Response ScriptedTransport::send(const kube::Request& request, const std::stop_token& stop) {
  const Step step = take(request);
  if (step.before) step.before();
  return finish(step, request, stop);
}

kube::Response ScriptedTransport::stream(const kube::Request& request,
                                         const kube::OnBytes& on_bytes,
                                         const std::stop_token& stop) {
  Step step = take(request);
  if (step.before) step.before();
  if (step.response.status == 200 && !step.response.body.empty()) {
    step.blocks.push_back(std::move(step.response.body));
    step.response.body.clear();
  }
  const bool answers = !step.blocks.empty() || step.end == Step::End::kAnswer;
  if (step.response.status == 200 && answers) on_bytes({});
  for (const std::string& block : step.blocks) {
    const auto silence = on_bytes(block);
    const std::scoped_lock lock(mutex_);
    silences_.push_back(silence);
  }
  return finish(step, request, stop);
}

std::vector<kube::Request> ScriptedTransport::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::vector<std::chrono::milliseconds> ScriptedTransport::silences() const {
  const std::scoped_lock lock(mutex_);
  return silences_;
}

bool ScriptedTransport::wait_for_requests(std::size_t count, std::chrono::seconds bound) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, bound, [this, count] { return requests_.size() >= count; });
}

std::size_t ScriptedTransport::steps_left() const {
  const std::scoped_lock lock(mutex_);
  std::size_t left = 0;
  for (const auto& script : scripts_) left += script->steps.size();
  return left;
}

template <typename Change>
ScriptedTransport::Rule& ScriptedTransport::Rule::change_last(const Change& change) {
  const std::scoped_lock lock(transport_.mutex_);
  if (script_.steps.empty()) throw std::logic_error("the rule has no step left to change");
  change(script_.steps.back());
  return *this;
}

ScriptedTransport::Rule& ScriptedTransport::Rule::with_query(std::string name, std::string value) {
  const std::scoped_lock lock(transport_.mutex_);
  script_.query.emplace_back(std::move(name), std::move(value));
  return *this;
}

ScriptedTransport::Rule& ScriptedTransport::Rule::step(Step step) {
  const std::scoped_lock lock(transport_.mutex_);
  script_.steps.push_back(std::move(step));
  return *this;
}

ScriptedTransport::Rule& ScriptedTransport::Rule::answer(
    int status, std::string body, std::optional<std::chrono::seconds> retry_after) {
  Step next;
  next.response = {status, std::move(body), retry_after};
  return step(std::move(next));
}

ScriptedTransport::Rule& ScriptedTransport::Rule::fault(kube::Fault fault) {
  Step next;
  next.end = Step::End::kFault;
  next.fault = fault;
  return step(std::move(next));
}

ScriptedTransport::Rule& ScriptedTransport::Rule::stream(std::vector<std::string> blocks) {
  Step next;
  next.blocks = std::move(blocks);
  return step(std::move(next));
}

ScriptedTransport::Rule& ScriptedTransport::Rule::then_fault(kube::Fault fault) {
  return change_last([fault](Step& step) {
    step.end = Step::End::kFault;
    step.fault = fault;
  });
}

ScriptedTransport::Rule& ScriptedTransport::Rule::then_block() {
  return change_last([](Step& step) { step.end = Step::End::kBlock; });
}

ScriptedTransport::Rule& ScriptedTransport::Rule::block() {
  Step next;
  next.end = Step::End::kBlock;
  return step(std::move(next));
}

ScriptedTransport::Rule& ScriptedTransport::Rule::before(std::function<void()> hook) {
  return change_last([&hook](Step& step) { step.before = std::move(hook); });
}

}  // namespace support
