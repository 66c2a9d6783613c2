// The command line of ttracerd(8).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ttracerd/config.h"

namespace ttq {

enum class Action {
  run,
  once,  ///< look once, print the flows as JSON, and end
  check_config,
  print_config,
};

struct Options {
  Action action = Action::run;
  Config config;
  /// The same command line, and the files as they are by then.
  std::function<Result<Config>()> read_again;
};

/// Exit statuses of ttracerd.
enum ExitStatus : int { exit_ok = 0, exit_fault = 1, exit_usage = 2 };

/// An option, as it is parsed, told by --help and completed.
struct OptionLine {
  std::string spelling;  ///< as CLI11 wants it: "-h,--help"
  std::string value;     ///< what to call its value; empty: it is a flag
  std::string help;
  std::span<const std::string_view> words{};  ///< what its value may be; empty: not one of a few
  bool is_list = false;                       ///< it may be given several times

  [[nodiscard]] std::string name() const { return spelling.substr(spelling.find("--")); }
};

/// In the order of --help.
std::vector<OptionLine> option_lines();

/// Reads the command line and the configuration that it names. Nothing: there is no more to do
/// (help and version were printed, or one line on stderr says what is wrong), and `status` says how
/// to end.
std::optional<Options> read_options(int argc, const char* const* argv, int& status);

}  // namespace ttq
