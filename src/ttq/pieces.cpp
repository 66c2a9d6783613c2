// CLI11 takes the line apart; what the pieces mean, and what to say of a bad one, is decided by
// others. Its own checks are not used: their messages have many lines and name types, not values.
#include "ttq/pieces.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "ttq/usage.h"

namespace ttq {
namespace {

void declare(CLI::App& app, Pieces& pieces) {
  app.set_help_flag();
  app.add_option("words", pieces.words);
  for (const OptionRow& row : option_rows()) {
    const std::string spelling(row.spelling);
    const auto keep = [&pieces, name = row.name()](const std::string& value) {
      pieces.values[name] = value;
    };
    if (row.value.empty()) {
      app.add_flag_callback(spelling, [keep] { keep(""); });
    } else {
      app.add_option_function<std::string>(spelling, keep)
          ->multi_option_policy(row.is_list() ? CLI::MultiOptionPolicy::Join
                                              : CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

/// In the place of "--depth: 1 required TEXT missing" and "Could not convert: --self = maybe".
std::string complaint_about(const CLI::ParseError& error) {
  const std::string text = error.what();
  const std::string name = clean(text.substr(std::min(text.find('-'), text.size())));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return name.substr(0, name.find(':')) + ": a value is missing (see ttq --help)";
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    return name.substr(0, name.find(' ')) + ": it takes no value (see ttq --help)";
  }
  return clean(text) + " (see ttq --help)";
}

}  // namespace

Pieces take_apart(std::vector<std::string> arguments) {
  Pieces pieces;
  CLI::App app;
  declare(app, pieces);
  app.allow_extras();
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    pieces.complaint = complaint_about(error);
  }
  if (!pieces.complaint && app.remaining_size() > 0) {
    pieces.complaint = clean(app.remaining().front()) + ": no such option (see ttq --help)";
  }
  return pieces;
}

}  // namespace ttq
