#include <map>

#include "completions/described.h"
#include "ttracerd/options.h"

namespace ttq {
namespace {

Place value_of(const OptionLine& line) {
  static const std::map<std::string_view, Offer> offers{
      {"FILE", Offer::file},
      {"DIR", Offer::directory},
      {"USER", Offer::user},
      {"GROUP", Offer::group},
  };
  Place value{line.value};
  const auto found = offers.find(line.value);
  if (found != offers.end()) value.offer = found->second;
  value.words.assign(line.words.begin(), line.words.end());
  if (!value.words.empty()) value.offer = Offer::words;
  return value;
}

}  // namespace

Syntax described() {
  Syntax program{"ttracerd", "watch which processes of this host depend on which others"};
  for (const OptionLine& line : option_lines()) {
    SyntaxOption option{split_spelling(line.spelling), line.help};
    if (!line.value.empty()) option.value = value_of(line);
    option.repeats = line.is_list;
    program.options.push_back(std::move(option));
  }
  return program;
}

}  // namespace ttq
