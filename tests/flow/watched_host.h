// A host as the flow stage meets it: sockets come and go, ticks follow each other a second apart, a
// look at all sockets or one at the listeners alone, and what was counted is read back as lines of
// text.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "events_text.h"
#include "flow/connection_book.h"
#include "flow/event_book.h"

namespace ttq::test {

inline Process process(std::string name, std::int32_t pid, std::int32_t pgid = 0) {
  if (pgid == 0) pgid = pid;
  Process made;
  made.key = {.pgid = pgid, .pid = pid, .mark = static_cast<std::uint64_t>(pid) * 1000};
  made.name = std::move(name);
  made.pgid = pgid;
  return made;
}

inline const Process nginx = process("nginx", 7);
inline const Process curl = process("curl", 8);

class WatchedHost {
 public:
  WatchedHost() = default;
  explicit WatchedHost(FlowLimits limits) : table_(limits) {}

  Socket& add(SocketState state, Endpoint local, Endpoint remote) {
    Socket socket;
    socket.state = state;
    socket.local = local;
    socket.remote = remote;
    socket.cookie = ++last_cookie_;
    socket.inode = 1000 + socket.cookie;
    sockets_.push_back(socket);
    return sockets_.back();
  }

  std::uint64_t listens(std::string_view local, const Process& by, Protocol proto = Protocol::tcp) {
    const auto state = proto == Protocol::tcp ? SocketState::listen : SocketState::close;
    return owned(add(state, endpoint(local, proto), {proto, Address{}, 0}), by);
  }
  std::uint64_t connects(std::string_view local, std::string_view remote, const Process& by,
                         Protocol proto = Protocol::tcp) {
    return owned(add(SocketState::established, endpoint(local, proto), endpoint(remote, proto)),
                 by);
  }
  std::uint64_t attempts(std::string_view local, std::string_view remote, const Process& by) {
    return owned(add(SocketState::syn_sent, endpoint(local), endpoint(remote)), by);
  }
  /// A row without an owner.
  std::uint64_t leaves(SocketState state, std::string_view local, std::string_view remote) {
    Socket& socket = add(state, endpoint(local), endpoint(remote));
    socket.inode = 0;
    return socket.cookie;
  }

  Socket& socket(std::uint64_t cookie) {
    return *std::find_if(sockets_.begin(), sockets_.end(),
                         [&](const Socket& s) { return s.cookie == cookie; });
  }
  void snapshots_are_consistent(bool consistent) { snapshot_.consistent = consistent; }
  void goes(std::uint64_t cookie) {
    std::erase_if(sockets_, [&](const Socket& s) { return s.cookie == cookie; });
  }
  void returns(const Socket& socket) { sockets_.push_back(socket); }
  /// From the next look on, it is held by these.
  void owner(std::uint64_t cookie, std::vector<Owner> owners) {
    const Inode inode = socket(cookie).inode;
    owners_[inode] = std::move(owners);
    moved_.push_back(inode);
  }

  /// From now on events tell TCP connections as they open, and `happens` what they tell.
  void expect_events() { connections_.expect_events(); }
  /// It asked for connections, and may be gone by now.
  void knows(const Process& caller) { callers_[mark_of(caller.key.pid)] = Owner::of(caller); }
  /// Is told by the next tick (events_text.h).
  void happens(const std::string& line) { batch_.flows.push_back(parse_events(line)); }
  /// The next look takes it over.
  void takes_over(std::uint64_t cookie, const std::string& flow, Duration age = Duration(500)) {
    batch_.taken_over.push_back({cookie, parse_events(flow).flow, age});
    socket(cookie).opening = Opening{parse_events(flow).flow.role, age};
  }
  /// Some that nobody knows of.
  void loses_events() { batch_.lost = 1; }
  /// The next look tells so; of other flows nothing.
  void has_left(const std::string& flow, Left left) {
    if (!batch_.left) batch_.left.emplace();
    (*batch_.left)[parse_events(flow).flow] = left;
  }
  void has_left_nothing() { batch_.left.emplace(); }

  /// Looks at the listeners alone.
  void tick() {
    now_ += std::chrono::seconds(1);
    listeners_.begin_look(Remains::left_out);
    for (const Socket& socket : sockets_) listeners_.see(socket);
    listeners_.end_look(snapshot_.netns);
    const Holders holders = find_holders({});
    listeners_.learn(holders);
    settle_events();
  }

