#include "blueprint/volumes.h"

#include <algorithm>
#include <map>
#include <set>

#include "api/digest.h"
#include "blueprint/config_map.h"

namespace blueprint {
namespace {

using nlohmann::json;

constexpr const char* kDefaultWritablePath = "/tmp";
constexpr std::size_t kLongestName = 63;

// A volume and its mount, which have the same name.
struct Place {
  json volume;
  json mount;
};
using Places = std::map<std::string, Place>;  // by normal path

Place place(const std::string& name, const char* kind, json source, const std::string& path,
            bool read_only) {
  Place place{.volume = {{"name", name}, {kind, std::move(source)}},
              .mount = {{"name", name}, {"mountPath", path}}};
  if (read_only) place.mount["readOnly"] = true;
  return place;
}

// `name` with the digest, cut where it is too long.
std::string with_digest(std::string name, std::uint64_t digest) {
  constexpr std::size_t kDigestLength = 17;  // with its '-'
  name.resize(std::min(name.size(), kLongestName - kDigestLength));
  return name + "-" + api::to_hex(digest);
}

struct Letters {
  std::string text;
  bool readable = true;  // the path can be told from them
};

Letters letters_of(std::string_view normal_path) {
  Letters letters;
  for (const char letter : normal_path) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    letters.readable = letters.readable && (plain || letter == '/');
    letters.text += plain ? letter : '-';
  }
  return letters;
}

// Always with a digest: "a" with "/b/c" and "a-b" with "/c" read the same.
std::string secret_name_of(const api::Container& container, const std::string& path) {
  const std::string normal = normal_path(path);
  return with_digest(container.name + "-secret" + letters_of(normal).text,
                     api::Digest().add(container.name).add(normal).value());
}

json projection(const char* name_field, const api::DataSource& data, const api::MountAt& at) {
  json source{{name_field, data.name}};
  for (const api::MountedKey& item : at.items)
    source["items"].push_back({{"key", item.key}, {"path", item.path}});
  if (at.default_mode) source["defaultMode"] = *at.default_mode;
  if (data.optional) source["optional"] = true;
  return source;
}

void add_secrets(const std::vector<api::DataSource>& secrets, const api::Container* container,
                 Places& places) {
  for (const api::DataSource& secret : secrets) {
    const auto* at = std::get_if<api::MountAt>(&secret.use);
    if (at == nullptr) continue;
    const std::string name = container == nullptr ? volume_name("secret", at->mount_path)
                                                  : secret_name_of(*container, at->mount_path);
    places.emplace(
        normal_path(at->mount_path),
        place(name, "secret", projection("secretName", secret, *at), at->mount_path, true));
  }
}

void add_config_maps(const std::vector<api::DataSource>& config_maps, Places& places) {
  for (const api::DataSource& config_map : config_maps) {
    const auto* at = std::get_if<api::MountAt>(&config_map.use);
    if (at == nullptr) continue;
    places.emplace(normal_path(at->mount_path),
                   place(volume_name("configmap", at->mount_path), "configMap",
                         projection("name", config_map, *at), at->mount_path, true));
  }
}

// Only the files: the variables are in the same ConfigMap.
void add_config(const Context& context, Places& places) {
  const api::Config& config = context.spec().config;
  if (config.files.empty()) return;
  json source{{"name", config_map_name(context)}};
  for (const auto& [file, content] : config.files)
    source["items"].push_back({{"key", file}, {"path", file}});
  const std::string path = config.mount_path.value_or(kConfigMountPath);
  places.emplace(normal_path(path), place("config", "configMap", std::move(source), path, true));
}

json empty_dir(const api::EmptyDir& directory) {
  json source = json::object();
  if (directory.medium) source["medium"] = *directory.medium;
  if (directory.size_limit) source["sizeLimit"] = directory.size_limit->text();
  return source;
}

Place volume_place(const api::Volume& volume) {
  std::string name = "volume-" + volume.name;
  if (name.size() > kLongestName) name = with_digest(name, api::digest_of(volume.name));
  if (const auto* directory = std::get_if<api::EmptyDir>(&volume.source)) {
    return place(name, "emptyDir", empty_dir(*directory), volume.mount_path, volume.read_only);
  }
  const auto& claim = std::get<api::PersistentVolumeClaim>(volume.source);
  return place(name, "persistentVolumeClaim", {{"claimName", claim.claim_name}}, volume.mount_path,
               volume.read_only);
}

// What all containers have. map::emplace keeps what is there: the container's own, and any mount on
// a default writable path.
void add_shared(const api::BlueprintSpec& spec, Places& places) {
  for (const api::Volume& volume : spec.volumes)
    places.emplace(normal_path(volume.mount_path), volume_place(volume));
  const std::vector<std::string> defaults{kDefaultWritablePath};
  for (const std::string& path : spec.security.writable_paths.value_or(defaults)) {
    places.emplace(normal_path(path),
                   place(volume_name("writable", path), "emptyDir", json::object(), path, false));
  }
}

Places main_places(const Context& context) {
  Places places;
  add_secrets(context.spec().secrets, nullptr, places);
  add_config_maps(context.spec().config_maps, places);
  add_config(context, places);
  add_shared(context.spec(), places);
  return places;
}

Places container_places(const api::BlueprintSpec& spec, const api::Container& container) {
  Places places;
  add_secrets(container.secrets, &container, places);
  add_shared(spec, places);
  return places;
}

json mounts_of(Places places) {
  json mounts = json::array();
  for (auto& [path, place] : places) mounts.push_back(std::move(place.mount));
  return mounts;
}

}  // namespace

json main_mounts(const Context& context) { return mounts_of(main_places(context)); }

json container_mounts(const api::BlueprintSpec& spec, const api::Container& container) {
  return mounts_of(container_places(spec, container));
}

json pod_volumes(const Context& context) {
  json volumes = json::array();
  std::set<std::string> names;
  const auto add = [&volumes, &names](Places places) {
    for (auto& [path, place] : places) {
      if (names.insert(place.volume["name"]).second) volumes.push_back(std::move(place.volume));
    }
  };
  const api::BlueprintSpec& spec = context.spec();
  add(main_places(context));
  for (const api::Container& container : spec.init_containers)
    add(container_places(spec, container));
  for (const api::Container& container : spec.sidecars) add(container_places(spec, container));
  return volumes;
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
  const std::string normal = normal_path(path);
  const Letters letters = letters_of(normal);
  std::string name = std::string(prefix) + letters.text;
  if (letters.readable && name.size() <= kLongestName) return name;
  return with_digest(std::move(name), api::digest_of(normal));
}

}  // namespace blueprint
