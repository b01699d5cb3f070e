#pragma once

// The intent digest: what we would apply to a child, in 16 characters. It is kept in the status, so
// that a restarted operator knows without a request that nothing is to be written.

#include <string>

#include <nlohmann/json.hpp>

namespace blueprint {

// 16 lower-case hexadecimal digits of the compact text with sorted keys: the same in every build
// and on every machine.
std::string digest(const nlohmann::json& value);

}  // namespace blueprint
