// What a daemon counted at one port: a line for each flow,
//
//   nginx event: opened 3 closed 3 now 0
//
// the name of its process, or why none is known, the evidence, and the counts that a test asks for.
// So a flow too many is seen like a wrong count.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lab/daemon.h"

namespace ttq::lab {

/// Which flows of a daemon, and what of them.
struct Question {
  const Daemon& daemon;
  std::string_view role;
  std::uint16_t port = 0;
  std::string_view counts = {};  ///< by their names in JSON, with blanks between
  std::string_view proto = "tcp";

  [[nodiscard]] nlohmann::json flows() const;
};

std::string tally(const Question& question);
/// As soon as it is `expected`, or in the end: after a minute, for what holds does not depend on
/// how often a daemon gets to look on a machine that is busy.
std::string tally(const Question& question, const std::string& expected);

/// A line of a tally. REQUIRES: as many values as counts.
std::string flow_line(std::string_view name, std::string_view counts,
                      const std::vector<std::uint64_t>& values);

/// One line for all flows together, called "all", as if events had told of each.
std::string total(const Question& question);
std::string total(const Question& question, const std::string& expected);

/// Whatever a flow has by that name, among its connections or beside them.
nlohmann::json count_of(const nlohmann::json& flow, const std::string& name);

}  // namespace ttq::lab
