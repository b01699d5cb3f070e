#include <set>

#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"
#include "blueprint/volumes.h"

namespace blueprint {
namespace {

// Takes the path, in whatever spelling.
void claim_mount(Taken& mounts, const std::string& mount_path, const std::string& path,
                 Problems& problems) {
  problems.require(is_mount_path(mount_path), path,
                   "must be an absolute path below '/', without ':' and without '..', such as "
                   "/etc/tls");
  claim(mounts, normal_path(mount_path), path, problems);
}

void check_items(const std::vector<api::MountedKey>& items, const std::string& path,
                 Problems& problems) {
  std::set<std::string_view> files;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = entry_path(path, i);
    problems.require(is_config_key(items[i].key), item + ".key", kDataKeyForm);
    problems.require(is_path_below(items[i].path), item + ".path",
                     "must be a path relative to mountPath, such as tls/ca.crt, without '..'");
    problems.require(files.insert(items[i].path).second, item + ".path",
                     "must differ from the paths of the other items");
  }
}

void check_volume_source(const api::Volume& volume, const std::string& path, Problems& problems) {
  if (const auto* directory = std::get_if<api::EmptyDir>(&volume.source)) {
    problems.require(!directory->size_limit || directory->size_limit > api::Quantity::parse("0"),
                     path + ".emptyDir.sizeLimit", "must be greater than 0");
  } else {
    const auto& claim = std::get<api::PersistentVolumeClaim>(volume.source);
    problems.require(is_dns1123_subdomain(claim.claim_name),
                     path + ".persistentVolumeClaim.claimName", kObjectNameForm);
  }
}

void check_volumes(const std::vector<api::Volume>& volumes, Taken& mounts, Problems& problems) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const std::string path = entry_path("spec.volumes", i);
    problems.require(is_dns1123_label(volumes[i].name), path + ".name",
                     "must be at most 63 lower-case letters, digits and '-', beginning and ending "
                     "with a letter or digit");
    problems.require(names.insert(volumes[i].name).second, path + ".name",
                     "must differ from the names of the other volumes");
    check_volume_source(volumes[i], path, problems);
    claim_mount(mounts, volumes[i].mount_path, path + ".mountPath", problems);
  }
}

// The default paths give way to mounts and need no check.
void check_writable_paths(const api::Security& security, Taken& mounts, Problems& problems) {
  if (!security.writable_paths) return;
  for (std::size_t i = 0; i < security.writable_paths->size(); ++i) {
    claim_mount(mounts, (*security.writable_paths)[i], entry_path("spec.security.writablePaths", i),
                problems);
  }
}

void check_ids(const api::Security& security, Problems& problems) {
  const auto check = [&](const std::optional<std::int64_t>& id, std::string_view path) {
    if (!id) return;
    problems.require(*id > 0, path, "must not be 0 (root)");
    problems.require(security.identity != "FromImage", path, "only allowed with identity Fixed");
  };
  check(security.run_as_user, "spec.security.runAsUser");
  check(security.run_as_group, "spec.security.runAsGroup");
  check(security.fs_group, "spec.security.fsGroup");
}

}  // namespace

void check_source_mounts(const std::vector<api::DataSource>& sources, const std::string& path,
                         Taken& mounts, Problems& problems) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto* at = std::get_if<api::MountAt>(&sources[i].use);
    if (at == nullptr) continue;
    const std::string place = entry_path(path, i);
    claim_mount(mounts, at->mount_path, place + ".mountPath", problems);
    check_items(at->items, place + ".items", problems);
  }
}

void check_mounts(const api::BlueprintSpec& spec, Problems& problems) {
  Taken mounts;
  check_source_mounts(spec.secrets, "spec.secrets", mounts, problems);
  check_source_mounts(spec.config_maps, "spec.configMaps", mounts, problems);
  if (!spec.config.files.empty() || spec.config.mount_path) {
    claim_mount(mounts, spec.config.mount_path.value_or(kConfigMountPath), "spec.config.mountPath",
                problems);
  }
  check_volumes(spec.volumes, mounts, problems);
  check_ids(spec.security, problems);
  check_writable_paths(spec.security, mounts, problems);
}

}  // namespace blueprint
