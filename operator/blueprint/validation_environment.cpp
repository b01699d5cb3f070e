#include <map>
#include <set>

#include "blueprint/syntax.h"
#include "blueprint/validation_rules.h"
#include "blueprint/volumes.h"

namespace blueprint {
namespace {

constexpr std::string_view kVariable =
    "must be the name of a variable: letters, digits, '_', '-' and '.', not beginning with a digit "
    "or '.'";
constexpr std::string_view kKey =
    "must be the key of a Secret: letters, digits, '-', '_' and '.', not beginning with '..'";
constexpr std::string_view kMountPath =
    "must be an absolute path below '/', without ':' and without '..', such as /etc/tls";

// What is taken already -> where.
using Taken = std::map<std::string, std::string>;

void claim(Taken& taken, const std::string& what, const std::string& path, Problems& problems) {
  const auto [owner, free] = taken.emplace(what, path);
  if (!free)
    problems.require(false, path, "\"" + what + "\" is set by " + owner->second + " already");
}

void check_secret_variables(const api::StringMap& variables, const std::string& path, Taken& taken,
                            Problems& problems) {
  for (const auto& [variable, key] : variables) {
    const std::string place = keyed_path(path + ".env", variable);
    problems.require(is_env_name(variable), place, kVariable);
    problems.require(is_config_key(key), place, kKey);
    claim(taken, variable, place, problems);
  }
}

void check_mount(const api::MountAt& mount, const std::string& path, Taken& mounts,
                 Problems& problems) {
  problems.require(is_mount_path(mount.mount_path), path + ".mountPath", kMountPath);
  claim(mounts, normal_path(mount.mount_path), path + ".mountPath", problems);
  std::set<std::string_view> files;
  for (std::size_t i = 0; i < mount.items.size(); ++i) {
    const std::string item = entry_path(path + ".items", i);
    problems.require(is_config_key(mount.items[i].key), item + ".key", kKey);
    problems.require(is_path_below(mount.items[i].path), item + ".path",
                     "must be a path relative to mountPath, such as tls/ca.crt, without '..'");
    problems.require(files.insert(mount.items[i].path).second, item + ".path",
                     "must differ from the paths of the other items");
  }
}

void check_secrets(const api::BlueprintSpec& spec, Taken& variables, Taken& mounts,
                   Problems& problems) {
  for (std::size_t i = 0; i < spec.secrets.size(); ++i) {
    const api::DataSource& secret = spec.secrets[i];
    const std::string path = entry_path("spec.secrets", i);
    problems.require(is_dns1123_subdomain(secret.name), path + ".name",
                     "must be the name of a Secret: lower-case letters, digits, '-' and '.', "
                     "beginning and ending with a "
                     "letter or digit");
    if (const auto* keys = std::get_if<api::StringMap>(&secret.use)) {
      problems.require(!keys->empty(), path + ".env",
                       "must have an entry, such as DB_PASSWORD: password");
      check_secret_variables(*keys, path, variables, problems);
    } else if (const auto* prefix = std::get_if<api::EnvPrefix>(&secret.use)) {
      problems.require(prefix->prefix.empty() || is_env_name(prefix->prefix), path + ".envPrefix",
                       "must be empty or the beginning of a variable's name, such as DB_");
    } else {
      check_mount(std::get<api::MountAt>(secret.use), path, mounts, problems);
    }
  }
}

void check_variables(const api::BlueprintSpec& spec, Taken& variables, Problems& problems) {
  for (std::size_t i = 0; i < spec.env.size(); ++i) {
    const auto& name = spec.env[i].at("name").get_ref<const std::string&>();
    const std::string path = entry_path("spec.env", i, ".name");
    problems.require(is_env_name(name), path, kVariable);
    claim(variables, name, path, problems);
  }
}

// The default paths give way to mounts and need no check.
void check_writable_paths(const api::Security& security, Taken& mounts, Problems& problems) {
  if (!security.writable_paths) return;
  for (std::size_t i = 0; i < security.writable_paths->size(); ++i) {
    const std::string& writable = (*security.writable_paths)[i];
    const std::string path = entry_path("spec.security.writablePaths", i);
    problems.require(is_mount_path(writable), path, kMountPath);
    claim(mounts, normal_path(writable), path, problems);
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

void check_environment(const api::BlueprintSpec& spec, Problems& problems) {
  Taken variables;
  Taken mounts;
  check_variables(spec, variables, problems);
  check_secrets(spec, variables, mounts, problems);
  check_ids(spec.security, problems);
  check_writable_paths(spec.security, mounts, problems);
}

}  // namespace blueprint
