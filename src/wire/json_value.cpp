#include "wire/json_value.h"

#include <algorithm>

#include "base/text.h"

namespace ttq {
namespace {

constexpr std::size_t max_path_bytes = 200;

/// Appends the way from one cell to another inside of it.
bool find_path(const JsonTape& tape, std::uint32_t from, std::uint32_t wanted, std::string& path) {
  if (from == wanted) return true;
  const bool object = tape[from].kind == JsonKind::object;
  std::size_t index = 0;
  for (auto at = from + 1; at < tape[from].next; at = tape[at].next, ++index) {
    const auto name = at;
    if (object) ++at;
    if (wanted >= tape[at].next) continue;
    path += object ? "." + tape.unescaped(tape[name]) : "[" + std::to_string(index) + "]";
    return find_path(tape, at, wanted, path);
  }
  return false;
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text) {
  auto tape = JsonTape::parse(text);
  if (!tape) return tape.error();
  return JsonDocument{*std::move(tape), std::nullopt};
}

JsonValue JsonValue::operator[](std::string_view name) const {
  JsonValue member = *this;
  member.at_ = none;
  member.parent_ = at_;
  member.name_ = name;
  if (!is(JsonKind::object)) {
    complain("not an object");
    return member;
  }
  const JsonTape& tape = document_->tape;
  for (auto at = at_ + 1; at < tape[at_].next; at = tape[at + 1].next) {
    const JsonCell& its_name = tape[at];
    const bool same =
        its_name.plain ? tape.spelling(its_name) == name : tape.unescaped(its_name) == name;
    if (!same) continue;
    member.at_ = at + 1;
    break;
  }
  return member;
}

bool JsonValue::boolean() const {
  if (!is(JsonKind::boolean)) complain("not true or false");
  return is(JsonKind::boolean) && document_->tape[at_].length == 4;
}

std::string_view JsonValue::spelled(std::string& room) const {
  if (!is(JsonKind::string)) {
    complain("not a string");
    return "";
  }
  const JsonTape& tape = document_->tape;
  if (tape[at_].plain) return tape.spelling(tape[at_]);
  room = clean(tape.unescaped(tape[at_]), max_json_string);
  return room;
}

std::string JsonValue::text(std::size_t max_bytes) const {
  std::string room;
  const std::string_view whole = spelled(room);
  return whole.size() > max_bytes ? clean(whole, max_bytes) : std::string(whole);
}

Time JsonValue::time() const {
  std::string room;
  const auto value = parse_time(spelled(room));
  if (!value) complain("not a time of RFC 3339");
  return value.value_or(Time{});
}

Address JsonValue::address() const {
  std::string room;
  const auto value = Address::parse(spelled(room));
  if (!value) complain("not an IP address");
  return value.value_or(Address{});
}

/// Negative numbers, fractions and what is over 64 bits are spelled otherwise.
std::uint64_t JsonValue::whole_number(std::uint64_t least, std::uint64_t most) const {
  if (is(JsonKind::number)) {
    const auto value = parse_integer<std::uint64_t>(document_->tape.spelling(document_->tape[at_]));
    if (value && *value >= least && *value <= most) return *value;
  }
  complain("not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

bool JsonValue::is_array() const {
  const bool array = is(JsonKind::array);
  if (!array) complain("not an array");
  return array;
}

void JsonValue::complain(std::string_view what) const {
  if (document_->complaint) return;
  document_->complaint = Fault{std::string(is_absent() ? "missing" : what)}.in(path());
}

std::string JsonValue::path() const {
  std::string path;
  const auto wanted = is_absent() ? parent_ : at_;
  if (wanted != none) find_path(document_->tape, 0, wanted, path);
  if (is_absent()) path += "." + std::string(name_);
  path = clean(path, max_path_bytes);  // names of members are a stranger's too
  return path.empty() ? "the document" : path.substr(path.front() == '.' ? 1 : 0);
}

}  // namespace ttq
