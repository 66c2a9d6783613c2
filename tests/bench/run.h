// One run of a program: how long it took, and how much memory.
#pragma once

#include <string>
#include <vector>

namespace ttq::bench {

struct Run {
  double milliseconds = 0;
  double cpu_seconds = 0;  ///< user and system
  double peak_mib = 0;     ///< resident set
  int status = -1;         ///< its exit status
  std::string out;
};

/// Runs it to its end. stderr goes to /dev/null.
Run run(const std::vector<std::string>& argv);

}  // namespace ttq::bench
