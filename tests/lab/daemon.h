// The two programs under test, run in the lab: ttracerd on a host, ttq from a host.
//
// They are those of the build, or those that $TTRACERD and $TTQ name (an installed package, say).
// $TTRACERD_PROBE says how the daemons see sockets; without it they choose.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "lab/lab.h"

namespace ttq::lab {

struct Reply {
  int status = 0;  ///< of HTTP; 0: no answer at all
  std::string body;
};

std::string ttracerd_program();
std::string ttq_program();

/// What is unusual about a daemon.
struct Manner {
  Argv options = {};      ///< come last
  std::string name = {};  ///< of a second one on its host: of its files; nobody else may ask it
  Argv through = {};      ///< a command that starts it, "setpriv" and what it is told
  std::string socket = "api.sock";  ///< where its UNIX socket is, in the host's directory
};

/// A ttracerd with quick settings and a store that outlives it. It listens on its UNIX socket and
/// on the host's address, port 18870.
class Daemon {
 public:
  /// Returns when it answers. Options given here come last.
  explicit Daemon(Host& host, Argv options = {})
      : Daemon(host, Manner{.options = std::move(options)}) {}
  Daemon(Host& host, Manner manner);

  void start();
  int stop() { return program_->stop(); }
  int kill() { return program_->kill(); }

  /// GET by the UNIX socket; `path` begins with "/v1".
  [[nodiscard]] Reply get(std::string_view path) const;
  /// The same, as JSON; gives up unless the answer is 200 and JSON.
  [[nodiscard]] nlohmann::json json(std::string_view path) const;
  /// The value of a line of /metrics without labels; -1: there is none.
  [[nodiscard]] double metric(std::string_view name) const;

  [[nodiscard]] Program& program() const { return *program_; }
  [[nodiscard]] std::string socket() const { return host_.dir() / (manner_.name + manner_.socket); }

 private:
  Host& host_;
  Manner manner_;
  Program* program_ = nullptr;
};

/// Its command line.
Argv daemon_command(const Host& host, const Manner& manner);

/// Options of a daemon that must see events. Its looks are never far apart: what one has taken over
/// is told to have ended by another.
Argv by_events(const Argv& more = {});

/// Why no daemon can see kernel events here; empty if one can.
std::string event_obstacle();

/// ttq, with no settings but those of the scene: of several --config the last counts.
Argv ttq_command(const Argv& arguments);

/// Runs ttq on a host, to its end.
Outcome ask(const Host& host, const Argv& arguments);

}  // namespace ttq::lab
