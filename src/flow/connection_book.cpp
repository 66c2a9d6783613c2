#include "flow/connection_book.h"

#include <algorithm>
#include <set>

namespace ttq {
namespace {

/// So many looks a connection may be missing from snapshots that are not consistent.
constexpr std::uint32_t patience = 10;

/// Memory for so many newcomers is kept from look to look.
constexpr std::size_t usual_newcomers = 4096;

/// A connection, or an attempt at one.
bool is_connection(const Socket& socket) {
  return connected_states.contains(socket.state) || socket.state == SocketState::syn_sent;
}

/// What is left of a connection after its socket.
bool is_remains(const Socket& socket) {
  return socket.state == SocketState::time_wait ||
         (socket.state == SocketState::fin_wait2 && socket.inode == 0);
}

bool is_waiting_for_accept(const Socket& socket, Role role) {
  return socket.inode == 0 && role == Role::passive &&
         (socket.state == SocketState::established || socket.state == SocketState::close_wait);
}

FlowKey flow_of(const Socket& socket, Role role, NetNs netns) {
  FlowKey key;
  key.listen = role == Role::passive ? socket.local : socket.remote;
  key.client = role == Role::passive ? socket.remote.address : socket.local.address;
  key.role = role;
  key.netns = netns;
  return key;
}

std::vector<FlowKey> one_for_each(FlowKey flow, const std::vector<Owner>& owners) {
  std::vector<FlowKey> flows;
  flows.reserve(owners.size());
  for (const Owner& owner : owners) {
    flow.process = owner.key();
    flows.push_back(flow);
  }
  return flows;
}

bool are_known(const std::vector<Owner>& owners) {
  return std::any_of(owners.begin(), owners.end(), [](const Owner& o) { return o.process; });
}

bool are_known(const std::vector<Owner>* owners) { return owners != nullptr && are_known(*owners); }

/// A process that is ending has lost its executable, and with it what tells it from others, before
/// its sockets: the event that saw it alive knows better.
bool is_ending(const std::vector<Owner>& holders, const std::vector<Owner>* counted_for) {
  if (holders.size() != 1 || !are_known(counted_for)) return false;
  const auto& now = holders.front().process;
  const auto& then = counted_for->front().process;
  return now && then && !now->exe && now->key.pid == then->key.pid && now->key != then->key;
}

bool is_owner_known(const FlowKey& flow) { return flow.process.pid != 0; }

void count(const Sighting& seen, Counted counted, FlowTable& table, Time now) {
  switch (counted) {
    case Counted::held:
      return table.held(seen, now);
    case Counted::opened:
      return table.opened(seen, now);
    case Counted::attempted:
      return table.attempted(seen, now);
  }
}

void end(const Connection& connection, const FlowKey& flow, FlowTable& table, Time now) {
  if (connection.closed) return table.left(flow, now);
  connection.attempt ? table.gave_up(flow, now) : table.closed(flow, now);
}

template <class T>
bool is_in(const std::vector<T>& sorted, const T& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

}  // namespace

ConnectionBook::Tuple ConnectionBook::tuple_of(const Socket& socket) {
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;
  return std::hash<Endpoint>{}(socket.local) * golden + std::hash<Endpoint>{}(socket.remote);
}

void ConnectionBook::begin_look(Remains remains) {
  ++look_;
  remains_in_look_ = remains;
  newcomers_.clear();
  changed_.clear();
  remains_.clear();
  next_remains_.clear();
  closed_.clear();
  next_doubtful_.clear();
  met_again_ = 0;
  backlog_ = 0;
  if (remains == Remains::asked_for) std::sort(ended_.begin(), ended_.end());
}

void ConnectionBook::see(const Socket& socket) {
  if (is_remains(socket)) return see_remains(socket);
  if (!is_connection(socket)) return;
  Connection* known = connections_.find(socket.cookie);
  const bool is_another = socket.opening || (known != nullptr && has_another_peer(*known, socket));
  if (known != nullptr && is_another) see_reconnected(*known);
  if (known == nullptr || is_another) return see_newcomer(socket);
  if (known->look != look_) ++met_again_;
  known->look = look_;
  note_inode(*known, static_cast<std::uint32_t>(socket.inode));
  const bool answered = known->attempt && socket.state != SocketState::syn_sent;
  if (answered || (known->in_doubt && socket.inode != 0)) changed_.push_back(socket);
}

/// As a UDP socket may have at any time, without an end.
bool ConnectionBook::has_another_peer(const Connection& known, const Socket& socket) {
  return socket.local.proto == Protocol::udp && known.tuple != tuple_of(socket);
}

/// The socket was disconnected since, and has called again: what we knew of it is over, and what it
/// was is missing from this look.
void ConnectionBook::see_reconnected(Connection& known) {
  known.look = look_ + 1;
  known.inode = 0;  // that is not
}

/// A server with a million connections is met in pieces, so that neither its first look nor the
/// memory for it is without bound.
void ConnectionBook::see_newcomer(const Socket& socket) {
  if (is_event_due(socket)) return;
  if (newcomers_.size() < max_newcomers || socket.opening) {
    newcomers_.push_back(socket);
  } else {
    ++backlog_;
  }
}

bool ConnectionBook::is_unannounced(const Socket& socket) const {
  return expects_events_ && knows_all_ && socket.local.proto == Protocol::tcp && !socket.opening;
}

bool ConnectionBook::is_event_due(const Socket& socket) {
  const bool is_due = is_unannounced(socket) && !is_in(doubtful_, socket.cookie);
  if (is_due) next_doubtful_.push_back(socket.cookie);
  return is_due;
}

void ConnectionBook::note_inode(Connection& connection, std::uint32_t inode) {
  if (connection.inode == inode) return;
  if (connection.inode != 0) closed_.push_back(connection.inode);
  connection.inode = inode;
}

/// Where rows may be missing, a missing one is no sign that its connection has closed (trap 19).
void ConnectionBook::end_look(const Snapshot& snapshot) {
  netns_ = snapshot.netns;
  patience_ = snapshot.consistent ? 0 : patience;
  std::sort(next_doubtful_.begin(), next_doubtful_.end());
  doubtful_.swap(next_doubtful_);
  if (met_again_ == connections_.size()) return;
  for (const Connection& connection : connections_) {
    if (is_over(connection) && connection.inode != 0) closed_.push_back(connection.inode);
  }
}

bool ConnectionBook::is_over(const Connection& connection) const {
  return look_ - connection.look > patience_;
}

/// Most are those of the last time: for them a number is enough.
void ConnectionBook::see_remains(const Socket& socket) {
  if (remains_in_look_ == Remains::left_out) return;
  const Tuple tuple = tuple_of(socket);
  next_remains_.push_back(tuple);
  if (!is_in(known_remains_, tuple) && !is_in(ended_, tuple)) remains_.push_back(socket);
}

std::vector<Inode> ConnectionBook::doubts() const {
  std::vector<Inode> inodes;
  for (const Socket& socket : changed_) {
    if (socket.inode != 0) inodes.push_back(socket.inode);
  }
  return inodes;
}

std::vector<Inode> ConnectionBook::standing(const std::vector<Inode>& inodes) {
  std::vector<Inode> found;
  if (inodes.empty()) return found;
  for (const Connection& connection : connections_) {
    if (is_in(inodes, Inode{connection.inode})) found.push_back(connection.inode);
  }
  return found;
}

void ConnectionBook::settle(const Findings& findings, FlowTable& table, Time now) {
  for (const Socket& socket : changed_) meet_again(socket, findings, table, now);
  settle_moved(findings, table, now);
  // Before the newcomers, so that `max` never holds two that did not stand together.
  forget_missing(table, now);
  if (expects_events_) table.forget_ended();
  for (const Socket& socket : newcomers_) {
    if (is_remains(socket)) continue;  // it has ended meanwhile
    const bool is_met = meet(socket, findings, table, now);
    if (is_met && is_unannounced(socket)) ++unannounced_;
  }
  // Last, for it is by those who still stand that an ended connection's user is known.
  if (remains_in_look_ == Remains::asked_for) settle_remains(findings, table, now);
  if (backlog_ == 0) knows_all_ = true;
  if (newcomers_.capacity() > usual_newcomers) std::vector<Socket>().swap(newcomers_);
}

/// Who holds it, and by which flow it is therefore counted. A passive connection that no process
/// was found to hold, since it is not accepted yet or was closed before it could be looked up, came
/// through its listener: that one's owner was depended upon.
const std::vector<Owner>& ConnectionBook::owners_of(const Socket& socket, const Verdict& verdict,
                                                    const Findings& findings,
                                                    std::vector<Owner>& made) const {
  const auto* holders = findings.holders.of(socket.inode);
  const auto* counted_for = findings.counted_for.of(socket.cookie);
  if (are_known(holders) && !is_ending(*holders, counted_for)) return *holders;
  if (are_known(counted_for)) return *counted_for;
  if (verdict.role == Role::passive) {
    made = findings.listeners.owners_of(socket.local);
    if (are_known(made)) return made;
  }
  // Nobody found at first sight: most likely it closed before /proc was looked at. If it stands at
  // the next look too, the reason that is found then is the right one. What stood before the first
  // look has shown that it lasts.
  if (holders != nullptr && !knows_all_) return *holders;
  made = {Owner::nobody(is_waiting_for_accept(socket, verdict.role) ? UnknownOwner::not_accepted
                                                                    : UnknownOwner::exited)};
  return made;
}

void ConnectionBook::keep_flows(Connection& connection, const std::vector<FlowKey>& flows) {
  connection.flows = flow_sets_.take(flows);
  if (std::none_of(flows.begin(), flows.end(), is_owner_known)) ++unknown_owners_;
}

void ConnectionBook::let_go(const Connection& connection) {
  const auto& flows = flow_sets_[connection.flows];
  if (std::none_of(flows.begin(), flows.end(), is_owner_known)) --unknown_owners_;
  flow_sets_.give_back(connection.flows);
}

bool ConnectionBook::meet(const Socket& socket, const Findings& findings, FlowTable& table,
                          Time now) {
  if (connections_.find(socket.cookie) != nullptr) return false;
  const Verdict verdict = socket.opening ? Verdict{socket.opening->role, Evidence::event}
                                         : classify(socket, findings.listeners, ephemeral_);
  std::vector<Owner> made;
  const auto& owners = owners_of(socket, verdict, findings, made);
  const auto flows = one_for_each(flow_of(socket, verdict.role, netns_), owners);
  Connection connection{.cookie = socket.cookie, .tuple = tuple_of(socket), .met_at = now};
  connection.inode = static_cast<std::uint32_t>(socket.inode);
  connection.look = look_;
  connection.evidence = verdict.evidence;
  connection.attempt = socket.state == SocketState::syn_sent;
  if (socket.opening) connection.met_at = table.counted_at(now - socket.opening->age);
  connection.opened = (knows_all_ && !socket.is_counted) || socket.opening;
  connection.closed = socket.is_counted;
  connection.in_doubt = !are_known(findings.holders.of(socket.inode));
  const bool in_window = connection.met_at >= table.window().start;
  const Counted counted = connection.attempt               ? Counted::attempted
                          : connection.opened && in_window ? Counted::opened
                                                           : Counted::held;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    count({flows[i], owners[i], verdict.evidence}, counted, table, now);
  }
  keep_flows(connection, flows);
  connections_.add(connection);
  return true;
}

void ConnectionBook::meet_again(const Socket& socket, const Findings& findings, FlowTable& table,
                                Time now) {
  Connection& known = *connections_.find(socket.cookie);
  if (known.attempt && socket.state != SocketState::syn_sent) {
    for (const FlowKey& flow : flow_sets_[known.flows]) table.answered(flow, known.met_at, now);
    known.attempt = false;
    known.opened = true;
    known.met_at = now;
  }
  if (known.in_doubt && socket.inode != 0) change_owners(known, findings, table, now);
}

void ConnectionBook::settle_moved(const Findings& findings, FlowTable& table, Time now) {
  if (findings.moved.empty()) return;
  for (Connection& connection : connections_) {
    if (connection.look == look_ && is_in(findings.moved, Inode{connection.inode})) {
      change_owners(connection, findings, table, now);
    }
  }
}

void ConnectionBook::change_owners(Connection& connection, const Findings& findings,
                                   FlowTable& table, Time now) {
  const auto* owners = findings.holders.of(connection.inode);
  // Not found where it was looked for: it stays in doubt. That nobody holds it would be an answer,
  // for then everybody was looked at.
  connection.in_doubt = owners == nullptr;
  if (owners == nullptr) return;
  // Whoever was known to hold it is a better answer than a reason why nobody is.
  const std::vector<FlowKey> before = flow_sets_[connection.flows];
  if (!are_known(*owners) && is_owner_known(before.front())) return;
  const auto flows = one_for_each(before.front(), *owners);
  const bool in_window = connection.met_at >= table.window().start;
  if (flows == before || (connection.attempt && !in_window)) return;  // that window keeps it
  const Counted counted = connection.attempt               ? Counted::attempted
                          : connection.opened && in_window ? Counted::opened
                                                           : Counted::held;
  for (const FlowKey& old : before) table.taken_back(old, counted, now);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    count({flows[i], (*owners)[i], connection.evidence}, counted, table, now);
  }
  let_go(connection);
  keep_flows(connection, flows);
}

