// A program that the lab started: its pid, its log, its end.
//
// Each gets a session and process group of its own, as an init system would give it, and dies with
// the test that started it (PR_SET_PDEATHSIG), however that ends. What a program forks and moves
// out of its group is caught by the lab's guardian (lab.h).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ttq::lab {

using Argv = std::vector<std::string>;

/// Where a program runs and what it leaves.
struct Place {
  std::string netns;  ///< a name under /run/netns; empty: the namespace that we are in
  std::filesystem::path out = "/dev/null";
  std::filesystem::path err = "/dev/null";
};

class Program {
 public:
  Program(const Argv& argv, const Place& place, std::string host = {});
  Program(Program&& other) noexcept;
  Program& operator=(Program&&) = delete;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { stop(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] pid_t pgid() const { return pid_; }
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] std::string comm() const;  ///< as the kernel has it now
  [[nodiscard]] std::string log() const;   ///< its stderr so far
  bool running();

  /// The signal that ends it in an orderly way; SIGTERM unless told.
  void set_stop_signal(int signal) { stop_signal_ = signal; }

  /// Asks its process group to end, and insists after three seconds. Returns as wait() does.
  int stop();
  /// Ends its process group at once, with SIGKILL.
  int kill();
  /// The exit status, or 128 and the signal; 124 if it still ran at the end of `patience` (it is
  /// killed then).
  int wait(std::chrono::milliseconds patience);

 private:
  bool reap();

  pid_t pid_ = -1;
  bool reaped_ = false;
  int status_ = 0;
  int stop_signal_ = SIGTERM;
  std::string host_;
  std::filesystem::path err_;
};

/// What a program that ran to its end said.
struct Outcome {
  std::string out;
  std::string err;
  int status = 0;
};

/// Runs to the end, or for a minute at most.
Outcome run(const Argv& argv, const std::string& netns = {});
/// The same for what the lab itself cannot do without: gives up unless it succeeds.
std::string must_run(const Argv& argv, const std::string& netns = {});

/// Asks every 50 ms until it is so. False: it was not so until the deadline.
bool eventually(std::chrono::milliseconds patience, const std::function<bool()>& so);

/// Asks until the answer is the one expected, and returns the last one, for the test to compare.
template <class Ask, class Expected>
auto settled(std::chrono::milliseconds patience, Ask ask, const Expected& expected) {
  auto answer = ask();
  eventually(patience, [&] { return answer == expected || (answer = ask()) == expected; });
  return answer;
}

std::string read_file(const std::filesystem::path& path);

/// Ends the test program: the lab cannot be built. The guardian clears up.
[[noreturn]] void give_up(std::string_view why);

}  // namespace ttq::lab
