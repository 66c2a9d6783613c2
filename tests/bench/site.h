// Where things are measured: two hosts of the lab, `here`, which is watched, and `far`, which has
// the other ends.
//
// What runs here has a PID namespace and a /proc of its own. Else whoever walks /proc would look
// into the far host's processes as well, and a walk would seem twice as dear as on a real host.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "bench/program_clock.h"
#include "lab/lab.h"

namespace ttq::bench {

class Site {
 public:
  Site();

  /// Starts a program here, to be found by pid_of().
  lab::Program& start_here(lab::Argv argv) { return here.start(inside(std::move(argv))); }
  lab::Program& start_far(const lab::Argv& argv) { return far.start(argv); }
  /// Runs a program here to its end, its output thrown away, and returns what CPU it took; 0 where
  /// it did not end within the patience, or failed.
  Nanoseconds run_here(lab::Argv argv, std::chrono::seconds patience) const;
  lab::Lab lab;
  lab::Host& here = lab.host("here", "10.0.0.2");
  lab::Host& far = lab.host("far", "10.0.0.3");

 private:
  [[nodiscard]] lab::Argv inside(lab::Argv argv) const;

  pid_t init_ = -1;  ///< pid 1 of the watched host
};

/// The program that start_here() started, as this process sees its pid.
pid_t pid_of(const lab::Program& started_here);

/// Waits for a word on the program's log; gives up if it ends first.
void await_word(lab::Program& program, std::string_view word, std::chrono::seconds patience);

/// The path of one of the programs of this directory.
std::string bench_program(std::string_view name);

/// Sets a file below /proc/sys in the host's network namespace.
void set_kernel(const lab::Host& host, const std::string& path, const std::string& value);

/// At most a hundred rows of connections that are over, so that tables do not grow from turn to
/// turn.
void keep_little_time_wait(const Site& site);

}  // namespace ttq::bench
