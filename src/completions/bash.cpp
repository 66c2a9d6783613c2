// What is known of the command line is one flat table in a case of bash: "COMMAND PLACE", where the
// place is an option's spelling, "-" for the options, or how many operands are before it.
//
// Bash cuts a word at each of COMP_WORDBREAKS, at "=" and ":" among others, and puts what is chosen
// in the place of the last piece. So the pieces are put together first, by COMP_LINE, and what is
// offered is cut again in the end. The package bash-completion has functions for that, but is not
// everywhere; where it is, it knows more hosts than bash does.
#include "base/text.h"
#include "completions/quoting.h"
#include "completions/shells.h"

namespace ttq {
namespace {

constexpr std::string_view body =
    R"(# bash completion for @NAME@, made of the tables of @NAME@ --help.
# shellcheck shell=bash

_@NAME@() {
  # The words up to the cursor, whole: for readline "=" and ":" end a word.
  local words=() rest=${COMP_LINE:0:COMP_POINT} bare piece i
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    bare=${rest#"${rest%%[![:blank:]]*}"}
    piece=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then piece=$bare; fi
    if ((i > 0)) && [[ $bare == "$rest" ]]; then
      words[-1]+=$piece
    else
      words+=("$piece")
    fi
    rest=${bare#"$piece"}
  done

  local word command=@NAME@ option='' operands=0 plain=''
  for word in "${words[@]:1:${#words[@]}-2}"; do
    if [[ -n $option ]]; then
      option=''
    elif [[ -z $plain && $word == -- ]]; then
      plain=yes
    elif [[ -z $plain && $word == -?* ]]; then
      case $word in
        @VALUED@) option=$word ;;
      esac
    else
      case $operands/$command/$word in
@DESCENT@        *) ((++operands)) ;;
      esac
    fi
  done

  local cur=${words[-1]} prefix='' place=$operands
  if [[ -n $option ]]; then
    place=$option
  elif [[ -z $plain ]]; then
    case $cur in
      --*=*) place=${cur%%=*} prefix=${cur%%=*}= ;;
      -[!-]?*) place=${cur:0:2} prefix=${cur:0:2} ;;
      -*) place=- ;;
    esac
  fi

  local offer='' choice=()
  case "$command $place" in
@PLACES@  esac

  local value=${cur#"$prefix"}
  if [[ $offer == list ]]; then
    prefix+=${value%"${value##*,}"}
    value=${value##*,}
  fi
  COMPREPLY=()
  case $offer in
    file | directory)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -A "$offer" -- "$value")
      ;;
    user | group) mapfile -t COMPREPLY < <(compgen -A "$offer" -- "$value") ;;
    host)
      if [[ $value == *:* ]]; then
        :
      elif declare -F _known_hosts_real >/dev/null; then
        _known_hosts_real -- "$value"
      else
        mapfile -t COMPREPLY < <(compgen -A hostname -- "$value")
      fi
      ;;
  esac
  # Last: from bash-completion 2.12 on its hosts take the place of whatever was there.
  if ((${#choice[@]} > 0)); then
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "${choice[*]}" -- "$value")
  fi

  # Readline replaces what is behind the last "=" or ":", if these end a word.
  local breaks=${COMP_WORDBREAKS//[^=:]/} cut=''
  # shellcheck disable=SC2295 # it is meant as a pattern
  if [[ -n $breaks && $cur == *[$breaks]* ]]; then cut=${cur%"${cur##*[$breaks]}"}; fi
  for i in "${!COMPREPLY[@]}"; do
    piece=$prefix${COMPREPLY[i]}
    COMPREPLY[i]=${piece#"$cut"}
  done
}

complete -F _@NAME@ @NAME@
)";

std::string print_choice(const std::vector<std::string>& words) {
  return words.empty() ? "" : " choice=(" + joined(words, " ") + ")";
}

std::string print_offer(Offer offer) {
  switch (offer) {
    case Offer::list:
      return " offer='list'";
    case Offer::file:
      return " offer='file'";
    case Offer::directory:
      return " offer='directory'";
    case Offer::host:
      return " offer='host'";
    case Offer::user:
      return " offer='user'";
    case Offer::group:
      return " offer='group'";
    case Offer::nothing:
    case Offer::words:
      break;
  }
  return "";
}

/// `pattern`: "COMMAND PLACE" as a case of bash.
std::string print_case(const std::string& pattern, const Place& place,
                       const std::vector<std::string>& commands = {}) {
  std::vector<std::string> words = place.words;
  words.insert(words.end(), commands.begin(), commands.end());
  const std::string effect = print_offer(place.offer) + print_choice(words);
  return effect.empty() ? "" : "    " + pattern + ")" + effect + " ;;\n";
}

std::string at(const Reached& reached, const std::string& place) {
  return quoted_for_sh(reached.path + " " + place);
}

std::string print_options(const Reached& reached) {
  std::vector<std::string> all;
  std::string printed;
  for (const SyntaxOption& option : reached.command->options) {
    all.insert(all.end(), option.spellings.begin(), option.spellings.end());
    if (!option.value) continue;
    for (const std::string& spelling : option.spellings) {
      printed += print_case(at(reached, spelling), *option.value);
    }
  }
  return print_case(at(reached, "-"), {"", Offer::words, all}) + printed;
}

std::string print_operands(const Reached& reached) {
  const Syntax& command = *reached.command;
  std::vector<std::string> commands;
  for (const Syntax& part : command.commands) commands.push_back(part.name);
  if (command.operands.empty()) return print_case(at(reached, "0"), {}, commands);
  std::string printed;
  for (std::size_t i = 0; i < command.operands.size(); ++i) {
    const bool is_open = command.repeats && i + 1 == command.operands.size();
    printed += print_case(is_open ? at(reached, "") + "[0-9]*" : at(reached, std::to_string(i)),
                          command.operands[i], i == 0 ? commands : std::vector<std::string>{});
  }
  return printed;
}

/// How a word leads from a command into one of its own.
std::string print_descent(const Syntax& program) {
  std::vector<std::string> ways;
  for (const Reached& reached : all_commands(program)) {
    if (reached.command != &program) ways.push_back("0/" + reached.path);
  }
  return ways.empty() ? "" : "        " + joined(ways, " | ") + ") command+=/$word ;;\n";
}

}  // namespace

std::string print_bash(const Syntax& program) {
  std::string places;
  for (const Reached& reached : all_commands(program)) {
    places += print_options(reached) + print_operands(reached);
  }
  std::string text = replace_all(body, "@NAME@", program.name);
  text = replace_all(text, "@VALUED@", joined(valued_spellings(program), " | "));
  text = replace_all(text, "@DESCENT@", print_descent(program));
  return replace_all(text, "@PLACES@", places);
}

}  // namespace ttq
