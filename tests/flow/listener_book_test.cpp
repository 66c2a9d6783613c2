#include "flow/listener_book.h"

#include <doctest/doctest.h>

#include "watched_host.h"

using namespace ttq;
using test::endpoint;
using test::process;

namespace {

void look(ListenerBook& book, const std::vector<Socket>& sockets) {
  book.begin_look(Remains::left_out);
  for (const Socket& socket : sockets) book.see(socket);
  book.end_look(0);
}

/// Sockets and their owners, one line each.
class Book {
 public:
  void bind(std::string_view local, const Process& by, Protocol proto = Protocol::tcp) {
    Socket socket;
    socket.state = proto == Protocol::tcp ? SocketState::listen : SocketState::close;
    socket.local = endpoint(local, proto);
    socket.inode = socket.cookie = sockets_.size() + 1;
    sockets_.push_back(socket);
    holders_.add(socket.inode, {Owner::of(by)});
    look(book, sockets_);
    book.learn(holders_);
  }
  std::string owners_of(std::string_view local) const {
    std::string names;
    for (const Owner& owner : book.owners_of(endpoint(local))) names += owner.process->name + " ";
    return names;
  }

  void look_again() {
    look(book, sockets_);
    book.learn(holders_);
  }

  ListenerBook book{PortRange{}};

 private:
  std::vector<Socket> sockets_;
  Holders holders_;
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
  Socket socket;
  socket.state = SocketState::listen;
  socket.local = endpoint("0.0.0.0:80");
  socket.inode = 1;
  socket.cookie = 1;
  Holders holders;
  holders.add(1, {Owner::of(nginx)});
  ListenerBook book{PortRange{}};
  look(book, {socket});
  book.learn(holders);
  CHECK(book.strangers().empty());
  socket.cookie = 2;
  look(book, {socket});
  CHECK(book.strangers() == std::vector<Inode>{1});
}

TEST_CASE("the book tells by its version whether listeners or their owners are others now") {
  Book listeners;
  listeners.bind("0.0.0.0:80", nginx);
  const auto before = listeners.book.version();
  listeners.look_again();
  CHECK(listeners.book.version() == before);
  listeners.bind("0.0.0.0:81", haproxy);
  CHECK(listeners.book.version() > before);
}
