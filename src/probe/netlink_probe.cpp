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

constexpr std::array<SocketTable, 4> tables{{
    {Protocol::tcp, AF_INET},
    {Protocol::tcp, AF_INET6},
    {Protocol::udp, AF_INET},
    {Protocol::udp, AF_INET6},
}};

/// Everything but SYN_RECV, which nobody has agreed to yet, TCP sockets that are merely open, and
/// what remains of sockets.
constexpr StateMask tcp_states = StateMask::of(
    SocketState::established, SocketState::syn_sent, SocketState::fin_wait1, SocketState::fin_wait2,
    SocketState::close_wait, SocketState::last_ack, SocketState::listen, SocketState::closing);
constexpr StateMask udp_states = StateMask::of(SocketState::established, SocketState::close);

/// Above so many sockets one dump with counters is cheaper than asking for each.
constexpr std::size_t ask_each_limit = 512;

StateMask wanted_states(Protocol proto, Remains remains) {
  if (proto == Protocol::udp) return udp_states;
  return remains == Remains::asked_for ? tcp_states | StateMask::of(SocketState::time_wait)
                                       : tcp_states;
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

Result<Dump> NetlinkProbe::dump_table(const SocketTable& table, StateMask states,
                                      const SocketVisitor& visit) {
  const auto request = dump_request(table, states, WithCounters::no);
  return handle_->dump(request, [&](std::span<const std::byte> payload) {
    if (const auto row = decode_row(payload, table.proto)) visit(*row);
  });
}

Result<void> NetlinkProbe::read_table(const SocketTable& table, StateMask states,
                                      const SocketVisitor& visit, Snapshot& snapshot) {
  std::optional<Fault> refusal;
  if (handle_) {
    auto dumped = dump_table(table, states, visit);
    if (dumped && *dumped == Dump::inconsistent) dumped = dump_table(table, states, visit);
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
  std::size_t failed = 0;
  for (const SocketTable& table : tables) {
    if (!read_table(table, wanted_states(table.proto, remains), visit, snapshot)) ++failed;
  }
  if (failed == tables.size()) return Fault{snapshot.degradations.front()};
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
  for (const int family : {AF_INET, AF_INET6}) {
    const SocketTable table{Protocol::tcp, family};
    // What a broken dump leaves unmeasured is classified by the next best evidence.
    [[maybe_unused]] const auto dumped =
        handle_->dump(dump_request(table, connected_states, WithCounters::yes), fill_in);
  }
}

}  // namespace ttq
