#include "blueprint/digest.h"

#include "api/digest.h"

namespace blueprint {

std::string digest(const nlohmann::json& value) {
  // `replace`: text that is not UTF-8 must not stop a comparison; what is written is refused by the
  // server anyway.
  constexpr int kCompact = -1;
  return api::to_hex(
      api::digest_of(value.dump(kCompact, ' ', false, nlohmann::json::error_handler_t::replace)));
}

}  // namespace blueprint
