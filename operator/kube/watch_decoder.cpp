#include "kube/watch_decoder.h"

#include <array>
#include <utility>

#include "kube/json_reader.h"
#include "kube/wipe.h"

namespace kube {
namespace {

using namespace reader;
using simdjson::ondemand::document;
using simdjson::ondemand::parser;

constexpr std::array<std::pair<std::string_view, FrameType>, 5> kFrameTypes{
    {{"ADDED", FrameType::kAdded},
     {"MODIFIED", FrameType::kModified},
     {"DELETED", FrameType::kDeleted},
     {"BOOKMARK", FrameType::kBookmark},
     {"ERROR", FrameType::kError}}};

// A string member, or nothing.
std::string text_at(object& json, const char* key) {
  std::string_view text;
  if (json.find_field_unordered(key).get_string().get(text) != SUCCESS) return {};
  return std::string(text);
}

FrameType frame_type(std::string_view name) {
  for (const auto& [text, type] : kFrameTypes) {
    if (text == name) return type;
  }
  throw DecodeError("unknown watch event type");
}

void parse(parser& json, document& root, std::string_view text) {
  if (json.iterate(padded(text)).get(root) != SUCCESS) throw DecodeError("malformed JSON");
}

}  // namespace

LineSplitter::~LineSplitter() { wipe(buffer_); }

void LineSplitter::drop_used() {
  wipe_front(buffer_, begin_);
  scanned_ -= begin_;
  begin_ = 0;
}

void LineSplitter::append(std::string_view block) {
  if (begin_ > 0) drop_used();
  // Room behind the text, so that the last line has its padding too.
  append_wiping(buffer_, block, kJsonPadding);
}

std::optional<std::string_view> LineSplitter::next() {
  const std::size_t end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    if (begin_ > 0) drop_used();
    if (scanned_ - begin_ > kMaxLine) throw DecodeError("a watch event is larger than 8 MiB");
    return std::nullopt;
  }
  const std::string_view line(buffer_.data() + begin_, end - begin_);
  begin_ = scanned_ = end + 1;
  return line;
}

Frame parse_frame(std::string_view line) {
  // One parser a thread keeps its buffers between events.
  thread_local parser json;
  document event;
  parse(json, event, line);
  const FrameType type = frame_type(text_of(event["type"]));
  return {type, raw_of(object_of(event["object"]))};
}

Bookmark parse_bookmark(std::string_view text) {
  parser json;
  document root;
  parse(json, root, text);
  object metadata = object_of(root["metadata"]);
  Bookmark bookmark{text_at(metadata, "resourceVersion"), false};
  object annotations;
  bookmark.initial_events_end =
      metadata.find_field_unordered("annotations").get_object().get(annotations) == SUCCESS &&
      text_at(annotations, "k8s.io/initial-events-end") == "true";
  if (bookmark.resource_version.empty()) throw DecodeError("a bookmark has no resourceVersion");
  return bookmark;
}

int parse_error_code(std::string_view text) {
  parser json;
  document root;
  parse(json, root, text);
  std::int64_t code = 0;
  return root["code"].get_int64().get(code) == SUCCESS ? static_cast<int>(code) : 0;
}

ListPage parse_list(std::string& body, const std::function<void(std::string_view)>& visit) {
  append_wiping(body, {}, kJsonPadding);
  parser json;
  document root;
  parse(json, root, body);
  object metadata = object_of(root["metadata"]);
  ListPage page{text_at(metadata, "resourceVersion"), text_at(metadata, "continue")};
  for_each_object(root["items"], [&](object item) { visit(raw_of(item)); });
  return page;
}

}  // namespace kube
