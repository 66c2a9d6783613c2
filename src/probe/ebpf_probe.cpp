#include "probe/ebpf_probe.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace ttq {
namespace {

/// At one look; the others follow at the next.
constexpr std::size_t most_taken_over = 32'768;

/// So many looks may miss a connection that stands (trap 19).
constexpr unsigned patience = 2;

/// Data may flow, and a process holds it: so its end is seen by a later look.
bool can_be_met(const Socket& socket) {
  return connected_states.contains(socket.state) && socket.inode != 0;
}

}  // namespace

EbpfProbe::EbpfProbe(NetlinkProbe sockets, FlowCounter counter, Result<UdpCounter> datagrams)
    : sockets_(std::move(sockets)),
      counter_(std::move(counter)),
      datagrams_(std::move(datagrams)),
      routes_(RouteSource::open()) {}

void EbpfProbe::note_source(Snapshot& snapshot) const {
  snapshot.source = "ebpf";
  if (datagrams_ && datagrams_->sees_all()) return;
  const std::string what = "UDP of sockets that are not connected is not seen";
  snapshot.degradations.push_back(
      datagrams_ ? what + " beyond our container: its control groups are all that we are shown"
                 : what + ": " + datagrams_.error().message);
}

EbpfProbe::Awaited* EbpfProbe::find_awaited(std::uint64_t cookie) {
  const auto found = std::lower_bound(
      awaited_.begin(), awaited_.end(), cookie,
      [](const Awaited& one, std::uint64_t wanted) { return one.connection.cookie < wanted; });
  return found != awaited_.end() && found->connection.cookie == cookie ? &*found : nullptr;
}

Result<Snapshot> EbpfProbe::look(Remains remains, const SocketVisitor& visit) {
  auto standing = counter_.take_over(most_taken_over);
  if (!standing) return standing.error();
  for (const TakenOver& one : standing->taken_over) awaited_.push_back({one});
  std::sort(awaited_.begin(), awaited_.end(), [](const Awaited& a, const Awaited& b) {
    return a.connection.cookie < b.connection.cookie;
  });
  std::vector<std::uint64_t> others;
  for (const auto& other : standing->others) others.push_back(other.cookie);
  std::sort(others.begin(), others.end());

  auto snapshot = sockets_.look(remains, [&](const Socket& socket) {
    if (std::binary_search(others.begin(), others.end(), socket.cookie)) return;
    if (datagrams_ && socket.local.proto == Protocol::udp) return show_datagrams(socket, visit);
    Awaited* awaited = find_awaited(socket.cookie);
    if (awaited == nullptr) return visit(socket);
    if (!can_be_met(socket)) return;
    awaited->met = true;
    Socket opened = socket;
    opened.opening = Opening{awaited->connection.flow.role, awaited->connection.age};
    visit(opened);
  });
  if (!snapshot) return snapshot;
  note_source(*snapshot);
  if (datagrams_) connected_udp_.end_look(*datagrams_);
  sort_out_awaited();
  note_left(standing->others);
  return snapshot;
}

void EbpfProbe::show_datagrams(Socket socket, const SocketVisitor& visit) {
  const bool is_connected = connected_states.contains(socket.state);
  if (!is_connected || connected_udp_.see(socket, *datagrams_)) visit(socket);
}

/// An ending that was lost, with or without a word, would stand for ever.
void EbpfProbe::note_left(const std::vector<FlowCounter::Other>& others) {
  events_.left.emplace();
  for (const auto& other : others) {
    Left& left = (*events_.left)[other.flow];
    ++(other.attempt ? left.pending : left.now);
  }
  for (const Awaited& one : awaited_) ++(*events_.left)[one.connection.flow].now;
}

/// What a look did not meet although it was taken over ended in between.
void EbpfProbe::sort_out_awaited() {
  std::vector<Awaited> missed;
  for (Awaited& one : awaited_) {
    if (one.met) {
      events_.taken_over.push_back(one.connection);
    } else if (++one.looks < patience) {
      missed.push_back(one);
    } else {
      FlowEvents ended{.flow = one.connection.flow};
      ended.closed = 1;
      events_.flows.push_back(ended);
    }
  }
  awaited_ = std::move(missed);
}

Result<Snapshot> EbpfProbe::look_at_listeners(const SocketVisitor& visit) {
  auto snapshot = sockets_.look_at_listeners(visit);
  if (snapshot) note_source(*snapshot);
  return snapshot;
}

std::uint64_t EbpfProbe::lost() const {
  return counter_.lost() + (datagrams_ ? datagrams_->lost() : 0);
}

/// A client that is bound to no address sends from the one that its route prefers.
Result<void> EbpfProbe::take_datagrams() {
  if (!datagrams_) return {};
  auto flows = datagrams_->take();
  if (!flows) return flows.error();
  if (routes_) routes_->forget();
  for (FlowEvents& events : *flows) {
    EventFlow& flow = events.flow;
    if (flow.role == Role::active && flow.client.is_wildcard() && routes_) {
      flow.client = routes_->towards(flow.listen.address).value_or(flow.client);
    }
    events_.flows.push_back(std::move(events));
  }
  return {};
}

Result<Events> EbpfProbe::take_events() {
  if (auto taken = take_datagrams(); !taken) return taken.error();
  auto flows = counter_.take();
  if (!flows) return flows.error();
  std::move(flows->begin(), flows->end(), std::back_inserter(events_.flows));
  const std::uint64_t lost_now = lost();
  events_.lost = lost_now - told_lost_;
  told_lost_ = lost_now;
  return std::exchange(events_, {});
}

}  // namespace ttq
