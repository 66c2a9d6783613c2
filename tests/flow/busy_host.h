// A host that tells events, with something to serve and something to ask for: nginx listens on
// port 80, curl calls out, and the first look is over. Whatever passes on what it has accepted, as
// sshd does, may stand where nginx does.
#pragma once

#include <string>

#include "watched_host.h"

namespace ttq::test {

inline const std::string call = "active 10.0.0.9:5432 < 10.0.0.1 curl/8 ";
inline const std::string visit = "passive 10.0.0.1:80 < 10.0.0.2 ";

struct BusyHost : WatchedHost {
  explicit BusyHost(FlowLimits limits = {}) : WatchedHost(limits) {
    expect_events();
    knows(curl);
    listener = listens("0.0.0.0:80", nginx);
    look();
  }
  /// nginx gives the port to another program.
  void is_served_by(const Process& other) {
    goes(listener);
    listener = listens("0.0.0.0:80", other);
  }
  /// One more client, which the next look meets.
  std::uint64_t meets_visit(const Process& holder, const std::string& counts = "opened=1 peak=1") {
    happens(visit + counts);
    const auto cookie = connects("10.0.0.1:80", "10.0.0.2:" + std::to_string(++port), holder);
    takes_over(cookie, visit);
    return cookie;
  }
  std::uint64_t meets_call(const Process& holder) {
    const auto cookie = connects("10.0.0.1:" + std::to_string(++port), "10.0.0.9:5432", holder);
    takes_over(cookie, call);
    return cookie;
  }
  std::uint64_t listener = 0;
  int port = 40'000;
};

}  // namespace ttq::test
