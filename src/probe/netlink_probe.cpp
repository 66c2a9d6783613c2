#include "probe/netlink_probe.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <string>
#include <unordered_map>

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

/// To ask for one socket costs about three rows of a dump with counters. Above so many that dump is
/// taken, whatever the size of the table: it is the first look, or an unusual one.
constexpr std::size_t ask_each_limit = 4096;

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

NetlinkProbe::NetlinkProbe(std::optional<NetlinkHandle> handle, std::filesystem::path proc)
    : handle_(std::move(handle)), proc_(std::move(proc)) {
  struct stat status {};
  if (::stat((proc_ / "self/ns/net").c_str(), &status) == 0) netns_ = status.st_ino;
}

/// A dump that the table changed under is repeated, once.
template <class Request>
Result<Dump> NetlinkProbe::dump(const Request& request, Protocol proto,
                                const SocketVisitor& visit) {
  const RowVisitor decode = [&](std::span<const std::byte> payload) {
    if (const auto row = decode_row(payload, proto)) visit(*row);
  };
  auto dumped = handle_->dump(request, decode);
  if (dumped && *dumped == Dump::inconsistent) dumped = handle_->dump(request, decode);
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
  Snapshot snapshot;
  snapshot.netns = netns_;
  snapshot.source = "procfs";
  const StateMask tcp_states = wanted_tcp_states(remains);
  bool read = read_tcp_at_once(tcp_states, visit, snapshot);
  if (!read) {
    for (const auto& table : tcp_tables)
      read |= bool(read_table(table, tcp_states, visit, snapshot));
  }
  for (const auto& table : udp_tables) read |= bool(read_table(table, udp_states, visit, snapshot));
  if (!read) return Fault{snapshot.degradations.front()};
  return snapshot;
}

void NetlinkProbe::measure(std::vector<Socket>& sockets) {
  if (!handle_) return;
  std::unordered_map<std::uint64_t, Socket*> by_cookie;
  std::vector<inet_diag_req_v2> requests;
  for (Socket& socket : sockets) {
    if (socket.local.proto != Protocol::tcp) continue;
    by_cookie.emplace(socket.cookie, &socket);
    requests.push_back(counters_request(socket));
  }
  const RowVisitor fill_in = [&](std::span<const std::byte> payload) {
    const auto row = decode_row(payload, Protocol::tcp);
    const auto found = row ? by_cookie.find(row->cookie) : by_cookie.end();
    if (found == by_cookie.end()) return;
    found->second->counters = row->counters;
    found->second->state = row->state;  // the counters are read with the state of their moment
  };
  if (requests.size() <= ask_each_limit) {
    handle_->ask_each(requests, fill_in);
    return;
  }
  // What a broken dump leaves unmeasured is classified by the next best evidence.
  [[maybe_unused]] const auto dumped =
      handle_->dump(both_families_request(connected_states, WithCounters::yes), fill_in);
}

}  // namespace ttq
