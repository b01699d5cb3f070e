#pragma once

// Clearing of buffers that may have held a Secret's value, in a way that the compiler keeps.
// Metadata of Secrets can carry values (kubectl's last-applied annotation), and the same buffers
// serve all answers, so all of them are cleared: it costs a pass over memory that was just read.
// What the HTTP and TLS libraries have in their own buffers is beyond reach; it is overwritten by
// what they receive next.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace kube {

// A text that is wiped when it goes out of scope, by whatever way.
struct WipedText {
  WipedText() = default;
  explicit WipedText(std::string value) : text(std::move(value)) {}
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  ~WipedText();

  std::string text;
};

// Overwrites the text with zeros; it is empty then and keeps its capacity.
void wipe(std::string& text);

// Takes `count` bytes away from the front and leaves no copy of what moved forward.
// REQUIRES: count <= text.size().
void wipe_front(std::string& text, std::size_t count);

// Appends with at least `padding` readable bytes behind, and leaves no copy of the text in the
// memory that it outgrows.
void append_wiping(std::string& text, std::string_view more, std::size_t padding = 0);

}  // namespace kube
