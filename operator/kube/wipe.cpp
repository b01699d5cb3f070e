#include "kube/wipe.h"

#include <cstring>

namespace kube {

WipedText::~WipedText() { wipe(text); }

void wipe(std::string& text) {
  explicit_bzero(text.data(), text.size());
  text.clear();
}

void wipe_front(std::string& text, std::size_t count) {
  const std::size_t rest = text.size() - count;
  std::memmove(text.data(), text.data() + count, rest);
  explicit_bzero(text.data() + rest, count);
  text.resize(rest);
}

void append_wiping(std::string& text, std::string_view more, std::size_t padding) {
  const std::size_t needed = text.size() + more.size() + padding;
  if (text.capacity() < needed) {
    std::string grown;
    grown.reserve(needed + needed / 2);
    grown.append(text);
    wipe(text);
    text.swap(grown);
  }
  text.append(more);
}

}  // namespace kube
