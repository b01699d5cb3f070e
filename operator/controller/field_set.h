#pragma once

// fieldsV1: which fields of an object a manager owns, as the API server says it in managedFields
// (structured-merge-diff, fieldpath/serialize). A member `f:x` is the field x, `k:{...}` the
// element of a list with these key fields, `v:...` the element of a set, and `.` the node itself; a
// node without members is a value that is owned as a whole.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace controller {

// What the Apply entry of `manager` owns of `object`; null when there is no such entry.
nlohmann::json applied_fields(const nlohmann::json& object, const std::string& manager);

// The values of exactly those fields, with the key fields of every list element, in the order of
// `live` (structured-merge-diff: ExtractItems). `fields` and `live` are nodes of the same path.
nlohmann::json extract(const nlohmann::json& live, const nlohmann::json& fields);

// A value that `manager` took from us.
struct LostField {
  std::string path;     // spec.template.spec.containers[name="checkout"].image
  std::string manager;  // empty: nobody has it, it was removed
};

// What `wanted` (a whole object as we apply it) holds and no entry of ours in the managedFields of
// `live` (metadata are enough) does, at most `limit` of them. Where we have no entry at all,
// nothing is known to be lost.
std::vector<LostField> lost_fields(const nlohmann::json& live, const nlohmann::json& wanted,
                                   const std::string& manager, std::size_t limit);

}  // namespace controller
