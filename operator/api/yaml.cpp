#include "api/yaml.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "api/yaml_scalar.h"

namespace api {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kMaxNodes = 100'000;
constexpr std::size_t kMaxAliasedText = std::size_t{16} << 20U;

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

[[noreturn]] void fail(int line, int column, const std::string& problem) {
  throw YamlError("line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1) +
                  ": " + problem);
}

[[noreturn]] void fail(const YAML::Mark& mark, const std::string& problem) {
  fail(mark.line, mark.column, problem);
}

// What a value costs wherever it is copied to.
struct Size {
  std::size_t nodes = 1;
  std::size_t text = 0;
  std::size_t height = 0;  // collections around its deepest scalar
};

struct Anchored {
  json value;
  Size size;
};

// A collection whose end has not come yet.
struct Frame {
  json value;
  YAML::anchor_t anchor;
  Size size;
  std::optional<std::string> key = std::nullopt;  // of a mapping, when its value comes next

  int key_position = -1;
  bool is_flow = false;

  bool wants_key() const { return value.is_object() && !key; }
  bool is_value_at_key(const YAML::Mark& mark) const {
    return key && !is_flow && mark.pos == key_position;
  }
};

std::string key_text(const json& key, const YAML::Mark& mark) {
  if (key.is_string()) return key.get<std::string>();
  if (key.is_null() || key.is_structured()) {
    fail(mark, "a key that is not a string, number or boolean");
  }
  return key.dump();
}

json resolve_tagged(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
  if (tag == "!" || tag == std::string(kCoreTag) + "str") return text;
  PlainScalar scalar = resolve_plain(text);
  if (!scalar.problem.empty()) fail(mark, scalar.problem);
  if (tag.empty() || tag == "?") return std::move(scalar.value);
  const std::string_view kind = std::string_view(tag).starts_with(kCoreTag)
                                    ? std::string_view(tag).substr(kCoreTag.size())
                                    : std::string_view();
  const bool fits = (kind == "null" && scalar.value.is_null()) ||
                    (kind == "bool" && scalar.value.is_boolean()) ||
                    (kind == "int" && scalar.value.is_number_integer()) ||
                    (kind == "float" && scalar.value.is_number());
  if (!fits) {
    fail(mark,
         "a tag that is unknown or does not fit its value; allowed are !!str, !!int, !!float, "
         "!!bool, "
         "!!null, !!map and !!seq");
  }
  return std::move(scalar.value);
}

std::size_t position(const YAML::Mark& mark) { return static_cast<std::size_t>(mark.pos); }

// Where a scalar begins behind its anchor and tag.
std::size_t position_of_content(std::string_view text, std::size_t start) {
  while (start < text.size() && (text[start] == '&' || text[start] == '!')) {
    start = std::min(text.find_first_of(" \t\r\n", start), text.size());
    start = std::min(text.find_first_not_of(" \t\r\n", start), text.size());
  }
  return start;
}

// Whether a scalar, if it is quoted, has its closing quote: yaml-cpp lets the end of the file close
// it.
bool is_closed(std::string_view scalar) {
  if (scalar.empty() || (scalar[0] != '"' && scalar[0] != '\'')) return true;
  const char quote = scalar[0];
  for (std::size_t i = 1; i < scalar.size(); ++i) {
    const bool escapes = quote == '"' ? scalar[i] == '\\' : scalar.substr(i, 2) == "''";
    if (!escapes && scalar[i] == quote) return true;
    i += escapes ? 1 : 0;
  }
  return false;
}

// Builds JSON from the parser's events, without yaml-cpp's own nodes: those take 54 times the text,
// keep duplicate keys and lose themselves in an alias that contains itself.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view text) : text_(text) {}

