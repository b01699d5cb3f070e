#include <algorithm>
#include <set>

#include "blueprint/labels.h"
#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"

namespace blueprint {
namespace {

bool has_white_space(std::string_view text) {
  return text.find_first_of(" \t\r\n\v\f") != std::string_view::npos;
}

void check_name(const std::string& name, Problems& problems) {
  constexpr std::size_t kLongest = 52;
  problems.require(is_dns1035_label(name) && name.size() <= kLongest, "metadata.name",
                   "must be at most 52 lower-case letters, digits and '-', begin with a letter and "
                   "end with a letter or "
                   "digit, as the Service has the same name");
  problems.require(
      name != "default", "metadata.name",
      "must not be \"default\", which is the name of the namespace's own ServiceAccount");
}

void check_pull_secrets(const std::vector<std::string>& names, Problems& problems) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string path = entry_path("spec.imagePullSecrets", i, ".name");
    problems.require(is_dns1123_subdomain(names[i]), path, kObjectNameForm);
    problems.require(seen.insert(names[i]).second, path,
                     "must differ from the names of the other entries");
  }
}

enum class Values { kLabel, kAny };

bool is_reserved_label(std::string_view key) {
  return key.starts_with("app.kubernetes.io/") && key != "app.kubernetes.io/part-of" &&
         key != "app.kubernetes.io/component";
}

void check_map(const api::StringMap& map, Values values, std::string_view path,
               Problems& problems) {
  for (const auto& [key, value] : map) {
    const std::string place = keyed_path(path, key);
    problems.require(is_qualified_name(key), place,
                     "the key must be a name of at most 63 letters, digits, '-', '_' and '.', or a "
                     "domain, '/' and such a name");
    problems.require(!key.starts_with("serviceblueprint.dev/"), place,
                     "keys under serviceblueprint.dev/ are set by the operator and not allowed");
    if (values == Values::kAny) continue;
    problems.require(!is_reserved_label(key), place,
                     "of the keys under app.kubernetes.io/ only app.kubernetes.io/part-of and "
                     "app.kubernetes.io/component are allowed; the others are set by the operator");
    problems.require(is_label_value(value), place,
                     "the value must be at most 63 letters, digits, '-', '_' and '.', beginning "
                     "and ending with a letter "
                     "or digit");
  }
}

}  // namespace

void check_image(const std::string& image, std::string_view path, Problems& problems) {
  problems.require(!image.empty() && !has_white_space(image), path,
                   "must be the name of an image, with its tag or digest, without white space");
}

void check_identity(const api::Blueprint& blueprint, Problems& problems) {
  const api::BlueprintSpec& spec = blueprint.spec;
  check_name(blueprint.key.name, problems);
  check_image(spec.image, "spec.image", problems);
  check_pull_secrets(spec.image_pull_secrets, problems);
  problems.require(!spec.version || !label_value(*spec.version).empty(), "spec.version",
                   "must contain a letter or digit");
  problems.require(!spec.owner || is_label_value(*spec.owner), "spec.owner",
                   "must be a label value: at most 63 letters, digits, '-', '_' and '.', beginning "
                   "and ending with a "
                   "letter or digit");
  const api::ServiceAccount& account = spec.service_account;
  problems.require(!account.name || is_dns1123_subdomain(*account.name), "spec.serviceAccount.name",
                   kObjectNameForm);
  problems.require(!account.name || account.annotations.empty(), "spec.serviceAccount.annotations",
                   "only allowed for the dedicated ServiceAccount, that is without name");
}

void check_metadata(const api::BlueprintSpec& spec, Problems& problems) {
  check_map(spec.labels, Values::kLabel, "spec.labels", problems);
  check_map(spec.annotations, Values::kAny, "spec.annotations", problems);
  check_map(spec.pod_labels, Values::kLabel, "spec.podLabels", problems);
  check_map(spec.pod_annotations, Values::kAny, "spec.podAnnotations", problems);
  check_map(spec.monitoring.labels, Values::kLabel, "spec.monitoring.labels", problems);
  check_map(spec.service_account.annotations, Values::kAny, "spec.serviceAccount.annotations",
            problems);
}

}  // namespace blueprint
