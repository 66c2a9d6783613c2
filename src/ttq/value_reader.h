// The values of options, read and refused: what was typed, or else what is kept in a file.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/text.h"
#include "ttq/group.h"
#include "ttq/pieces.h"
#include "ttq/time.h"
#include "ttq/words.h"

namespace ttq {

/// Reads values, and keeps the first complaint about one. None: it was not given, or is refused.
class ValueReader {
 public:
  explicit ValueReader(const Pieces& pieces) : pieces_(pieces) {}

  [[nodiscard]] const std::optional<std::string>& complaint() const { return complaint_; }
  void refuse(const std::string& name, const std::string& why);

  /// Whether it stands on the command line, so that one who typed it has to be told if it changes
  /// nothing. What is kept in a file is for whom it concerns.
  [[nodiscard]] bool is_typed(const std::string& name) const { return pieces_.has(name); }
  /// What to call it: "--via", or "/etc/ttq/ttq.toml:3: via".
  [[nodiscard]] std::string place_of(const std::string& name) const;

  [[nodiscard]] bool flag(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> text(const std::string& name);
  [[nodiscard]] std::optional<Duration> duration(const std::string& name);
  [[nodiscard]] std::optional<Time> moment(const std::string& name, Time now);

  /// One of those for these commands.
  [[nodiscard]] const Word* word(const std::string& name, std::span<const Word> words, Group whose);

  template <class Number>
  [[nodiscard]] std::optional<Number> number(const std::string& name, Number low, Number high) {
    const auto typed = text(name);
    if (!typed) return std::nullopt;
    const auto value = parse_integer<Number>(*typed);
    if (value && *value >= low && *value <= high) return value;
    refuse(name, quote(*typed) + " is not a number from " + std::to_string(low) + " to " +
                     std::to_string(high));
    return std::nullopt;
  }

  static std::string quote(const std::string& text) { return "\"" + clean(text) + "\""; }

 private:
  const Pieces& pieces_;
  std::optional<std::string> complaint_;
};

}  // namespace ttq
