// A command line as a shell sees it: commands within commands, their options, and what stands
// where. Described once for each program (of_ttq.cpp, of_ttracerd.cpp), printed once for each
// shell.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ttq {

/// What a shell can offer at a place.
enum class Offer {
  nothing,
  words,  ///< one of Place::words
  list,   ///< any of them, with commas between
  file,
  directory,
  host,
  user,
  group,
};

/// Where a value of an option stands, or an operand.
struct Place {
  std::string name;  ///< "TIME": what it is called in --help
  Offer offer = Offer::nothing;
  std::vector<std::string> words{};

  bool operator==(const Place&) const = default;
};

struct SyntaxOption {
  std::vector<std::string> spellings;  ///< "-S", "--since"
  std::string help;
  std::optional<Place> value{};  ///< none: it is a flag
  bool repeats = false;
};

/// A program, or a command of it. Names, spellings and words have no character that a shell knows;
/// help is any text.
struct Syntax {
  std::string name;
  std::string help;
  std::vector<SyntaxOption> options{};
  std::vector<Place> operands{};
  bool repeats = false;  ///< the last operand
  std::vector<Syntax> commands{};
};

/// One of them, and how it is reached from the program: "ttq/pki/issue".
struct Reached {
  std::string path;
  const Syntax* command;
};

/// The program and all its commands, each before its own. Lives no longer than `program`.
std::vector<Reached> all_commands(const Syntax& program);

/// Spellings of all options of the program that take a value, each once.
std::vector<std::string> valued_spellings(const Syntax& program);

/// "-S,--since" taken apart.
std::vector<std::string> split_spelling(const std::string& spelling);

}  // namespace ttq
