#include "wire/json_value.h"

#include <algorithm>

#include "base/text.h"

namespace ttq {
namespace {

using nlohmann::json;

/// The deepest nesting and the longest string of a text that may or may not be JSON.
struct Measure {
  std::size_t depth = 0;
  std::size_t string = 0;
};

/// Bytes from the opening quote at `start` to the closing one, or to the end of the text.
std::size_t quoted_length(std::string_view text, std::size_t start) {
  std::size_t at = start + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2U : 1U;
  return std::min(at, text.size()) - start;
}

Measure measure(std::string_view text) {
  Measure most;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '[' || c == '{') most.depth = std::max(most.depth, ++depth);
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c != '"') continue;
    const auto length = quoted_length(text, at);
    most.string = std::max(most.string, length - 1);
    at += length;
  }
  return most;
}

/// Appends the way from `from` to `wanted`.
bool find_path(const json& from, const json* wanted, std::string& path) {
  if (&from == wanted) return true;
  if (!from.is_structured()) return false;
  std::size_t index = 0;
  for (auto child = from.begin(); child != from.end(); ++child, ++index) {
    const auto length = path.size();
    path += from.is_array() ? "[" + std::to_string(index) + "]" : "." + child.key();
    if (find_path(*child, wanted, path)) return true;
    path.resize(length);
  }
  return false;
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text) {
  const auto [depth, string] = measure(text);
  if (depth > max_json_depth) return Fault{"nested more than 32 deep"};
  if (string > max_json_string) return Fault{"a string is longer than 4096 bytes"};
  JsonDocument document;
  document.root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.root.is_discarded()) return Fault{"not JSON"};
  return document;
}

JsonValue JsonValue::operator[](std::string_view name) const {
  JsonValue member = *this;
  member.node_ = nullptr;
  member.parent_ = node_;
  member.name_ = name;
  if (node_ == nullptr || !node_->is_object()) {
    complain("not an object");
  } else if (const auto found = node_->find(name); found != node_->end()) {
    member.node_ = &*found;
  }
  return member;
}

bool JsonValue::boolean() const {
  const auto* value = node_ == nullptr ? nullptr : node_->get_ptr<const json::boolean_t*>();
  if (value == nullptr) complain("not true or false");
  return value != nullptr && *value;
}

std::string JsonValue::text() const {
  const auto* value = node_ == nullptr ? nullptr : node_->get_ptr<const json::string_t*>();
  if (value == nullptr) complain("not a string");
  return value == nullptr ? "" : clean(*value, max_json_string);
}

Time JsonValue::time() const {
  const auto value = parse_time(text());
  if (!value) complain("not a time of RFC 3339");
  return value.value_or(Time{});
}

Address JsonValue::address() const {
  const auto value = Address::parse(text());
  if (!value) complain("not an IP address");
  return value.value_or(Address{});
}

/// Negative numbers, fractions and what is over 64 bits have other types in the parsed document.
std::uint64_t JsonValue::whole_number(std::uint64_t least, std::uint64_t most) const {
  const auto* value = node_ == nullptr ? nullptr : node_->get_ptr<const json::number_unsigned_t*>();
  if (value != nullptr && *value >= least && *value <= most) return *value;
  complain("not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

bool JsonValue::is_array() const {
  const bool array = node_ != nullptr && node_->is_array();
  if (!array) complain("not an array");
  return array;
}

void JsonValue::complain(std::string_view what) const {
  if (document_->complaint) return;
  document_->complaint = Fault{std::string(is_absent() ? "missing" : what)}.in(path());
}

std::string JsonValue::path() const {
  std::string path;
  find_path(document_->root, is_absent() ? parent_ : node_, path);
  if (is_absent()) path += "." + name_;
  return path.empty() ? "the document" : path.substr(path.front() == '.' ? 1 : 0);
}

}  // namespace ttq
