// A foreign JSON document, read without trust.
//
// The text is measured before it is parsed: nesting and the length of strings are limited, because
// what a parser does with "[[[[[..." or a string of megabytes is not for a stranger to try. How
// long the whole text may be is decided by whoever fetches it.
//
// A read that finds something else than it asked for complains, and returns an empty value. The
// first complaint is kept and fails the whole document, so a reader is written straight on, with no
// branch after each field. Where the value stands is looked for only once there is a complaint.
//
// Only for bodies in this directory: nobody else sees nlohmann's types.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ttq/address.h"
#include "ttq/result.h"
#include "ttq/time.h"

namespace ttq {

inline constexpr std::size_t max_json_depth = 32;
inline constexpr std::size_t max_json_string = 4096;  ///< bytes, as spelled
inline constexpr std::uint64_t max_json_count = 1ULL
                                                << 53U;  ///< exact in every reader (RFC 8259 6)

struct JsonDocument {
  nlohmann::json root;
  std::optional<Fault> complaint;
};

Result<JsonDocument> parse_json(std::string_view text);

/// A value in the document, or a member that is not there. Valid as long as the document is.
class JsonValue {
 public:
  explicit JsonValue(JsonDocument& document) : JsonValue(document, document.root) {}

  /// A member of this object.
  JsonValue operator[](std::string_view name) const;

  [[nodiscard]] bool is_absent() const { return node_ == nullptr; }
  [[nodiscard]] bool is_null() const { return node_ != nullptr && node_->is_null(); }

  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::string text() const;  ///< cleaned (base/text.h)
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
    const auto value = parse(text());
    if (!value) complain("not one of the words that this version knows");
    return value.value_or(Enum{});
  }

  /// What `read` makes of each element.
  template <class Read>
  [[nodiscard]] auto list(Read read) const {
    std::vector<std::invoke_result_t<Read, JsonValue>> values;
    if (!is_array()) return values;
    for (const auto& element : *node_) {
      values.push_back(read(JsonValue(*document_, element)));
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
  JsonValue(JsonDocument& document, const nlohmann::json& node)
      : document_(&document), node_(&node) {}

  [[nodiscard]] std::uint64_t whole_number(std::uint64_t least, std::uint64_t most) const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] std::string path() const;

  JsonDocument* document_;
  const nlohmann::json* node_ = nullptr;    ///< none: absent
  const nlohmann::json* parent_ = nullptr;  ///< of an absent member
  std::string name_;                        ///< of an absent member
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
