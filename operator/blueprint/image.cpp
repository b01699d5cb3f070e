#include "blueprint/image.h"

namespace blueprint {

ImageReference parse_image(std::string_view image) {
  ImageReference parts;
  const std::size_t at = image.find('@');
  if (at != std::string_view::npos) {
    parts.digest = image.substr(at + 1);
    parts.digest.remove_prefix(parts.digest.find(':') + 1);
    image = image.substr(0, at);
  }
  // A colon before the last slash belongs to the registry's port.
  const std::size_t slash = image.rfind('/');
  const std::size_t colon = image.rfind(':');
  const bool tagged =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  if (tagged) parts.tag = image.substr(colon + 1);
  return parts;
}

std::string pull_policy_of(const api::BlueprintSpec& spec) {
  return spec.image_pull_policy ? *spec.image_pull_policy
                                : pull_policy_of(spec.image, spec.defaults);
}

std::string pull_policy_of(std::string_view image, const api::Defaults& defaults) {
  if (defaults.image_pull_policy) return *defaults.image_pull_policy;
  const auto [tag, digest] = parse_image(image);
  const bool fixed = !digest.empty() || (!tag.empty() && tag != "latest");
  return fixed ? "IfNotPresent" : "Always";
}

}  // namespace blueprint
