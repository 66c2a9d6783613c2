// ttq as a program, in a shell.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace ttq::test {

struct Outcome {
  int status = -1;
  std::string text;
};

/// Runs ttq with what the shell redirects, and without the settings of this machine. `before`: what
/// runs it, "env HOME=/x".
inline Outcome run(const std::string& arguments, const std::string& before = "") {
  const std::string command =
      before + " " + std::string(TTQ_PROGRAM) + " --config /dev/null " + arguments;
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> piece{};
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
    outcome.text.append(piece.data(), got);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  return outcome;
}

}  // namespace ttq::test
