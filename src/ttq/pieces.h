// The command line taken apart, before anybody asks what it means.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ttq {

/// The line in pieces: what stood alone, and the values of options by their names.
struct Pieces {
  std::vector<std::string> words;
  std::map<std::string, std::string> values;
  std::optional<std::string> complaint;

  [[nodiscard]] bool has(const std::string& name) const { return values.count(name) > 0; }
};

/// By the tables of usage.h. Every option of any command is known here; which of them the command
/// takes is decided by its reader.
Pieces take_apart(std::vector<std::string> arguments);

}  // namespace ttq
