// The command line taken apart, before anybody asks what it means.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ttq/kept.h"

namespace ttq {

/// The line in pieces: what stood alone, and the values of options by their names; and what is kept
/// of them, once that was read.
struct Pieces {
  std::vector<std::string> words;
  std::map<std::string, std::string> values;
  KeptValues kept;  ///< from files; what was typed wins
  std::optional<std::string> complaint;

  /// Whether it was typed.
  [[nodiscard]] bool has(const std::string& name) const { return values.count(name) > 0; }
};

/// By the tables of usage.h. Every option of any command is known here; which of them the command
/// takes is decided by its reader.
Pieces take_apart(std::vector<std::string> arguments);

}  // namespace ttq
