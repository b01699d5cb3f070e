#include <array>

#include "api/blueprint_parts.h"

namespace api {
namespace {

constexpr std::array<std::string_view, 2> kOnChange{"Restart", "Ignore"};
constexpr std::array<std::string_view, 1> kMedia{"Memory"};
constexpr WholeNumber kFileMode{0, 0777};

MountedKey read_mounted_key(const Cursor& at) {
  return {.key = at.required("key", read_filled_text),
          .path = at.required("path", read_filled_text)};
}

OnChange read_on_change(const Cursor& at) {
  return OneOf{kOnChange}(at) == "Ignore" ? OnChange::kIgnore : OnChange::kRestart;
}

EmptyDir read_empty_dir(const Cursor& at) {
  return {.medium = at.optional("medium", OneOf{kMedia}),
          .size_limit = at.value_or_empty("sizeLimit", read_quantity)};
}

PersistentVolumeClaim read_claim(const Cursor& at) {
  return {.claim_name = at.required("claimName", read_filled_text)};
}

}  // namespace

nlohmann::json read_env_var(const Cursor& at) {
  at.required("name", read_filled_text);
  const std::string value = at.value_or_empty("value", read_text);
  const auto source = at.optional("valueFrom", read_object);
  at.check(!source || value.empty(), "only one of value and valueFrom is allowed");
  at.check(!source || source->size() == 1,
           "valueFrom must have exactly one of fieldRef, resourceFieldRef, configMapKeyRef and "
           "secretKeyRef");
  return at.value().is_object() ? read_object(at) : nlohmann::json::object();
}

DataSource read_data_source(const Cursor& at) {
  DataSource source;
  source.name = at.required("name", read_filled_text);
  source.optional = at.value_or_empty("optional", read_flag);
  source.on_change = at.optional("onChange", read_on_change);
  const int uses = int{at.has("env")} + int{at.has("envPrefix")} + int{at.has("mountPath")};
  at.check(uses == 1, "exactly one of env, envPrefix and mountPath is required");
  if (auto variables = at.optional("env", read_text_map)) source.use = std::move(*variables);
  if (auto prefix = at.optional("envPrefix", read_text)) source.use = EnvPrefix{std::move(*prefix)};
  auto items = at.optional("items", ListOf{read_mounted_key});
  const auto mode = at.optional("defaultMode", kFileMode);
  if (auto path = at.optional("mountPath", read_filled_text)) {
    source.use =
        MountAt{std::move(*path), std::move(items).value_or(std::vector<MountedKey>()), mode};
  } else {
    at.check(!items && !mode, "items and defaultMode are only allowed with mountPath");
  }
  return source;
}

Config read_config(const Cursor& at) {
  return {.env = at.value_or_empty("env", read_text_map),
          .files = at.value_or_empty("files", read_text_map),
          .mount_path = at.optional("mountPath", read_filled_text)};
}

Volume read_volume(const Cursor& at) {
  Volume volume;
  volume.name = at.required("name", read_filled_text);
  volume.mount_path = at.required("mountPath", read_filled_text);
  volume.read_only = at.value_or_empty("readOnly", read_flag);
  at.check(at.has("emptyDir") != at.has("persistentVolumeClaim"),
           "exactly one of emptyDir and persistentVolumeClaim is required");
  if (auto directory = at.optional("emptyDir", read_empty_dir)) volume.source = *directory;
  if (auto claim = at.optional("persistentVolumeClaim", read_claim)) volume.source = *claim;
  return volume;
}

}  // namespace api