  void look(Remains remains = Remains::asked_for) {
    now_ += std::chrono::seconds(1);
    ++looks_;
    listeners_.begin_look(remains);
    connections_.begin_look(remains);
    for (const Socket& socket : sockets_) {
      if (socket.state == SocketState::time_wait && remains == Remains::left_out) continue;
      listeners_.see(socket);
      connections_.see(socket);
    }
    listeners_.end_look(snapshot_.netns);
    connections_.end_look(snapshot_);
    std::sort(moved_.begin(), moved_.end());
    const auto moved = connections_.standing(moved_);
    const Holders holders = find_holders(moved);
    listeners_.learn(holders);
    const Holders counted_for = settle_events();
    connections_.settle({holders, listeners_, moved, counted_for}, table_, now_);
    moved_.clear();
    for (Socket& socket : sockets_) socket.opening.reset();
  }
  void next_window() {
    changes();  // the window is written before the next one opens
    now_ += std::chrono::minutes(1);
    table_.open_window(window_at(now_, std::chrono::minutes(1)), now_);
  }

  /// Every flow of the window that changed: "passive 10.0.0.1:80 < 10.0.0.2 nginx/7 now=1 ...
  /// listener".
  std::string lines() {
    std::vector<std::string> sorted;
    for (const Flow& flow : changes().flows) sorted.push_back(line(flow));
    std::sort(sorted.begin(), sorted.end());
    std::string text;
    for (const auto& each : sorted) text += each + "\n";
    return text;
  }

  FlowTable::Changes changes() {
    auto changes = table_.changes(now_);
    table_.written();
    return changes;
  }
  const FlowTable& table() const { return table_; }
  const EventBook& events() const { return events_; }
  const ConnectionBook& connections() const { return connections_; }

 private:
  Holders settle_events() {
    events_.take(std::exchange(batch_, {}));
    const CallerOwners told = owners_of(events_.callers());
    return events_.settle({told, listeners_, snapshot_.netns}, table_, now_);
  }

  /// As the join stage answers: of nobody but those whom the batch tells.
  CallerOwners owners_of(const std::vector<Caller>& callers) const {
    CallerOwners told;
    for (const Caller& caller : callers) {
      const auto known = callers_.find(caller.mark);
      if (known != callers_.end()) told.insert(*known);
    }
    return told;
  }

  std::uint64_t owned(const Socket& socket, const Process& by) {
    owners_[socket.inode] = {Owner::of(by)};
    return socket.cookie;
  }

  /// As the join stage answers: that nobody holds it is said only to those who ask twice.
  Holders find_holders(const std::vector<Inode>& moved) {
    std::set<Inode> wanted(moved.begin(), moved.end());
    for (const Inode inode : connections_.doubts()) wanted.insert(inode);
    for (const Inode inode : listeners_.strangers()) wanted.insert(inode);
    for (const Socket& socket : connections_.newcomers()) wanted.insert(socket.inode);
    Holders holders;
    for (const Inode inode : wanted) {
      const auto held = owners_.find(inode);
      if (held == owners_.end()) continue;
      const bool asked_again = !asked_.insert(inode).second || looks_ == 1;
      if (asked_again || held->second.front().process) holders.add(inode, held->second);
    }
    return holders;
  }

  static std::string line(const Flow& flow) {
    const auto& [listen, client, role, netns, key] = flow.key;
    std::string text(print_role(role));
    if (listen.proto == Protocol::udp) text += " udp";
    text += " " + print_endpoint(listen) + " < " + client.print() + " ";
    if (const auto& process = flow.owner.process) {
      text += process->name + "/" + (process->pgid ? std::to_string(*process->pgid) : "many");
      if (process->groups > 1) text += " groups=" + std::to_string(process->groups);
    } else {
      text += "?" + std::string(print_unknown_owner(*flow.owner.unknown));
    }
    const auto count = [&](const char* name, std::uint64_t value) {
      if (value > 0) text += " " + std::string(name) + "=" + std::to_string(value);
    };
    count("now", flow.connections.now);
    count("max", flow.connections.max);
    count("opened", flow.connections.opened);
    count("closed", flow.connections.closed);
    count("failed", flow.connections.failed);
    count("pending", flow.connections.pending);
    const Traffic traffic = flow.traffic.value_or(Traffic{});
    count("attempts", traffic.attempts);
    count("sent", traffic.bytes_sent);
    count("received", traffic.bytes_received);
    return text + " " + std::string(print_evidence(flow.evidence));
  }

  Snapshot snapshot_;
  std::vector<Socket> sockets_;
  std::map<Inode, std::vector<Owner>> owners_;
  std::vector<Inode> moved_;
  std::set<Inode> asked_;
  std::uint64_t looks_ = 0;
  std::uint64_t last_cookie_ = 0;
  Time now_{};
  ListenerBook listeners_{PortRange{}};
  ConnectionBook connections_{PortRange{}};
  FlowTable table_;
  EventBook events_;
  Events batch_;
  CallerOwners callers_;
};

}  // namespace ttq::test
