#include "controller/restart_trigger.h"

#include <algorithm>
#include <string_view>

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

SeenReferences SeenReferences::parse(const std::string& text) {
  SeenReferences seen;
  for (std::size_t at = 0; at + kPairLength <= text.size(); at += kPairLength + 1) {
    seen.contents_[text.substr(at, kDigits)] = text.substr(at + kDigits + 1, kDigits);
  }
  return seen.text() == text ? seen : SeenReferences{};
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
  }
  return next;
}

bool SeenReferences::differs_from(const SeenReferences& newer) const {
  return std::any_of(contents_.begin(), contents_.end(), [&](const auto& entry) {
    const auto found = newer.contents_.find(entry.first);
    return found != newer.contents_.end() && found->second != entry.second;
  });
}

std::string SeenReferences::trigger() const { return api::to_hex(api::digest_of(text())); }

RestartPlan plan_restart(const RestartMemory& memory, const std::vector<Reference>& references,
                         const Look& look, const std::optional<PendingChange>& pending,
                         const Moment& moment) {
  const SeenReferences before = SeenReferences::parse(memory.seen);
  const SeenReferences now = before.updated(references, look);
  if (!before.differs_from(now)) {
    return {.memory = {now.text(), memory.trigger}, .rendered = memory.trigger};
  }
  const RestartMemory taken{now.text(), now.trigger()};
  if (moment.template_changes) return {.memory = taken, .rendered = taken.trigger};
  const PendingChange waiting =
      pending && pending->seen == now ? *pending : PendingChange{now, moment.now};
  const auto waited = moment.now - waiting.since;
  RestartPlan plan{.memory = memory, .rendered = memory.trigger, .pending = waiting};
  if (waited >= kSettleTime) plan.memory = taken;
  plan.again = std::max<std::chrono::nanoseconds>(kSettleTime - waited, {});
  return plan;
}

}  // namespace controller
