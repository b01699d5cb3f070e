#pragma once

// The variables of the main container. Kubernetes resolves $(NAME) from the variables above it, so
// the order has a meaning: first what is injected, then what comes from Secrets, then the user's
// own, which may be built of all of them (postgres://$(DB_USER):$(DB_PASSWORD)@db/$(SERVICE_NAME)).

#include <nlohmann/json.hpp>

#include "blueprint/context.h"

namespace blueprint {

// Each name once: the user's entry, whether from `env` or from a Secret's key, wins over the
// injected one.
nlohmann::json environment(const Context& context);

// envFrom: the whole Secrets, in the author's order, because the last one wins.
nlohmann::json environment_sources(const api::BlueprintSpec& spec);

}  // namespace blueprint
