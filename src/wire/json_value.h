// A foreign JSON document, read without trust.
//
// Nesting and the length of strings are limited, because what a parser does with "[[[[[..." or a
// string of megabytes is not for a stranger to try. How long the whole text may be is decided by
// whoever fetches it.
//
// A read that finds something else than it asked for complains, and returns an empty value. The
// first complaint is kept and fails the whole document, so a reader is written straight on, with no
// branch after each field. Where the value stands is looked for only once there is a complaint.
//
// The parser is json_tape.h's and not nlohmann's: a walk reads some hundred megabytes, and a tree
// of maps and strings costs five times as long, and ten times the text in memory, before the first
// field of it is read.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ttq/address.h"
#include "ttq/result.h"
#include "ttq/time.h"
#include "wire/json_tape.h"

namespace ttq {

inline constexpr std::uint64_t max_json_count = 1ULL
                                                << 53U;  ///< exact in every reader (RFC 8259 6)

/// Valid as long as the text is.
struct JsonDocument {
  JsonTape tape;
  std::optional<Fault> complaint;
};

Result<JsonDocument> parse_json(std::string_view text);

/// A value in the document, or a member that is not there. Valid as long as the document is.
class JsonValue {
 public:
  explicit JsonValue(JsonDocument& document) : JsonValue(document, 0) {}

  /// A member of this object.
  JsonValue operator[](std::string_view name) const;

  [[nodiscard]] bool is_absent() const { return at_ == none; }
  [[nodiscard]] bool is_null() const { return is(JsonKind::null); }

  [[nodiscard]] bool boolean() const;
  /// Cleaned (base/text.h), and cut where it is longer.
  [[nodiscard]] std::string text(std::size_t max_bytes = max_json_string) const;
  [[nodiscard]] Time time() const;
  [[nodiscard]] Address address() const;
  [[nodiscard]] std::uint64_t count() const { return whole_number(0, max_json_count); }

  template <class Integer>
  [[nodiscard]] Integer integer(Integer least = 0) const {
    static_assert(sizeof(Integer) <= sizeof(std::uint32_t));
    using Limits = std::numeric_limits<Integer>;
    return static_cast<Integer>(
        whole_number(static_cast<std::uint64_t>(least), static_cast<std::uint64_t>(Limits::max())));
  }

  /// A word that `parse` knows.
  template <class Enum>
  [[nodiscard]] Enum word(std::optional<Enum> (*parse)(std::string_view)) const {
    std::string room;
    const auto value = parse(spelled(room));
    if (!value) complain("not one of the words that this version knows");
    return value.value_or(Enum{});
  }

  /// What `read` makes of each element.
  template <class Read>
  [[nodiscard]] auto list(Read read,
                          std::size_t most = std::numeric_limits<std::size_t>::max()) const {
    std::vector<std::invoke_result_t<Read, JsonValue>> values;
    if (!is_array()) return values;
    const JsonTape& tape = document_->tape;
    for (std::uint32_t at = at_ + 1; at < tape[at_].next; at = tape[at].next) {
      if (values.size() == most) complain("longer than " + std::to_string(most));
      values.push_back(read(JsonValue(*document_, at)));
      if (document_->complaint) break;
    }
    return values;
  }

  /// null is a value that is not known. Absent is a complaint.
  template <class Read>
  [[nodiscard]] auto unless_null(Read read) const
      -> std::optional<std::invoke_result_t<Read, JsonValue>> {
    if (is_null()) return std::nullopt;
    return read(*this);
  }

  /// An older host does not send it yet.
  template <class Read>
  [[nodiscard]] auto unless_absent(Read read) const
      -> std::optional<std::invoke_result_t<Read, JsonValue>> {
    if (is_absent()) return std::nullopt;
    return read(*this);
  }

  /// "flows[3].listen.port: not …", unless somebody complained before.
  void complain(std::string_view what) const;

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  JsonValue(JsonDocument& document, std::uint32_t at) : document_(&document), at_(at) {}

  [[nodiscard]] bool is(JsonKind kind) const {
    return !is_absent() && document_->tape[at_].kind == kind;
  }
  /// text(), but without a copy of its own where it is plain; else it is put into `room`.
  [[nodiscard]] std::string_view spelled(std::string& room) const;
  [[nodiscard]] std::uint64_t whole_number(std::uint64_t least, std::uint64_t most) const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] std::string path() const;

  JsonDocument* document_;
  std::uint32_t at_ = none;      ///< on the tape; none: absent
  std::uint32_t parent_ = none;  ///< of an absent member
  std::string_view name_;        ///< of an absent member; REQUIRES: a literal
};

/// The whole way from text to T.
template <class T>
Result<T> read_json(std::string_view text, T (*read)(const JsonValue&)) {
  auto document = parse_json(text);
  if (!document) return document.error();
  T value = read(JsonValue(*document));
  if (document->complaint) return *document->complaint;
  return value;
}

}  // namespace ttq
