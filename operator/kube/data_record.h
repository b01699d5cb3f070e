#pragma once

// What is remembered of a Secret or ConfigMap: never a value. The watches behind it ask for
// metadata only, but metadata can carry values too (kubectl's last-applied annotation holds the
// whole Secret), so the decoder reads name, namespace, uid, resourceVersion and managedFields and
// skips the rest unparsed.
//
// Source of the rules: Kubernetes server-side apply, "Field management" (fieldsV1 names the keys
// that an entry owns; a manager's time moves whenever a write of it changed a field).

#include <cstdint>
#include <string_view>
#include <vector>

#include "kube/record.h"

namespace kube {

struct DataRecord {
  api::Uid uid;
  ResourceVersion resource_version = 0;
  // Digest of the uid and of the managedFields entries that own data (manager, operation, time,
  // fieldsV1), or of the uid and the resourceVersion where no entry does. A label that another
  // manager sets leaves it as it is; one that is written by the manager of the data moves it, for
  // that looks like a changed value.
  std::uint64_t content = 0;
  // Digest of all entries of managedFields. Their times have whole seconds, so that two changes of
  // one value by one manager within a second look alike but for the resourceVersion.
  std::uint64_t fields = 0;
  // The entries tell all keys. They do not where managedFields were cleared: what was there before
  // is then owned by nobody.
  bool keys_known = false;
  // Digests of the names of the keys, sorted. Keys of a ConfigMap's binaryData are apart, since a
  // variable cannot be made of them.
  std::vector<std::uint64_t> keys;

  // REQUIRES of both: keys_known.
  bool has_variable(std::string_view key) const;
  bool has_file(std::string_view key) const;

  bool operator==(const DataRecord&) const = default;
  // Also false for a new version that managedFields tell nothing of.
  bool same_content(const DataRecord& other) const;
};

// Reads PartialObjectMetadata (or a whole object; its data are skipped). The text must be followed
// by kJsonPadding readable bytes. Throws DecodeError, which says nothing of the text.
Decoded<DataRecord> decode_data(std::string_view object);

}  // namespace kube
