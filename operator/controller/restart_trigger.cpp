#include "controller/restart_trigger.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "api/digest.h"

namespace controller {
namespace {

constexpr std::size_t kDigits = 8;
constexpr std::size_t kPairLength = 2 * kDigits + 1;
constexpr std::string_view kAbsent = "--------";

// Half a digest: enough to tell the few references of one blueprint, and one change of them, apart.
std::string short_hex(std::uint64_t digest) { return api::to_hex(digest).substr(kDigits); }

std::string id_of(const Reference& reference) {
  const char* const kind = reference.kind == DataKind::kSecret ? "Secret" : "ConfigMap";
  return short_hex(api::Digest().add(kind).add(reference.name).value());
}

// Empty: nothing to remember. A required object that is missing holds back the pods, which know
// nothing of it yet.
std::string content_of(const Reference& reference, const Sight& sight) {
  if (sight.state == Sight::State::kThere) return short_hex(sight.record.content);
  const bool known_absent = sight.state == Sight::State::kMissing && !reference.required;
  return std::string(known_absent ? kAbsent : std::string_view());
}

}  // namespace

SeenReferences SeenReferences::parse(const std::string& text, Rewrites rewrites) {
  SeenReferences seen;
  for (std::size_t at = 0; at + kPairLength <= text.size(); at += kPairLength + 1) {
    seen.contents_[text.substr(at, kDigits)] = text.substr(at + kDigits + 1, kDigits);
  }
  if (seen.text() != text) return {};
  seen.rewrites_ = std::move(rewrites);
  return seen;
}

std::string SeenReferences::text() const {
  std::string text;
  for (const auto& [name, content] : contents_) {
    if (!text.empty()) text += ',';
    text.append(name).append(":").append(content);
  }
  return text;
}

SeenReferences SeenReferences::updated(const std::vector<Reference>& references,
                                       const Look& look) const {
  SeenReferences next;
  for (const Reference& reference : references) {
    if (!reference.restarts) continue;
    const std::string id = id_of(reference);
    const auto before = contents_.find(id);
    const Sight sight = look(reference.kind, reference.name);
    if (before != contents_.end() && sight.state != Sight::State::kThere) {
      next.contents_.insert(*before);
    } else if (std::string content = content_of(reference, sight); !content.empty()) {
      next.contents_[id] = std::move(content);
    }
    if (sight.rewritten != 0) next.rewrites_[id] = sight.rewritten;
  }
  return next;
}

bool SeenReferences::differs_from(const SeenReferences& newer) const {
  return std::any_of(contents_.begin(), contents_.end(), [&](const auto& entry) {
    const auto& [id, content] = entry;
    const auto found = newer.contents_.find(id);
    if (found != newer.contents_.end() && found->second != content) return true;
    const auto rewrite = newer.rewrites_.find(id);
    const auto taken = rewrites_.find(id);
    return rewrite != newer.rewrites_.end() &&
           (taken == rewrites_.end() || taken->second != rewrite->second);
  });
}

std::string SeenReferences::trigger() const {
  api::Digest digest;
  digest.add(text());
  for (const auto& [id, version] : rewrites_) digest.add(id).add(std::to_string(version));
  return api::to_hex(digest.value());
}

RestartPlan plan_restart(const RestartMemory& memory, const std::vector<Reference>& references,
                         const Look& look, const RestartNotes& notes, const Moment& moment) {
  const SeenReferences before = SeenReferences::parse(memory.seen, notes.rewrites);
  const SeenReferences now = before.updated(references, look);
  const RestartMemory taken{now.text(), now.trigger()};
  if (!before.differs_from(now) || taken == memory) {
    return {.memory = {taken.seen, memory.trigger},
            .rendered = memory.trigger,
            .notes = {.pending = {}, .rewrites = now.rewrites()}};
  }
  if (moment.template_changes)
    return {.memory = taken, .rendered = taken.trigger, .notes = {{}, notes.rewrites}};
  const PendingChange waiting =
      notes.pending && notes.pending->seen == now ? *notes.pending : PendingChange{now, moment.now};
  const auto waited = moment.now - waiting.since;
  RestartPlan plan{
      .memory = memory, .rendered = memory.trigger, .notes = {waiting, notes.rewrites}};
  if (waited >= kSettleTime) plan.memory = taken;
  plan.again = std::max<std::chrono::nanoseconds>(kSettleTime - waited, {});
  return plan;
}

}  // namespace controller
