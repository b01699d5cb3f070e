#include "blueprint/labels.h"

#include "blueprint/syntax.h"

namespace blueprint {

api::StringMap selector_labels(const std::string& blueprint_name) {
  return {{"app.kubernetes.io/instance", blueprint_name},
          {"app.kubernetes.io/name", blueprint_name}};
}

std::string selector_string(const std::string& blueprint_name) {
  std::string selector;
  for (const auto& [label, value] : selector_labels(blueprint_name)) {
    selector.append(selector.empty() ? "" : ",").append(label).append("=").append(value);
  }
  return selector;
}

std::string label_value(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  while (!text.empty() && !is_alphanumeric(text.front())) text.remove_prefix(1);
  std::string value(text.substr(0, kLongest));
  while (!value.empty() && !is_alphanumeric(value.back())) value.pop_back();
  for (char& letter : value) {
    if (!is_alphanumeric(letter) && letter != '_' && letter != '.') letter = '-';
  }
  return value;
}

}  // namespace blueprint