  std::vector<json> take() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_ && !is_announced(mark)) {
      fail(mark,
           "content after the end of the document; is it indented less than what stands above?");
    }
    started_ = true;
    root_ = nullptr;
    anchors_.clear();
    nodes_ = 0;
    aliased_text_ = 0;
  }
  void OnDocumentEnd() override {
    if (!root_.is_null()) documents_.push_back(std::move(root_));
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    // Without a ':' in block style yaml-cpp reports the missing value where its key stands.
    if (!frames_.empty() && frames_.back().is_value_at_key(mark)) fail(mark, "a key without ':'");
    if (is_left_out(mark)) fail(mark, "an empty entry before ','");
    add(mark, anchor, nullptr, {});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (tag == "?" && value == "<<" && !frames_.empty() && frames_.back().wants_key()) {
      fail(mark, "merge keys (<<) are not supported; write the fields out");
    }
    if (!is_closed(text_.substr(position_of_content(text_, position(mark))))) {
      fail(mark, "a quoted string that never ends");
    }
    add(mark, anchor, resolve_tagged(mark, tag, value), {.text = value.size()});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(mark, "an alias inside the value that it stands for");
    const Anchored& anchored = found->second;
    charge(mark, anchored.size);
    if (frames_.size() + anchored.size.height > kMaxDepth) fail_depth(mark);
    add(mark, YAML::NullAnchor, anchored.value, anchored.size);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, "seq", {json::array(), anchor, {.height = 1}});
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, "map",
         {json::object(), anchor, {.height = 1}, {}, -1, style == YAML::EmitterStyle::Flow});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  [[noreturn]] static void fail_depth(const YAML::Mark& mark) {
    fail(mark, "nested deeper than " + std::to_string(kMaxDepth));
  }

  void open(const YAML::Mark& mark, const std::string& tag, std::string_view kind, Frame frame) {
    if (!tag.empty() && tag != "?" && tag != "!" && tag != std::string(kCoreTag).append(kind)) {
      fail(mark, "an unknown tag on a collection; allowed are !!map and !!seq");
    }
    if (!frames_.empty() && frames_.back().wants_key()) {
      fail(mark, "a key that is not a string, number or boolean");
    }
    if (frames_.size() == kMaxDepth) fail_depth(mark);
    opened_ = mark;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    add(opened_, frame.anchor, std::move(frame.value), frame.size);
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, json value, const Size& size) {
    if (++nodes_ > kMaxNodes) fail_nodes(mark);
    if (anchor != YAML::NullAnchor) {
      charge(mark, size);
      anchors_[anchor] = {value, size};
    }
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    put(mark, frames_.back(), std::move(value));
    Size& around = frames_.back().size;
    around.nodes += size.nodes;
    around.text += size.text;
    around.height = std::max(around.height, size.height + 1);
  }

  static void put(const YAML::Mark& mark, Frame& frame, json value) {
    if (frame.value.is_array()) {
      frame.value.push_back(std::move(value));
      return;
    }
    if (frame.key) {
      frame.value[*frame.key] = std::move(value);
      frame.key.reset();
      return;
    }
    frame.key = key_text(value, mark);
    frame.key_position = mark.pos;
    if (frame.value.contains(*frame.key)) fail(mark, "duplicate key " + json(*frame.key).dump());
  }

  // Copies made for anchors and aliases count like nodes that were written out.
  void charge(const YAML::Mark& mark, const Size& size) {
    nodes_ += size.nodes;
    aliased_text_ += size.text;
    if (nodes_ > kMaxNodes) fail_nodes(mark);
    if (aliased_text_ > kMaxAliasedText) fail(mark, "aliases that repeat too much text");
  }

  [[noreturn]] static void fail_nodes(const YAML::Mark& mark) {
    fail(mark,
         "more than " + std::to_string(kMaxNodes) + " values in one document, aliases included");
  }

  // Whether a document that is not the first one begins with "---" or follows "...". yaml-cpp takes
  // any content that does not fit the document before for the next one.
  bool is_announced(const YAML::Mark& mark) const {
    if (text_.substr(position(mark), 3) == "---") return true;
    std::string_view before = text_.substr(0, position(mark));
    while (!before.empty()) {
      before.remove_suffix(before.ends_with('\n') ? 1 : 0);
      const std::size_t start = before.rfind('\n') + 1;
      const std::string_view line = before.substr(start);
      const std::size_t content = line.find_first_not_of(" \t\r");
      if (content != std::string_view::npos && line[content] != '#') return line.starts_with("...");
      before = before.substr(0, start);
    }
    return false;
  }

  // "[a, , b]": yaml-cpp makes a null of it.
  bool is_left_out(const YAML::Mark& mark) const {
    return !frames_.empty() && !frames_.back().key && position(mark) < text_.size() &&
           text_[position(mark)] == ',';
  }

  std::string_view text_;
  std::vector<json> documents_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  json root_;
  YAML::Mark opened_;
  std::size_t nodes_ = 0;
  std::size_t aliased_text_ = 0;
  bool started_ = false;
};

// YAML is printable Unicode. Anything else would reach JSON, a log or a terminal, and yaml-cpp
// takes byte 4 for the end.
void require_printable(std::string_view text) {
  int line = 0;
  int column = 0;
  while (!text.empty()) {
    const auto decoded = decode_utf8(text);
    if (!decoded) fail(line, column, "a byte that is not valid UTF-8");
    if (!is_yaml_printable(decoded->value)) fail(line, column, "a control character");
    text.remove_prefix(decoded->bytes);
    const bool ends_line = decoded->value == '\n';
    line += ends_line ? 1 : 0;
    column = ends_line ? 0 : column + static_cast<int>(decoded->bytes);
  }
}

// yaml-cpp puts what it read behind a colon; that may be half a secret.
std::string without_content(const std::string& message) {
  return message.substr(0, message.find(':'));
}

}  // namespace

std::vector<json> parse_yaml(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  require_printable(text);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(text);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const YAML::Exception& error) {
    fail(error.mark, without_content(error.msg));
  }
}

}  // namespace api
