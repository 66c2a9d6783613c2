// Options and operands are lines of `complete`, each under the condition that one of its commands
// was typed. What several commands have alike is one line for all of them.
#include <map>

#include "base/text.h"
#include "completions/quoting.h"
#include "completions/shells.h"

namespace ttq {
namespace {

constexpr std::string_view functions =
    R"(# fish completion for @NAME@, made of the tables of @NAME@ --help.

# Prints the command that was typed, and how many operands are behind it.
function __@NAME@_typed
    set -l command @NAME@
    set -l operands 0
    set -l expected word
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $expected = value
            set expected word
            continue
        end
        if test $expected = word
            switch $word
                case --
                    set expected operand
                    continue
                case @VALUED@
                    set expected value
                    continue
                case '-*'
                    continue
            end
        end
        switch $operands/$command/$word
@DESCENT@            case '*'
                set operands (math $operands + 1)
        end
    end
    printf '%s\n' $command $operands
end

# Whether it was one of these.
function __@NAME@_in
    set -l typed (__@NAME@_typed)
    contains -- $typed[1] $argv
end

# Whether it was this one, and has so many operands, or one of these numbers.
function __@NAME@_at
    set -l typed (__@NAME@_typed)
    test $typed[1] = $argv[1]; and test $typed[2] -ge $argv[2] -a $typed[2] -le $argv[3]
end

# The value that is being typed: behind "=" where it is in one word with its option.
function __@NAME@_value
    string replace --regex '^--[^=]*=' '' -- (commandline -ct)
end

complete -c @NAME@ -f
)";

std::string print_offer(const std::string& program, const Place& place) {
  const auto words = joined(place.words, " ");
  switch (place.offer) {
    case Offer::words:
      return " -a " + quoted_for_fish(words);
    case Offer::list:
      return " -a " +
             quoted_for_fish(R"((__fish_complete_list , 'string split " " ")" + words + R"("'))");
    case Offer::directory:
      return " -a '(__fish_complete_directories (__" + program + "_value))'";
    case Offer::host:
      return " -a '(__fish_print_hostnames)'";
    case Offer::user:
      return " -a '(__fish_complete_users)'";
    case Offer::group:
      return " -a '(__fish_complete_groups)'";
    case Offer::file:
    case Offer::nothing:
      break;
  }
  return "";
}

std::string print_option(const std::string& program, const SyntaxOption& option) {
  std::string printed;
  for (const std::string& spelling : option.spellings) {
    const bool is_long = spelling.starts_with("--");
    printed += (is_long ? " -l " : " -s ") + spelling.substr(is_long ? 2 : 1);
  }
  if (option.value) printed += option.value->offer == Offer::file ? " -r -F" : " -x";
  if (option.value) printed += print_offer(program, *option.value);
  return printed + " -d " + quoted_for_fish(option.help);
}

std::string begin_line(const std::string& program, const std::string& condition) {
  return "complete -c " + program + " -n '__" + program + "_" + condition + "'";
}

std::string print_options(const Syntax& program) {
  std::vector<std::string> in_order;
  std::map<std::string, std::string> paths;
  for (const Reached& reached : all_commands(program)) {
    for (const SyntaxOption& option : reached.command->options) {
      const std::string printed = print_option(program.name, option);
      if (paths.count(printed) == 0) in_order.push_back(printed);
      paths[printed] += " " + reached.path;
    }
  }
  std::string lines;
  for (const std::string& printed : in_order) {
    lines += begin_line(program.name, "in" + paths.at(printed)) + printed + "\n";
  }
  return lines;
}

std::string print_operands(const std::string& program, const Reached& reached) {
  const Syntax& command = *reached.command;
  std::string lines;
  for (const Syntax& part : command.commands) {
    lines += begin_line(program, "at " + reached.path + " 0 0") + " -a " + part.name + " -d " +
             quoted_for_fish(part.help) + "\n";
  }
  for (std::size_t i = 0; i < command.operands.size(); ++i) {
    const std::string offer = print_offer(program, command.operands[i]);
    if (offer.empty()) continue;
    const bool is_open = command.repeats && i + 1 == command.operands.size();
    const std::string first = std::to_string(i);
    lines +=
        begin_line(program, "at " + reached.path + " " + first + " " + (is_open ? "1000" : first)) +
        offer + " -d " + quoted_for_fish(command.operands[i].name) + "\n";
  }
  return lines;
}

std::string print_descent(const Syntax& program) {
  std::string ways;
  for (const Reached& reached : all_commands(program)) {
    if (reached.command != &program) ways += " 0/" + reached.path;
  }
  if (ways.empty()) return "";
  return "            case" + ways + "\n                set command $command/$word\n";
}

}  // namespace

std::string print_fish(const Syntax& program) {
  std::string printed = replace_all(functions, "@NAME@", program.name);
  printed = replace_all(printed, "@VALUED@", joined(valued_spellings(program), " "));
  printed = replace_all(printed, "@DESCENT@", print_descent(program));
  for (const Reached& reached : all_commands(program)) {
    printed += print_operands(program.name, reached);
  }
  return printed + print_options(program);
}

}  // namespace ttq
