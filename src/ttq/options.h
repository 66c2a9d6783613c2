// The command line of ttq(1): one table of commands, one of options; the texts of --help are made
// from both.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ttq/carriage.h"
#include "ttq/graph.h"
#include "ttq/pki.h"
#include "walk/connect.h"
#include "walk/walker.h"

namespace ttq {

enum class Output { tree, classic, json, dot, http_sd };

struct Options {
  Target target;
  WalkQuery query;
  WalkLimits limits;
  Output output = Output::tree;
  bool hosts = false;               ///< the question is who answers, not what depends on what
  std::optional<Via> via;           ///< none: by TLS where there are credentials
  std::string via_place = "--via";  ///< who says so, for complaints
  std::optional<std::filesystem::path> tls;  ///< their directory; none: the usual ones
  std::string tls_place = "--tls";
  bool color = true;  ///< allowed; whether the terminal takes it is not looked at
};

/// --help, --version: to be printed, and that is all.
struct Notice {
  std::string text;
};

/// A command line that cannot be understood; one line.
struct UsageError {
  std::string message;
};

using CommandLine = std::variant<Options, Carriage, PkiTask, Notice, UsageError>;

/// `arguments`: without the program's name. `now` is what relative times count from. `files` are
/// read where no --config is among the arguments, the later winning; none need be there. For --help
/// and --version none is read.
CommandLine parse_command_line(const std::vector<std::string>& arguments, Time now,
                               const std::vector<std::filesystem::path>& files = {});

}  // namespace ttq
