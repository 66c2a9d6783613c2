#include "flow/listener_book.h"

#include <doctest/doctest.h>

#include "watched_host.h"

using namespace ttq;
using test::endpoint;
using test::process;

namespace {

/// Sockets and their owners, one line each.
class Book {
 public:
  void bind(std::string_view local, const Process& by, Protocol proto = Protocol::tcp) {
    Socket socket;
    socket.state = proto == Protocol::tcp ? SocketState::listen : SocketState::close;
    socket.local = endpoint(local, proto);
    socket.inode = socket.cookie = snapshot_.sockets.size() + 1;
    snapshot_.sockets.push_back(socket);
    owners_[socket.inode] = {Owner::of(by)};
    book.look(snapshot_);
    book.learn(owners_);
  }
  std::string owners_of(std::string_view local) const {
    std::string names;
    for (const Owner& owner : book.owners_of(endpoint(local))) names += owner.process->name + " ";
    return names;
  }

  ListenerBook book{PortRange{}};

 private:
  Snapshot snapshot_;
  OwnersByInode owners_;
};

const Process nginx = process("nginx", 7);
const Process haproxy = process("haproxy", 8);
const Process sshd = process("sshd", 9);

}  // namespace

TEST_CASE("trap 1: the most specific listener takes the connection") {
  Book listeners;
  listeners.bind("[::]:80", sshd);
  listeners.bind("0.0.0.0:80", haproxy);
  listeners.bind("10.0.0.5:80", nginx);
  CHECK(listeners.owners_of("10.0.0.5:80") == "nginx ");
  CHECK(listeners.owners_of("10.0.0.6:80") == "haproxy ");
  CHECK(listeners.owners_of("[2001:db8::1]:80") == "sshd ");
  CHECK(listeners.owners_of("10.0.0.5:81") == "");
}

TEST_CASE("trap 10: with SO_REUSEPORT a listener is several processes") {
  Book listeners;
  listeners.bind("0.0.0.0:80", nginx);
  listeners.bind("0.0.0.0:80", haproxy);
  CHECK(listeners.owners_of("10.0.0.5:80") == "nginx haproxy ");
  CHECK(listeners.book.listeners(Time{}).size() == 2);
}

TEST_CASE("trap 12: a UDP socket on an ephemeral port is no server") {
  Book listeners;
  listeners.bind("0.0.0.0:53", nginx, Protocol::udp);
  listeners.bind("0.0.0.0:40000", sshd, Protocol::udp);
  const auto listed = listeners.book.listeners(Time{});
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].endpoint == endpoint("0.0.0.0:53", Protocol::udp));
}

TEST_CASE("trap 7: an inode that comes back under another cookie is another socket") {
  Snapshot snapshot;
  Socket socket;
  socket.state = SocketState::listen;
  socket.local = endpoint("0.0.0.0:80");
  socket.inode = 1;
  socket.cookie = 1;
  snapshot.sockets = {socket};
  ListenerBook book{PortRange{}};
  book.look(snapshot);
  book.learn({{1, {Owner::of(nginx)}}});
  CHECK(book.strangers().empty());
  snapshot.sockets[0].cookie = 2;
  book.look(snapshot);
  CHECK(book.strangers() == std::unordered_set<std::uint64_t>{1});
}
