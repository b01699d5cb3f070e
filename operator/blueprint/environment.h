#pragma once

// The variables of containers. Kubernetes resolves $(NAME) from the variables above it, so the
// order has a meaning: first what is injected, then what comes from Secrets, ConfigMaps and
// `config`, sorted by name, then the user's own, which may be built of all of them
// (postgres://$(DB_USER):$(DB_PASSWORD)@db/$(SERVICE_NAME)).

#include <vector>

#include <nlohmann/json.hpp>

#include "blueprint/context.h"

namespace blueprint {

// Of the main container, each name once: the user's entry, whether from `env`, a key or `config`,
// wins over the injected one.
nlohmann::json environment(const Context& context);

// Of another container: nothing is injected.
nlohmann::json environment(const api::Container& container);

// envFrom: the whole ConfigMaps, then the whole Secrets, each in the author's order, because the
// last one that has a key wins.
nlohmann::json environment_sources(const std::vector<api::DataSource>& config_maps,
                                   const std::vector<api::DataSource>& secrets);

}  // namespace blueprint
