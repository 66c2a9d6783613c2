// What the command line of ttq(1) is made of, as data, and the texts made from it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ttq/graph.h"

namespace ttq {

struct Command {
  std::string_view name;
  Direction direction;
  std::optional<unsigned> depth;  ///< the default; none: to the end
  std::string_view help;
  std::string_view examples;
};

struct OptionRow {
  std::string_view spelling;  ///< as CLI11 wants it: "-S,--since"
  std::string_view value;     ///< what to call its value; empty: it is a flag
  std::string_view help;

  /// "--since": what it is called in messages.
  [[nodiscard]] std::string name() const;
  /// Whether it may be given several times, for a list: "NET,...".
  [[nodiscard]] bool is_list() const { return value.ends_with(",..."); }
};

std::span<const Command> commands();  ///< the first is the default
std::span<const OptionRow> option_rows();

/// none: no such command.
const Command* find_command(std::string_view name);

std::string print_help();
std::string print_help(const Command& command);

}  // namespace ttq
