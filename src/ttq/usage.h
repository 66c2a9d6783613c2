// What the command line of ttq(1) is made of, as data, and the texts made from it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ttq/graph.h"
#include "ttq/group.h"
#include "ttq/words.h"

namespace ttq {

struct Command {
  std::string_view name;  ///< "show", or two words: "pki init"
  Group group;
  Direction direction;            ///< of questions
  std::optional<unsigned> depth;  ///< of questions: the default; none: to the end
  std::string_view arguments;     ///< "[TARGET]"
  std::string_view help;
  std::string_view examples;

  [[nodiscard]] std::size_t words() const;
};

struct OptionRow {
  Group group;
  std::string_view spelling;  ///< as CLI11 wants it: "-S,--since"
  std::string_view value;     ///< what to call its value; empty: it is a flag
  std::string_view help;      ///< "{}" stands for the words that its value may be
  std::span<const Word> words{};

  /// "--since": what it is called in messages.
  [[nodiscard]] std::string name() const;
  /// Whether it may be given several times, for a list: "NET,...".
  [[nodiscard]] bool is_list() const { return value.ends_with(",..."); }
  [[nodiscard]] bool is_for(const Command& command) const { return meet(group, command.group); }
  /// As that command tells it.
  [[nodiscard]] std::string help_for(const Command& command) const;
};

std::span<const Command> commands();  ///< the first is the default
std::span<const OptionRow> option_rows();

/// The command that these words begin with; none: no such command.
const Command* find_command(std::span<const std::string> words);

/// Of all commands, with the options of those that ask.
std::string print_help();
/// Of one, with its own options.
std::string print_help(const Command& command);

}  // namespace ttq
