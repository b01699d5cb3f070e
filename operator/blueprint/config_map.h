#pragma once

// The ConfigMap that `config` becomes: immutable, and named by its contents, so that other contents
// are another object and pods of an older template keep theirs. It has one map for both uses: the
// variables of config.env under their own names, and the files of config.files under theirs, which
// is why a file may not be named like a variable (validation).

#include <string>

#include "blueprint/blueprint.h"
#include "blueprint/context.h"

namespace blueprint {

// "checkout-3f9c2b7a4d5e6f10": the blueprint's name and a digest of the data.
// REQUIRES: config is not empty.
std::string config_map_name(const Context& context);

// core/v1 ConfigMap. REQUIRES: config is not empty.
Object render_config_map(const Context& context);

}  // namespace blueprint
