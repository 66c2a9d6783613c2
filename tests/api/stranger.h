// What strangers do to a server, and what it must not cost: time of a good client, and memory.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

#include "base/instrumented.h"
#include "serving.h"

namespace ttq {

/// A client that may be refused or cut off at any moment, and never waits for that.
class Stranger {
 public:
  /// It comes from 127.0.0.`host`.
  Stranger(const ListenAddress& to, int host)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    REQUIRE(fd_);
    const sockaddr_in own = loopback_name(0, host);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
    const sockaddr_in name = loopback_name(to.port);
    [[maybe_unused]] const int begun =
        ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }

  /// False: it was cut off. What does not fit into the socket is not sent.
  bool send(std::string_view bytes) const {
    const auto count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return count >= 0 || errno == EAGAIN || errno == EWOULDBLOCK;
  }

  /// Sends until the server has enough of it; so many bytes.
  [[nodiscard]] std::size_t flood(std::string_view bytes, std::size_t most) const {
    std::size_t sent = 0;
    while (sent < most) {
      pollfd polled{fd_.get(), POLLOUT, 0};
      if (::poll(&polled, 1, 5000) != 1) break;
      const auto count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0) break;
      sent += static_cast<std::size_t>(count);
    }
    return sent;
  }

  /// Goes with a reset.
  void slam() {
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    fd_.reset();
  }

 private:
  UniqueFd fd_;
};

/// Of this process, server and strangers together.
inline std::ptrdiff_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::ptrdiff_t all = 0;
  std::ptrdiff_t resident = 0;
  statm >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// The sanitizers keep what was freed.
inline constexpr std::ptrdiff_t allowed_growth = (is_instrumented ? 256 : 4) << 20;

/// A good client: whether it is served in under a second, from the first SYN to the last byte. Only
/// where strangers can keep it waiting it is not; served it is in a fraction of a millisecond.
inline bool is_served_in_time(const ListenAddress& address) {
  const auto begin = std::chrono::steady_clock::now();
  const bool served = is_ok(Client(address).get("/v1/health"));
  return served && std::chrono::steady_clock::now() - begin < std::chrono::seconds(1);
}

/// Of good clients that come one after the other: those that were not served in time.
struct Tally {
  int asked = 0;
  int late = 0;
  void ask(const ListenAddress& address) {
    ++asked;
    late += is_served_in_time(address) ? 0 : 1;
  }
  /// 99 of 100 were.
  [[nodiscard]] bool is_good() const { return late * 100 <= asked; }
};

}  // namespace ttq