/// Two ephemeral ports are no guess: the listener has gone, or is at the other end, and what is
/// taken for its port may be a client's, and a new flow every time.
bool ConnectionBook::is_undecidable(const Socket& socket, const Verdict& verdict) const {
  return verdict.evidence == Evidence::port && ephemeral_.contains(socket.local.port) &&
         ephemeral_.contains(socket.remote.port);
}

/// Those of connections that stood until now are their ends, and nothing more; also of those that
/// an inconsistent look may only have missed.
void ConnectionBook::settle_remains(const Findings& findings, FlowTable& table, Time now) {
  if (met_again_ < connections_.size()) {
    for (const Connection& connection : connections_) {
      if (connection.look != look_) ended_.push_back(connection.tuple);
    }
  }
  std::sort(ended_.begin(), ended_.end());
  std::set<Tuple> met;  // a row may come twice
  for (const Socket& socket : remains_) {
    const Tuple tuple = tuple_of(socket);
    if (is_in(ended_, tuple) || !met.insert(tuple).second) continue;
    meet_remains(socket, findings, table, now);
  }
  ended_.clear();
  knows_remains_ = true;
  known_remains_.swap(next_remains_);
  std::sort(known_remains_.begin(), known_remains_.end());
}

void ConnectionBook::meet_remains(const Socket& socket, const Findings& findings, FlowTable& table,
                                  Time now) {
  const Verdict verdict = classify(socket, findings.listeners, ephemeral_, Presence::of_late);
  if (is_undecidable(socket, verdict)) {
    ++undecided_;
    return;
  }
  std::vector<Owner> owners;
  // It passed through this listener's queue: whoever holds the listener was depended upon.
  if (verdict.role == Role::passive) {
    owners = findings.listeners.owners_of(socket.local, Presence::of_late);
  }
  if (!are_known(owners)) owners = {Owner::nobody(UnknownOwner::time_wait)};
  const auto flows = one_for_each(flow_of(socket, verdict.role, netns_), owners);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const Sighting seen{flows[i], owners[i], verdict.evidence};
    knows_remains_ ? table.passed(seen, now) : table.witnessed(seen, now);
  }
}

void ConnectionBook::forget_missing(FlowTable& table, Time now) {
  if (met_again_ == connections_.size()) return;
  connections_.erase_if([&](const Connection& connection) {
    if (!is_over(connection)) return false;
    for (const FlowKey& flow : flow_sets_[connection.flows]) end(connection, flow, table, now);
    let_go(connection);
    if (!expects_events_) ended_.push_back(connection.tuple);  // else nobody asks what remains
    return true;
  });
}

}  // namespace ttq
