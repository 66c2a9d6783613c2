#include "probe/netlink_probe.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "probe/procfs_table.h"

namespace ttq {
namespace {

constexpr std::array<SocketTable, 2> tcp_tables{{
    {Protocol::tcp, AF_INET},
    {Protocol::tcp, AF_INET6},
}};
constexpr std::array<SocketTable, 2> udp_tables{{
    {Protocol::udp, AF_INET},
    {Protocol::udp, AF_INET6},
}};

/// Everything but SYN_RECV, which nobody has agreed to yet, TCP sockets that are merely open, and
/// what remains of sockets.
constexpr StateMask lasting_states = StateMask::of(
    SocketState::established, SocketState::syn_sent, SocketState::fin_wait1, SocketState::fin_wait2,
    SocketState::close_wait, SocketState::last_ack, SocketState::listen, SocketState::closing);
constexpr StateMask udp_states = StateMask::of(SocketState::established, SocketState::close);
constexpr StateMask tcp_listening = StateMask::of(SocketState::listen);
constexpr StateMask udp_listening = StateMask::of(SocketState::close);

/// To ask for one socket costs about three rows of a dump with counters.
constexpr std::size_t rows_for_one = 3;
/// So few are asked for one by one in any case.
constexpr std::size_t few = 512;

StateMask wanted_tcp_states(Remains remains) {
  return remains == Remains::asked_for ? lasting_states | StateMask::of(SocketState::time_wait)
                                       : lasting_states;
}

std::string table_name(const SocketTable& table) {
  return std::string(print_protocol(table.proto)) + (table.family == AF_INET6 ? "6" : "");
}

Result<void> read_procfs_table(const std::filesystem::path& proc, const SocketTable& table,
                               StateMask states, const SocketVisitor& visit) {
  std::ifstream file(proc / "net" / table_name(table));
  if (!file) return Fault{"cannot read /proc/net/" + table_name(table)};
  for (std::string line; std::getline(file, line);) {
    const auto row = parse_table_line(line, table.proto);
    if (row && states.contains(row->state)) visit(*row);
  }
  return {};
}

}  // namespace

NetlinkProbe::NetlinkProbe(std::optional<NetlinkHandle> handle, std::filesystem::path proc,
                           std::string reason)
    : handle_(std::move(handle)), proc_(std::move(proc)), reason_(std::move(reason)) {
  struct stat status {};
  if (::stat((proc_ / "self/ns/net").c_str(), &status) == 0) netns_ = status.st_ino;
}

/// A dump that the table changed under is repeated, once.
template <class Request>
Result<Dump> NetlinkProbe::dump(const Request& request, Protocol proto,
                                const SocketVisitor& visit) {
  const auto decode = [&](std::span<const std::byte> payload) {
    ++rows_;
    if (const auto row = decode_row(payload, proto)) visit(*row);
  };
  const RowVisitor rows = std::cref(decode);  // by reference: a copy would need memory
  auto dumped = handle_->dump(request, rows);
  if (dumped && *dumped == Dump::inconsistent) dumped = handle_->dump(request, rows);
  return dumped;
}

bool NetlinkProbe::read_tcp_at_once(StateMask states, const SocketVisitor& visit,
                                    Snapshot& snapshot) {
  if (!handle_) return false;
  const auto dumped = dump(both_families_request(states, WithCounters::no), Protocol::tcp, visit);
  if (!dumped) return false;
  if (*dumped == Dump::inconsistent) snapshot.consistent = false;
  snapshot.source = "netlink";
  return true;
}

Result<void> NetlinkProbe::read_table(const SocketTable& table, StateMask states,
                                      const SocketVisitor& visit, Snapshot& snapshot) {
  std::optional<Fault> refusal;
  if (handle_) {
    const auto dumped = dump(dump_request(table, states, WithCounters::no), table.proto, visit);
    if (dumped) {
      if (*dumped == Dump::inconsistent) snapshot.consistent = false;
      snapshot.source = "netlink";
      return {};
    }
    refusal = dumped.error();
  }
  auto read = read_procfs_table(proc_, table, states, visit);
  const std::string name = table_name(table);
  const std::string reason = refusal ? refusal->message : "no netlink socket";
  snapshot.degradations.push_back(read ? name + " sockets are read from /proc/net/" + name +
                                             ", since sock_diag refused: " + reason
                                       : name + " sockets cannot be read: " + reason + "; " +
                                             read.error().message);
  return read;
}

Result<Snapshot> NetlinkProbe::look(Remains remains, const SocketVisitor& visit) {
  return read_tables(wanted_tcp_states(remains), udp_states, visit);
}

Result<Snapshot> NetlinkProbe::look_at_listeners(const SocketVisitor& visit) {
  return read_tables(tcp_listening, udp_listening, visit);
}

Result<Snapshot> NetlinkProbe::read_tables(StateMask tcp, StateMask udp,
                                           const SocketVisitor& visit) {
  Snapshot snapshot;
  snapshot.netns = netns_;
  snapshot.source = "procfs";
  snapshot.reason = reason_;
  rows_ = 0;
  bool read = read_tcp_at_once(tcp, visit, snapshot);
  if (!read) {
    for (const auto& table : tcp_tables) read |= bool(read_table(table, tcp, visit, snapshot));
  }
  for (const auto& table : udp_tables) read |= bool(read_table(table, udp, visit, snapshot));
  if (!read) return Fault{snapshot.degradations.front()};
  return snapshot;
}

void NetlinkProbe::measure(std::vector<Socket>& sockets) {
  if (!handle_) return;
  std::vector<Socket*> wanted;
  for (Socket& socket : sockets) {
    if (socket.local.proto == Protocol::tcp && !socket.opening) wanted.push_back(&socket);
  }
  std::sort(wanted.begin(), wanted.end(),
            [](const Socket* a, const Socket* b) { return a->cookie < b->cookie; });
  const RowVisitor fill_in = [&](std::span<const std::byte> payload) {
    const auto row = decode_row(payload, Protocol::tcp);
    if (!row) return;
    const auto found = std::lower_bound(
        wanted.begin(), wanted.end(), row->cookie,
        [](const Socket* socket, std::uint64_t cookie) { return socket->cookie < cookie; });
    if (found == wanted.end() || (*found)->cookie != row->cookie) return;
    (*found)->counters = row->counters;
    (*found)->state = row->state;  // the counters are read with the state of their moment
  };
  if (wanted.size() <= few || wanted.size() * rows_for_one <= rows_) {
    std::vector<inet_diag_req_v2> requests;
    requests.reserve(wanted.size());
    for (const Socket* socket : wanted) requests.push_back(counters_request(*socket));
    handle_->ask_each(requests, fill_in);
    return;
  }
  // What a broken dump leaves unmeasured is classified by the next best evidence.
  [[maybe_unused]] const auto dumped =
      handle_->dump(both_families_request(connected_states, WithCounters::yes), fill_in);
}

}  // namespace ttq
