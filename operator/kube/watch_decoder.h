#pragma once

// Bytes of a watch stream -> lines -> frames. A watch is one JSON object a line, {"type": ...,
// "object": {...}} (Kubernetes API concepts, "Efficient detection of changes"); blocks of the
// stream end anywhere, also inside UTF-8.
//
// Nothing here builds a DOM: a frame is a view into the line, and what wants the object parses just
// what it looks at.

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kube {

// Bytes that must be readable behind a text that is handed to simdjson.
inline constexpr std::size_t kJsonPadding = 64;

// The stream is not what an API server sends; reconnecting is the cure.
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class LineSplitter {
 public:
  static constexpr std::size_t kMaxLine = 8U << 20U;

  LineSplitter() = default;
  ~LineSplitter();
  LineSplitter(const LineSplitter&) = delete;
  LineSplitter& operator=(const LineSplitter&) = delete;

  // Appends a block. Throws DecodeError when a line exceeds kMaxLine.
  void append(std::string_view block);
  // The next whole line without its end, or empty. The view is valid until the next call, and
  // kJsonPadding bytes behind it may be read. What was never ended by '\n' is never returned: a cut
  // stream loses its torso, not more. Lines are overwritten once they are out of use.
  std::optional<std::string_view> next();

 private:
  void drop_used();

  std::string buffer_;
  std::size_t begin_ = 0;    // of the line being collected
  std::size_t scanned_ = 0;  // no '\n' in [begin_, scanned_)
};

enum class FrameType { kAdded, kModified, kDeleted, kBookmark, kError };

struct Frame {
  FrameType type;
  std::string_view object;  // the object's JSON text
};

// Throws DecodeError when `line` is not a frame.
Frame parse_frame(std::string_view line);

// What a BOOKMARK says.
struct Bookmark {
  std::string resource_version;
  bool initial_events_end = false;  // annotation k8s.io/initial-events-end
};
Bookmark parse_bookmark(std::string_view object);

// The `code` of the metav1.Status that an ERROR frame carries; 0 when it has none.
int parse_error_code(std::string_view object);

// A page of a LIST.
struct ListPage {
  std::string resource_version;  // of the list, not of an item: where a watch goes on
  std::string continue_token;    // empty on the last page
};

// Visits each item's JSON text, which kJsonPadding readable bytes follow. `body` is only given room
// for those.
ListPage parse_list(std::string& body, const std::function<void(std::string_view)>& visit);

}  // namespace kube
