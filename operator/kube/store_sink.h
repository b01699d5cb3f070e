#pragma once

// One scope of a Store as the place where a Reflector puts what it learns.

#include <string_view>

#include "kube/reflector.h"
#include "kube/store.h"

namespace kube {

template <typename Record>
class StoreSink final : public RecordSink {
 public:
  using Decode = std::function<Decoded<Record>(std::string_view)>;

  // `scope`: the namespace of the reflector's Selection.
  StoreSink(Store<Record>& store, std::string scope, Decode decode)
      : store_(store), scope_(std::move(scope)), decode_(std::move(decode)) {}

  void begin_list() override { store_.mark(scope_); }
  void listed(std::string_view object) override { store_.store(decode_(object)); }
  void end_list(ResourceVersion version) override { store_.sweep(scope_, version); }

  ResourceVersion changed(std::string_view object) override {
    Decoded<Record> decoded = decode_(object);
    const ResourceVersion version = decoded.record.resource_version;
    store_.upsert(std::move(decoded));
    return version;
  }

  ResourceVersion removed(std::string_view object) override {
    const Decoded<Record> decoded = decode_(object);
    store_.remove(decoded);
    return decoded.record.resource_version;
  }

  void advanced(ResourceVersion version) override { store_.advance(scope_, version); }
  void cleared() override { store_.clear(scope_); }

 private:
  Store<Record>& store_;
  const std::string scope_;
  const Decode decode_;
};

}  // namespace kube
