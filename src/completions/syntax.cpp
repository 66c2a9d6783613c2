#include "completions/syntax.h"

#include <set>

#include "base/text.h"

namespace ttq {
namespace {

void collect(std::vector<Reached>& found, const std::string& path, const Syntax& command) {
  found.push_back({path, &command});
  for (const Syntax& part : command.commands) collect(found, path + "/" + part.name, part);
}

}  // namespace

std::vector<Reached> all_commands(const Syntax& program) {
  std::vector<Reached> found;
  collect(found, program.name, program);
  return found;
}

std::vector<std::string> valued_spellings(const Syntax& program) {
  std::set<std::string> spellings;
  for (const Reached& reached : all_commands(program)) {
    for (const SyntaxOption& option : reached.command->options) {
      if (option.value) spellings.insert(option.spellings.begin(), option.spellings.end());
    }
  }
  return {spellings.begin(), spellings.end()};
}

std::vector<std::string> split_spelling(const std::string& spelling) {
  std::vector<std::string> spellings;
  for (const auto piece : split(spelling, ',')) spellings.emplace_back(piece);
  return spellings;
}

}  // namespace ttq
