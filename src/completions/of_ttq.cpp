#include <map>

#include "base/text.h"
#include "completions/described.h"
#include "ttq/usage.h"

namespace ttq {
namespace {

/// By what --help calls it. A NAME may be of anything, and --ipv4 takes no name.
Offer offer_at(std::string_view name) {
  static const std::map<std::string_view, Offer> offers{
      {"PATH", Offer::file},   {"FILE", Offer::file},    {"DIR", Offer::directory},
      {"TARGET", Offer::host}, {"ADDRESS", Offer::host},
  };
  const auto found = offers.find(name);
  return found != offers.end() ? found->second : Offer::nothing;
}

Place value_of(const OptionRow& row, const Command& command) {
  Place value{std::string(row.value.substr(0, row.value.find(','))), offer_at(row.value)};
  for (const auto word : texts_of(row.words, command.group)) value.words.emplace_back(word);
  if (!value.words.empty()) value.offer = row.is_list() ? Offer::list : Offer::words;
  return value;
}

std::vector<SyntaxOption> options_of(const Command& command) {
  std::vector<SyntaxOption> options;
  for (const OptionRow& row : option_rows()) {
    if (!row.is_for(command)) continue;
    SyntaxOption option{split_spelling(std::string(row.spelling)), row.help_for(command)};
    if (!row.value.empty()) option.value = value_of(row, command);
    option.repeats = row.is_list();
    options.push_back(std::move(option));
  }
  return options;
}

/// "NAME [ADDRESS]..." But "init|issue|token" are commands.
void take_operands(Syntax& syntax, const Command& command) {
  for (auto piece : split(command.arguments, ' ')) {
    if (piece.empty() || piece.find('|') != piece.npos) continue;
    syntax.repeats = piece.ends_with("...");
    if (syntax.repeats) piece.remove_suffix(3);
    if (piece.starts_with('[')) piece = piece.substr(1, piece.size() - 2);
    const bool is_host = command.group == Group::pki_issue;
    syntax.operands.push_back({std::string(piece), is_host ? Offer::host : offer_at(piece)});
  }
}

/// `name`: within its parent.
Syntax syntax_of(const Command& command, std::string_view name) {
  Syntax syntax{std::string(name), std::string(command.help), options_of(command)};
  take_operands(syntax, command);
  return syntax;
}

/// Those of the table that are one word longer than `name` and begin with it.
std::vector<Syntax> parts_of(const std::string& name) {
  std::vector<Syntax> parts;
  const std::string before = name.empty() ? "" : name + " ";
  for (const Command& command : commands()) {
    if (!command.name.starts_with(before)) continue;
    const auto rest = command.name.substr(before.size());
    if (rest.find(' ') != rest.npos) continue;
    parts.push_back(syntax_of(command, rest));
    parts.back().commands = parts_of(std::string(command.name));
  }
  return parts;
}

}  // namespace

/// Without a command it is the first.
Syntax described() {
  Syntax program = syntax_of(commands().front(), "ttq");
  program.commands = parts_of("");
  return program;
}

}  // namespace ttq
