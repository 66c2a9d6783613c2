// bench-pacer: asks a web server at a fixed rate over connections that it keeps, and tells how long
// the answers took.
//
//   bench-pacer ADDRESS PORT --connections N --rate N
//
// Requests go round the connections; one that still waits is passed over. Says "pacing" when all
// connections stand, and tells when it is asked (pace.h).
#include <CLI/CLI.hpp>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "bench/pace.h"

using namespace ttq::bench;

namespace {

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";

struct Connection {
  int fd = -1;
  std::size_t left = 0;  ///< bytes of the answer that are still to come
  SteadyClock::time_point due;
};

void send_request(int fd) {
  if (::send(fd, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) {
    fail("send");
  }
}

/// Every answer is as long as the first.
std::size_t answer_size(const sockaddr_in& server) {
  const int fd = connect_to(server);
  send_request(fd);
  std::array<char, 16384> text{};
  std::size_t size = 0;
  std::size_t whole = text.size();
  while (size < whole) {
    const ssize_t got = ::recv(fd, text.data() + size, text.size() - size, 0);
    if (got <= 0) fail("the server's first answer");
    size += static_cast<std::size_t>(got);
    const std::string_view answer(text.data(), size);
    const auto body = answer.find("\r\n\r\n");
    const auto length = answer.find("Content-Length: ");
    if (body == answer.npos || length == answer.npos) continue;
    whole = body + 4 + std::stoul(std::string(answer.substr(length + 16, 10)));
  }
  ::close(fd);
  return whole;
}

class Pacer {
 public:
  Pacer(const sockaddr_in& server, unsigned connections, unsigned rate)
      : answer_(answer_size(server)), pace_(rate) {
    connections_.resize(connections);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = connect_to(server);
      reset_on_close(connections_[i].fd);
      pace_.watch(connections_[i].fd, EPOLLIN, i);
    }
  }

  [[noreturn]] void run() {
    pace_.run([this](SteadyClock::time_point due) { return send(due); },
              [this](std::uint64_t which) { receive(connections_[which]); });
  }

 private:
  bool send(SteadyClock::time_point due) {
    Connection* idle = next_idle();
    if (idle == nullptr) return false;  // all wait
    idle->left = answer_;
    idle->due = due;
    send_request(idle->fd);
    return true;
  }

  Connection* next_idle() {
    for (std::size_t tried = 0; tried < connections_.size(); ++tried) {
      Connection& connection = connections_[turn_++ % connections_.size()];
      if (connection.left == 0) return &connection;
    }
    return nullptr;
  }

  void receive(Connection& connection) {
    std::array<char, 16384> bytes{};
    const ssize_t got = ::recv(connection.fd, bytes.data(), bytes.size(), 0);
    if (got <= 0 || static_cast<std::size_t>(got) > connection.left) fail("an answer");
    connection.left -= static_cast<std::size_t>(got);
    if (connection.left == 0) pace_.times.note(SteadyClock::now() - connection.due);
  }

  std::size_t answer_;
  Pace pace_;
  std::vector<Connection> connections_;
  std::size_t turn_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App options("Asks a web server at a fixed rate over connections that it keeps");
  std::string address;
  std::uint16_t port = 0;
  unsigned connections = 0;
  unsigned rate = 0;
  options.add_option("ADDRESS", address)->required();
  options.add_option("PORT", port)->required();
  options.add_option("--connections", connections)->required();
  options.add_option("--rate", rate)->required();
  CLI11_PARSE(options, argc, argv);
  allow_many_descriptors();
  Pacer(endpoint(address, port), connections, rate).run();
}
