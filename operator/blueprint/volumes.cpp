#include "blueprint/volumes.h"

#include <algorithm>
#include <map>

#include "api/digest.h"

namespace blueprint {
namespace {

using nlohmann::json;

constexpr const char* kDefaultWritablePath = "/tmp";

struct Volume {
  json volume;
  json mount;
};

Volume secret_volume(const api::DataSource& secret, const api::MountAt& at) {
  json source{{"secretName", secret.name}};
  for (const api::MountedKey& item : at.items)
    source["items"].push_back({{"key", item.key}, {"path", item.path}});
  if (at.default_mode) source["defaultMode"] = *at.default_mode;
  if (secret.optional) source["optional"] = true;
  const std::string name = volume_name("secret", at.mount_path);
  return {.volume = {{"name", name}, {"secret", std::move(source)}},
          .mount = {{"name", name}, {"mountPath", at.mount_path}, {"readOnly", true}}};
}

Volume writable_volume(const std::string& path) {
  const std::string name = volume_name("writable", path);
  return {.volume = {{"name", name}, {"emptyDir", json::object()}},
          .mount = {{"name", name}, {"mountPath", path}}};
}

bool is_mounted_by_user(const api::BlueprintSpec& spec, std::string_view path) {
  return std::any_of(spec.secrets.begin(), spec.secrets.end(),
                     [path](const api::DataSource& secret) {
                       const auto* at = std::get_if<api::MountAt>(&secret.use);
                       return at != nullptr && normal_path(at->mount_path) == path;
                     });
}

}  // namespace

Volumes volumes_of(const api::BlueprintSpec& spec) {
  std::map<std::string, Volume> by_path;
  for (const api::DataSource& secret : spec.secrets) {
    if (const auto* at = std::get_if<api::MountAt>(&secret.use)) {
      by_path.emplace(normal_path(at->mount_path), secret_volume(secret, *at));
    }
  }
  for (const std::string& path : writable_paths_of(spec))
    by_path.emplace(normal_path(path), writable_volume(path));
  Volumes result;
  for (auto& [path, volume] : by_path) {
    result.volumes.push_back(std::move(volume.volume));
    result.mounts.push_back(std::move(volume.mount));
  }
  return result;
}

std::vector<std::string> writable_paths_of(const api::BlueprintSpec& spec) {
  if (spec.security.writable_paths) return *spec.security.writable_paths;
  if (is_mounted_by_user(spec, kDefaultWritablePath)) return {};
  return {kDefaultWritablePath};
}

std::string normal_path(std::string_view path) {
  std::string normal;
  for (const char letter : path) {
    if (letter != '/' || !normal.ends_with('/')) normal += letter;
  }
  if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

std::string volume_name(std::string_view prefix, std::string_view path) {
  constexpr std::size_t kLongest = 63;
  constexpr std::size_t kDigestLength = 17;  // with its '-'
  const std::string normal = normal_path(path);
  std::string name(prefix);
  bool readable = true;
  for (const char letter : normal) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    readable = readable && (plain || letter == '/');
    name += plain ? letter : '-';
  }
  if (readable && name.size() <= kLongest) return name;
  name.resize(std::min(name.size(), kLongest - kDigestLength));
  return name + "-" + api::to_hex(api::digest_of(normal));
}

}  // namespace blueprint
