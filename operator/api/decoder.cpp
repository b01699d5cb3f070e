#include "api/decoder.h"

#include <algorithm>

namespace api {
namespace {

void remove_nulls(nlohmann::json& value) {
  if (value.is_array()) {
    for (nlohmann::json& entry : value) remove_nulls(entry);
  }
  if (!value.is_object()) return;
  for (auto field = value.begin(); field != value.end();) {
    if (field->is_null()) {
      field = value.erase(field);
    } else {
      remove_nulls(*field++);
    }
  }
}

}  // namespace

std::string Cursor::path() const {
  if (parent_ == nullptr) return std::string(name_);
  const std::string above = parent_->path();
  if (name_.empty()) return above + "[" + std::to_string(index_) + "]";
  return above.empty() ? std::string(name_) : above + "." + std::string(name_);
}

void Cursor::report(const std::string& message) const {
  const std::string place = path();
  mistakes_->push_back(place.empty() ? message : place + ": " + message);
}

bool Cursor::check(bool fine, const char* message) const {
  if (!fine) report(message);
  return fine;
}

const nlohmann::json* Cursor::child(const char* key) const {
  if (!value_->is_object()) {
    // Many fields are asked of one place; once is enough to say that it has none.
    const std::string place = path();
    const std::string mistake = place.empty() ? "must be an object" : place + ": must be an object";
    if (mistakes_->empty() || mistakes_->back() != mistake) mistakes_->push_back(mistake);
    return nullptr;
  }
  const auto found = value_->find(key);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

void Cursor::report_missing(const char* key) const {
  const std::string place = path();
  mistakes_->push_back((place.empty() ? "" : place + ".") + key + ": is required");
}

void throw_if_any(const std::vector<std::string>& mistakes) {
  std::string all;
  for (const std::string& mistake : mistakes) all.append(all.empty() ? "" : "; ").append(mistake);
  if (!all.empty()) throw DecodeError(all);
}

std::string read_text(const Cursor& at) {
  if (at.value().is_string()) return at.value().get<std::string>();
  at.report(at.value().is_primitive() ? "must be a string; quote numbers and booleans"
                                      : "must be a string");
  return {};
}

std::string read_filled_text(const Cursor& at) {
  std::string text = read_text(at);
  if (text.empty() && at.value().is_string()) at.report("must not be empty");
  return text;
}

bool read_flag(const Cursor& at) {
  return at.check(at.value().is_boolean(), "must be true or false") && at.value().get<bool>();
}

std::vector<std::string> read_texts(const Cursor& at) { return at.each(read_text); }

std::map<std::string, std::string> read_text_map(const Cursor& at) {
  std::map<std::string, std::string> entries;
  if (!at.check(at.value().is_object(), "must be a map of strings")) return entries;
  for (const auto& [key, value] : at.value().items()) {
    if (value.is_string()) {
      entries.emplace_hint(entries.end(), key, value.get<std::string>());
    } else {
      at.report("the value of \"" + key + "\" must be a string; quote numbers and booleans");
    }
  }
  return entries;
}

nlohmann::json read_object(const Cursor& at) {
  if (!at.check(at.value().is_object(), "must be an object")) return nlohmann::json::object();
  nlohmann::json copy = at.value();
  remove_nulls(copy);
  return copy;
}

void report_unknown_keys(const Cursor& at, std::span<const std::string_view> allowed) {
  if (!at.value().is_object()) return;
  std::string choices;
  for (const std::string_view key : allowed)
    choices.append(choices.empty() ? "" : ", ").append(key);
  for (const auto& [key, value] : at.value().items()) {
    if (std::ranges::find(allowed, key) == allowed.end())
      at.report(
          std::string("unknown key \"").append(key).append("\"; allowed are ").append(choices));
  }
}

std::int64_t WholeNumber::operator()(const Cursor& at) const {
  const nlohmann::json& value = at.value();
  const bool fits =
      value.is_number_integer() &&
      !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX});
  const std::int64_t number = fits ? value.get<std::int64_t>() : 0;
  if (fits && number >= least && number <= most) return number;
  at.report("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

std::string OneOf::operator()(const Cursor& at) const {
  const auto* given = at.value().get_ptr<const std::string*>();
  if (given != nullptr && std::ranges::find(allowed, *given) != allowed.end()) return *given;
  std::string choices;
  for (const std::string_view choice : allowed)
    choices.append(choices.empty() ? "" : ", ").append(choice);
  at.report("must be one of " + choices);
  return {};
}

}  // namespace api
