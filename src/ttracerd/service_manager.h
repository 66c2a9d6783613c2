// The service manager that started the daemon, if one did (systemd, or whatever speaks its
// protocol).
//
// It is told by datagrams of "KEY=value" lines to the UNIX socket that $NOTIFY_SOCKET names, a path
// or, after an '@', a name in the abstract namespace: sd_notify(3). With $WATCHDOG_USEC it wants a
// sign of life at least that often, or kills the daemon: sd_watchdog_enabled(3). Only the process
// that was started speaks to it. Nobody has to listen: what cannot be told is not told.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/unique_fd.h"

namespace ttq {

class ServiceManager {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// Takes those variables out of the environment: they are not for the processes that we start.
  /// REQUIRES: no other thread.
  static ServiceManager from_environment();

  /// "READY=1"; `status` is shown beside it, in one line.
  void say_ready(std::string_view status) const;
  /// What follows until the next say_ready() is a reload.
  void say_reloading(Moment now) const;
  void say_ending() const;

  /// Tells that the daemon's loop goes round, if it is time for that.
  void say_alive(Moment now);
  /// When it is, at the latest; none: nobody waits for it.
  [[nodiscard]] std::optional<Moment> next_sign() const;

 private:
  void tell(std::string_view lines) const;

  UniqueFd socket_;                  ///< connected; none: nobody listens
  std::optional<Duration> between_;  ///< signs of life
  Moment last_sign_;
};

}  // namespace ttq
