// Everything is a call of _arguments, zshcompsys(1): one function for each command. One that has
// commands of its own goes on in theirs, with the words behind it.
//
// _arguments reads its specifications itself, after the shell has read them: brackets and colons
// have a backslash for the first, and the whole is in quotes for the second.
#include "base/text.h"
#include "completions/quoting.h"
#include "completions/shells.h"

namespace ttq {
namespace {

std::string function_of(const std::string& path) { return "_" + replace_all(path, "/", "_"); }

/// ":NAME:ACTION". A blank for an action: nothing is offered but the name.
std::string print_action(const Place& place) {
  const auto words = joined(place.words, " ");
  const auto action = [&]() -> std::string {
    switch (place.offer) {
      case Offer::words:
        return "(" + words + ")";
      case Offer::list:
        return "_sequence compadd - " + words;
      case Offer::file:
        return "_files";
      case Offer::directory:
        return "_files -/";
      case Offer::host:
        return "_hosts";
      case Offer::user:
        return "_users";
      case Offer::group:
        return "_groups";
      case Offer::nothing:
        break;
    }
    return " ";
  };
  return ":" + escaped(place.name, R"(\:)") + ":" + action();
}

/// "(-S --since)--since=[HELP]:TIME: ", a line for each spelling.
std::string print_option(const SyntaxOption& option) {
  std::string printed;
  for (const std::string& spelling : option.spellings) {
    std::string spec = option.repeats ? "*" : "(" + joined(option.spellings, " ") + ")";
    spec += spelling;
    if (option.value) spec += spelling.starts_with("--") ? "=" : "+";
    spec += "[" + escaped(option.help, R"(\[]:)") + "]";
    if (option.value) spec += print_action(*option.value);
    printed += "    " + quoted_for_sh(spec) + "\n";
  }
  return printed;
}

std::string print_options(const Syntax& command) {
  std::string printed = "  local -a options=(\n";
  for (const SyntaxOption& option : command.options) printed += print_option(option);
  return printed + "  )\n";
}

std::string print_operands(const Syntax& command) {
  std::string printed;
  for (std::size_t i = 0; i < command.operands.size(); ++i) {
    const bool is_open = command.repeats && i + 1 == command.operands.size();
    const std::string number = is_open ? "*" : std::to_string(i + 1);
    printed += " " + quoted_for_sh(number + print_action(command.operands[i]));
  }
  return printed;
}

/// Offers commands where the first operand stands, too: it is one thing or the other.
std::string print_with_commands(const std::string& path, const Syntax& command) {
  std::string printed = "  local -a commands=(\n";
  for (const Syntax& part : command.commands) {
    printed += "    " + quoted_for_sh(part.name + ":" + escaped(part.help, R"(\:)")) + "\n";
  }
  printed +=
      "  )\n"
      "  local curcontext=$curcontext state state_descr line ret=1\n"
      "  typeset -A opt_args\n"
      "  _arguments -C -s -S : $options '(-): :->command' '(-)*:: :->behind' && ret=0\n"
      "  case $state in\n"
      "    command)\n"
      "      _describe -t commands command commands && ret=0\n";
  if (!command.operands.empty()) {
    printed += "      _arguments -s -S :" + print_operands(command) + " && ret=0\n";
  }
  printed +=
      "      ;;\n"
      "    behind)\n"
      "      case $words[1] in\n";
  for (const Syntax& part : command.commands) {
    printed +=
        "        " + part.name + ") " + function_of(path + "/" + part.name) + " && ret=0 ;;\n";
  }
  return printed +
         "        *) _arguments -s -S : $options && ret=0 ;;\n"
         "      esac\n"
         "      ;;\n"
         "  esac\n"
         "  return ret\n";
}

std::string print_function(const Reached& reached) {
  const Syntax& command = *reached.command;
  std::string printed = function_of(reached.path) + "() {\n" + print_options(command);
  printed += command.commands.empty()
                 ? "  _arguments -s -S : $options" + print_operands(command) + "\n"
                 : print_with_commands(reached.path, command);
  return printed + "}\n\n";
}

}  // namespace

std::string print_zsh(const Syntax& program) {
  std::string printed = "#compdef " + program.name + "\n# zsh completion for " + program.name +
                        ", made of the tables of " + program.name + " --help.\n\n";
  for (const Reached& reached : all_commands(program)) printed += print_function(reached);
  return printed + function_of(program.name) + " \"$@\"\n";
}

}  // namespace ttq
