#include "flow/classify.h"

#include <doctest/doctest.h>

#include "watched_host.h"

using namespace ttq;
using test::endpoint;

namespace {

Socket between(std::string_view local, std::string_view remote) {
  Socket socket;
  socket.state = SocketState::established;
  socket.local = endpoint(local);
  socket.remote = endpoint(remote);
  return socket;
}

ListenerBook listening_at(std::initializer_list<std::string_view> locals, bool v6only = false) {
  std::uint64_t last_cookie = 0;
  ListenerBook book{PortRange{}};
  book.begin_look(Remains::left_out);
  for (const auto local : locals) {
    Socket socket;
    socket.cookie = ++last_cookie;
    socket.state = SocketState::listen;
    socket.local = endpoint(local);
    socket.v6only = v6only;
    book.see(socket);
  }
  book.end_look(0);
  return book;
}

const Verdict passive_by_listener{Role::passive, Evidence::listener};
const Verdict active_by_guess{Role::active, Evidence::port};
const Verdict passive_by_guess{Role::passive, Evidence::port};

Verdict judge(const Socket& socket, const ListenerBook& book) {
  return classify(socket, book, PortRange{});
}

}  // namespace

TEST_CASE("trap 1: a server bound to one address is the server of those who reach it there") {
  const auto book = listening_at({"10.0.0.5:80"});
  CHECK(judge(between("10.0.0.5:80", "10.0.0.9:40000"), book) == passive_by_listener);
  CHECK(judge(between("10.0.0.6:80", "10.0.0.9:40000"), book) == passive_by_guess);
}

TEST_CASE("trap 11: a dual-stack wildcard serves IPv4 clients, a v6only one does not") {
  const auto connection = between("10.0.0.5:80", "10.0.0.9:40000");
  CHECK(judge(connection, listening_at({"[::]:80"})) == passive_by_listener);
  CHECK(judge(connection, listening_at({"0.0.0.0:80"})) == passive_by_listener);
  CHECK(judge(connection, listening_at({"[::]:80"}, true)) == passive_by_guess);
}

TEST_CASE("trap 4: a server on a high port is a server, and a client on a low port a client") {
  CHECK(judge(between("10.0.0.5:50051", "10.0.0.9:40000"), listening_at({"0.0.0.0:50051"})) ==
        passive_by_listener);
  Socket from_low_port = between("10.0.0.5:700", "10.0.0.9:40000");
  from_low_port.counters = TcpCounters{.bytes_acked = 101, .bytes_sent = 100};
  CHECK(judge(from_low_port, listening_at({})) == Verdict{Role::active, Evidence::handshake});
}

TEST_CASE("trap 4: a server that connects from the port it listens on is active there") {
  Socket socket = between("10.0.0.5:80", "10.0.0.9:80");
  socket.counters = TcpCounters{.bytes_acked = 1};
  CHECK(judge(socket, listening_at({"0.0.0.0:80"})) == Verdict{Role::active, Evidence::handshake});
}

TEST_CASE("the SYN counts as one acknowledged byte for the side that sent it") {
  Socket socket = between("10.0.0.5:80", "10.0.0.9:40000");
  socket.counters = TcpCounters{.bytes_acked = 1};
  CHECK(syn_byte(socket) == Role::active);
  socket.counters = TcpCounters{};
  CHECK(syn_byte(socket) == Role::passive);
}

TEST_CASE("the SYN byte shows with data in flight, retransmitted, and unsent") {
  Socket socket = between("10.0.0.5:80", "10.0.0.9:40000");
  // 1000 bytes sent, of which 200 twice; 700 acknowledged; 300 in flight and 50 not yet sent.
  socket.counters = TcpCounters{.bytes_acked = 700,
                                .bytes_sent = 1200,
                                .bytes_retrans = 200,
                                .notsent = 50,
                                .write_queue = 350};
  CHECK(syn_byte(socket) == Role::passive);
  socket.counters->bytes_acked += 1;
  CHECK(syn_byte(socket) == Role::active);
}

TEST_CASE("our own FIN is not taken for a SYN") {
  Socket socket = between("10.0.0.5:80", "10.0.0.9:40000");
  socket.counters = TcpCounters{.bytes_acked = 1};
  for (const auto state : {SocketState::fin_wait1, SocketState::fin_wait2, SocketState::closing,
                           SocketState::last_ack}) {
    socket.state = state;
    CHECK(syn_byte(socket) == Role::passive);
  }
}

TEST_CASE("any other figure is no evidence") {
  Socket socket = between("10.0.0.5:80", "10.0.0.9:40000");
  CHECK_FALSE(syn_byte(socket).has_value());  // not measured
  socket.counters = TcpCounters{.bytes_acked = 7};
  CHECK_FALSE(syn_byte(socket).has_value());
  socket.counters = TcpCounters{.bytes_sent = 1};  // below zero
  CHECK_FALSE(syn_byte(socket).has_value());
}

TEST_CASE("a connection to a listener on our own loopback was opened by us") {
  CHECK(judge(between("127.0.0.1:9001", "127.0.0.1:9000"), listening_at({"127.0.0.1:9000"})) ==
        Verdict{Role::active, Evidence::listener});
}

TEST_CASE("without better evidence the ephemeral range is a guess, and says so") {
  const auto none = listening_at({});
  CHECK(judge(between("10.0.0.5:40000", "10.0.0.9:80"), none) == active_by_guess);
  CHECK(judge(between("10.0.0.5:80", "10.0.0.9:40000"), none) == passive_by_guess);
  CHECK(judge(between("10.0.0.5:40000", "10.0.0.9:50051"), none) == active_by_guess);
}

TEST_CASE("trap 32: a mask holds one bit for each state, not the state's number") {
  constexpr auto mask = StateMask::of(SocketState::listen, SocketState::established);
  CHECK(mask.bits() == ((1U << 10U) | (1U << 1U)));
  CHECK(mask.contains(SocketState::listen));
  CHECK_FALSE(mask.contains(SocketState::close_wait));
}
