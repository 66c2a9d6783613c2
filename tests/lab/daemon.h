// The two programs under test, run in the lab: ttracerd on a host, ttq from a host.
//
// They are those of the build, or those that $TTRACERD and $TTQ name (an installed package, say).
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

/// A ttracerd with quick settings and a store that outlives it. It listens on its UNIX socket and
/// on the host's address, port 18870.
class Daemon {
 public:
  /// Returns when it answers. Options given here come last.
  explicit Daemon(Host& host, Argv options = {});

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
  [[nodiscard]] std::string socket() const { return host_.dir() / "api.sock"; }

 private:
  Host& host_;
  Argv options_;
  Program* program_ = nullptr;
};

/// Runs ttq on a host, to its end.
Outcome ask(const Host& host, Argv arguments);

}  // namespace ttq::lab
