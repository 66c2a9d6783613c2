// bench-visitor: asks a web server at a fixed rate, each time over a connection of its own, and
// tells how long that took, from when it was due until the server had closed.
//
//   bench-visitor ADDRESS PORT --rate N
//
// Says "pacing" when it begins, and tells when it is asked (pace.h).
#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "bench/pace.h"

using namespace ttq::bench;

namespace {

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";

/// A visit goes on there; numbered by its descriptor.
struct Visit {
  SteadyClock::time_point due;
  bool has_asked = false;
  std::size_t received = 0;
};

class Visitor {
 public:
  Visitor(const sockaddr_in& server, unsigned rate) : server_(server), pace_(rate) {
    visits_.resize(allow_many_descriptors());
  }

  [[noreturn]] void run() {
    pace_.run([this](SteadyClock::time_point due) { return come(due); },
              [this](std::uint64_t fd) { go_on(static_cast<int>(fd)); });
  }

 private:
  bool come(SteadyClock::time_point due) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;  // as many wait as there are descriptors
    const auto* at = reinterpret_cast<const sockaddr*>(&server_);
    if (::connect(fd, at, sizeof server_) != 0 && errno != EINPROGRESS) fail("connect");
    visits_[static_cast<std::size_t>(fd)] = {.due = due};
    // Whatever comes, it comes once: that one may write, that there is something to read.
    pace_.watch(fd, EPOLLIN | EPOLLOUT | EPOLLET, static_cast<std::uint64_t>(fd));
    return true;
  }

  void go_on(int fd) {
    Visit& visit = visits_[static_cast<std::size_t>(fd)];
    if (!visit.has_asked) ask(fd, visit);
    std::array<char, 4096> bytes{};
    for (;;) {
      const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
      if (got < 0 && errno == EAGAIN) return;
      if (got < 0) fail("an answer");
      if (got == 0) break;
      visit.received += static_cast<std::size_t>(got);
    }
    if (visit.received == 0) fail("the server closed without an answer");
    ::close(fd);
    pace_.times.note(SteadyClock::now() - visit.due);
  }

  static void ask(int fd, Visit& visit) {
    const auto size = static_cast<ssize_t>(request.size());
    if (::send(fd, request.data(), request.size(), 0) != size) fail("send");
    visit.has_asked = true;
  }

  sockaddr_in server_;
  Pace pace_;
  std::vector<Visit> visits_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App options("Asks a web server at a fixed rate, each time over a connection of its own");
  std::string address;
  std::uint16_t port = 0;
  unsigned rate = 0;
  options.add_option("ADDRESS", address)->required();
  options.add_option("PORT", port)->required();
  options.add_option("--rate", rate)->required();
  CLI11_PARSE(options, argc, argv);
  Visitor(endpoint(address, port), rate).run();
}
