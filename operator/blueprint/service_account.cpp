#include "blueprint/service_account.h"

#include "blueprint/metadata.h"

namespace blueprint {

Object render_service_account(const Context& context) {
  const api::ServiceAccount& account = context.spec().service_account;
  return make_object(api::kServiceAccount, context,
                     {{"automountServiceAccountToken", account.automount_token.value_or(false)}},
                     {.labels = {}, .annotations = account.annotations});
}

}  // namespace blueprint
