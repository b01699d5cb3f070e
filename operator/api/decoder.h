#pragma once

// Reads JSON that others wrote into typed values. A Cursor is one place in the document; it knows
// its path, refuses wrong types there, and goes on, so that an author sees every mistake at once.
// The rules are those of the Kubernetes API server: null is the same as absent, and nothing is
// converted ("5" is no number, 5.0 is no whole number).
//
//   std::vector<std::string> mistakes;
//   const Cursor spec(document, "spec", mistakes);
//   const std::optional<std::int64_t> replicas = spec.optional("replicas", WholeNumber{0, 1000});
//   // mistakes: "spec.replicas: must be a whole number from 0 to 1000"
//
// A cursor points to the cursor that it came from, the document and the list of mistakes: all of
// them outlive it, which they do when cursors are only passed down. No message ever quotes a value:
// it may be secret.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace api {

class Cursor {
 public:
  Cursor(const nlohmann::json& value, std::string_view name, std::vector<std::string>& mistakes)
      : value_(&value), name_(name), mistakes_(&mistakes) {}

  const nlohmann::json& value() const { return *value_; }
  // "spec.ports[1].port"
  std::string path() const;
  void report(const std::string& message) const;

  // Present and not null. Reports when this place is not an object.
  bool has(const char* key) const { return child(key) != nullptr; }

  // Every reader is a callable that takes the cursor of the value and returns it typed.
  template <class Reader>
  auto optional(const char* key, const Reader& read) const
      -> std::optional<decltype(read(std::declval<const Cursor&>()))> {
    const nlohmann::json* found = child(key);
    if (found == nullptr) return std::nullopt;
    return read(Cursor(*found, key, this));
  }

  // Absent is a mistake.
  template <class Reader>
  auto required(const char* key, const Reader& read) const
      -> decltype(read(std::declval<const Cursor&>())) {
    auto found = optional(key, read);
    if (found) return std::move(*found);
    if (value_->is_object()) report_missing(key);
    return {};
  }

  // Absent is the empty value.
  template <class Reader>
  auto value_or_empty(const char* key, const Reader& read) const
      -> decltype(read(std::declval<const Cursor&>())) {
    auto found = optional(key, read);
    if (found) return std::move(*found);
    return {};
  }

  // The entries of a list; null entries are refused, because a list has no absent places.
  template <class Reader>
  auto each(const Reader& read) const
      -> std::vector<decltype(read(std::declval<const Cursor&>()))> {
    std::vector<decltype(read(std::declval<const Cursor&>()))> entries;
    if (!check(value_->is_array(), "must be a list")) return entries;
    entries.reserve(value_->size());
    for (std::size_t i = 0; i < value_->size(); ++i)
      entries.push_back(read(Cursor((*value_)[i], i, this)));
    return entries;
  }

  // Reports `message` unless `fine`; returns `fine`.
  bool check(bool fine, const char* message) const;

 private:
  Cursor(const nlohmann::json& value, std::string_view name, const Cursor* parent)
      : value_(&value), name_(name), parent_(parent), mistakes_(parent->mistakes_) {}
  Cursor(const nlohmann::json& value, std::size_t index, const Cursor* parent)
      : value_(&value), index_(index), parent_(parent), mistakes_(parent->mistakes_) {}

  const nlohmann::json* child(const char* key) const;
  void report_missing(const char* key) const;

  const nlohmann::json* value_;
  std::string_view name_;  // empty: an entry of a list, see index_
  std::size_t index_ = 0;
  const Cursor* parent_ = nullptr;
  std::vector<std::string>* mistakes_;
};

// Thrown for a document that is not what it should be. what() begins with the field's path, such as
// "spec.ports[1].port: must be a whole number from 1 to 65535".
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All mistakes in one line. Throws DecodeError unless there is none.
void throw_if_any(const std::vector<std::string>& mistakes);

// Readers. Each returns an empty value where it reports a mistake.
std::string read_text(const Cursor& at);
std::string read_filled_text(const Cursor& at);  // not ""
bool read_flag(const Cursor& at);
std::vector<std::string> read_texts(const Cursor& at);
std::map<std::string, std::string> read_text_map(const Cursor& at);
// An object of a type that is passed on as it is, without its nulls.
nlohmann::json read_object(const Cursor& at);

// Reports each key of the object that is not in `allowed`, where a document is ours to close.
void report_unknown_keys(const Cursor& at, std::span<const std::string_view> allowed);

// One of bounds that both belong to the range.
struct WholeNumber {
  std::int64_t least;
  std::int64_t most;
  std::int64_t operator()(const Cursor& at) const;
};

struct OneOf {
  std::span<const std::string_view> allowed;
  std::string operator()(const Cursor& at) const;
};

// A list, each entry by `entry`.
template <class Reader>
struct ListOf {
  Reader entry;
  auto operator()(const Cursor& at) const { return at.each(entry); }
};
template <class Reader>
ListOf(Reader) -> ListOf<Reader>;

}  // namespace api
