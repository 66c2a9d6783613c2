#include "flow/connection_book.h"

#include <algorithm>

namespace ttq {
namespace {

/// So many looks a connection may be missing from snapshots that are not consistent.
constexpr std::uint64_t patience = 10;

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

std::vector<Sighting> one_for_each(const FlowKey& flow, const std::vector<Owner>& owners,
                                   Evidence evidence) {
  std::vector<Sighting> seen;
  for (const Owner& owner : owners) {
    seen.push_back({flow, owner, evidence});
    seen.back().key.process = owner.key();
  }
  return seen;
}

bool are_known(const std::vector<Owner>& owners) {
  return std::any_of(owners.begin(), owners.end(), [](const Owner& o) { return o.process; });
}

}  // namespace

ConnectionBook::Tuple ConnectionBook::tuple_of(const Socket& socket) {
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;
  return std::hash<Endpoint>{}(socket.local) * golden + std::hash<Endpoint>{}(socket.remote);
}

std::vector<Socket> ConnectionBook::newcomers(const Snapshot& snapshot) const {
  std::vector<Socket> found;
  for (const Socket& socket : snapshot.sockets) {
    if (is_connection(socket) && !known_.contains(socket.cookie)) found.push_back(socket);
  }
  return found;
}

std::unordered_set<std::uint64_t> ConnectionBook::inodes(const Snapshot& snapshot) {
  std::unordered_set<std::uint64_t> found;
  for (const Socket& socket : snapshot.sockets) {
    if (is_connection(socket) && socket.inode != 0) found.insert(socket.inode);
  }
  return found;
}

std::unordered_set<std::uint64_t> ConnectionBook::doubts(const Snapshot& snapshot) const {
  std::unordered_set<std::uint64_t> found;
  for (const Socket& socket : snapshot.sockets) {
    if (socket.inode == 0 || !is_connection(socket)) continue;
    const auto known = known_.find(socket.cookie);
    if (known == known_.end() || known->second.in_doubt) found.insert(socket.inode);
  }
  return found;
}

std::uint64_t ConnectionBook::unknown_owners() const {
  return static_cast<std::uint64_t>(
      std::count_if(known_.begin(), known_.end(), [](const auto& entry) {
        return std::all_of(entry.second.flows.begin(), entry.second.flows.end(),
                           [](const FlowKey& key) { return key.process.pid == 0; });
      }));
}

void ConnectionBook::turn(const Snapshot& snapshot, const Findings& findings, FlowTable& table,
                          Time now) {
  ++look_;
  std::unordered_set<Tuple> remains;
  std::vector<const Socket*> ended;
  for (const Socket& socket : snapshot.sockets) {
    if (is_remains(socket)) {
      const Tuple tuple = tuple_of(socket);
      remains.insert(tuple);
      if (!standing_.contains(tuple) && !remains_.contains(tuple)) ended.push_back(&socket);
    } else if (const auto known = known_.find(socket.cookie); known != known_.end()) {
      meet_again(socket, known->second, findings, table, now);
    }
  }
  // Before the newcomers, so that `max` never holds two that did not stand together. Where rows may
  // be missing, a missing one is no sign that its connection has closed (trap 19).
  forget_missing(snapshot.consistent ? 0 : patience, table, now);
  for (const Socket& socket : findings.newcomers) {
    if (!is_remains(socket)) meet(socket, findings, table, snapshot.netns, now);
  }
  // Last, for it is by those who still stand that an ended connection's user is known.
  for (const Socket* socket : ended) meet_remains(*socket, findings, table, snapshot.netns, now);
  remains_ = std::move(remains);
}

/// Who holds it, and by which flow it is therefore counted. A passive connection that no process
/// was found to hold, since it is not accepted yet or was closed before it could be looked up, came
/// through its listener: that one's owner was depended upon.
std::vector<Sighting> ConnectionBook::sightings(const Socket& socket, const Verdict& verdict,
                                                const Findings& findings, NetNs netns) const {
  std::vector<Owner> owners;
  if (const auto found = findings.owners.find(socket.inode); found != findings.owners.end()) {
    owners = found->second;
  }
  if (!are_known(owners) && verdict.role == Role::passive) {
    const auto listening = findings.listeners.owners_of(socket.local);
    if (are_known(listening)) owners = listening;
  }
  // Nobody found at first sight: most likely it closed before /proc was walked. If it stands at the
  // next look too, the reason that is found then is the right one. What stood before the first look
  // has shown that it lasts.
  if (!are_known(owners) && look_ > 1) owners.clear();
  if (owners.empty()) {
    owners = {Owner::nobody(is_waiting_for_accept(socket, verdict.role) ? UnknownOwner::not_accepted
                                                                        : UnknownOwner::exited)};
  }
  return one_for_each(flow_of(socket, verdict.role, netns), owners, verdict.evidence);
}

void ConnectionBook::meet(const Socket& socket, const Findings& findings, FlowTable& table,
                          NetNs netns, Time now) {
  const Verdict verdict = classify(socket, findings.listeners, ephemeral_);
  Known known;
  known.tuple = tuple_of(socket);
  known.evidence = verdict.evidence;
  known.attempt = socket.state == SocketState::syn_sent;
  known.opened = look_ > 1;
  known.met_at = now;
  known.look = look_;
  for (const Sighting& seen : sightings(socket, verdict, findings, netns)) {
    if (known.attempt) {
      table.attempted(seen, now);
    } else if (known.opened) {
      table.opened(seen, now);
    } else {
      table.held(seen, now);
    }
    known.flows.push_back(seen.key);
  }
  const auto found = findings.owners.find(socket.inode);
  known.in_doubt = found == findings.owners.end() || !are_known(found->second);
  standing_.insert(known.tuple);
  known_.emplace(socket.cookie, std::move(known));
}

void ConnectionBook::meet_again(const Socket& socket, Known& known, const Findings& findings,
                                FlowTable& table, Time now) {
  known.look = look_;
  if (known.attempt && socket.state != SocketState::syn_sent) {
    for (const FlowKey& flow : known.flows) table.answered(flow, known.met_at, now);
    known.attempt = false;
    known.opened = true;
    known.met_at = now;
  }
  if (!known.attempt && socket.inode != 0 && findings.owners.contains(socket.inode)) {
    change_owners(socket, known, findings, table, now);
  }
}

void ConnectionBook::change_owners(const Socket& socket, Known& known, const Findings& findings,
                                   FlowTable& table, Time now) {
  const std::vector<Owner>& owners = findings.owners.at(socket.inode);
  // Looked for twice and not found: that is the answer, until everything is looked at again.
  known.in_doubt = false;
  // Whoever was known to hold it is a better answer than a reason why nobody is.
  const bool was_known = known.flows.front().process.pid != 0;
  if (!are_known(owners) && was_known) return;
  const auto seen = one_for_each(known.flows.front(), owners, known.evidence);
  std::vector<FlowKey> flows;
  flows.reserve(seen.size());
  for (const Sighting& sighting : seen) flows.push_back(sighting.key);
  if (flows == known.flows) return;
  const bool opened = known.opened && known.met_at >= table.window().start;
  for (const FlowKey& old : known.flows) table.taken_back(old, opened, now);
  for (const Sighting& sighting : seen) {
    opened ? table.opened(sighting, now) : table.held(sighting, now);
  }
  known.flows = std::move(flows);
}

/// A listener on our own loopback would have been found, and two ephemeral ports are no guess
/// either: the listener has gone, and its port would be a new flow every time.
bool ConnectionBook::is_undecidable(const Socket& socket, const Verdict& verdict) const {
  return verdict.evidence == Evidence::port && socket.remote.address.is_loopback() &&
         ephemeral_.contains(socket.local.port) && ephemeral_.contains(socket.remote.port);
}

void ConnectionBook::meet_remains(const Socket& socket, const Findings& findings, FlowTable& table,
                                  NetNs netns, Time now) {
  const Verdict verdict = classify(socket, findings.listeners, ephemeral_);
  if (is_undecidable(socket, verdict)) {
    ++undecided_;
    return;
  }
  const FlowKey flow = flow_of(socket, verdict.role, netns);
  std::vector<Sighting> seen;
  if (verdict.role == Role::passive) {
    // It passed through this listener's queue: whoever holds the listener was depended upon.
    const auto owners = findings.listeners.owners_of(socket.local);
    if (are_known(owners)) seen = one_for_each(flow, owners, verdict.evidence);
  }
  if (seen.empty()) {
    seen = one_for_each(flow, {Owner::nobody(UnknownOwner::time_wait)}, verdict.evidence);
  }
  for (const Sighting& sighting : seen) {
    look_ == 1 ? table.witnessed(sighting, now) : table.passed(sighting, now);
  }
}

void ConnectionBook::forget_missing(std::uint64_t looks, FlowTable& table, Time now) {
  for (auto entry = known_.begin(); entry != known_.end();) {
    const Known& known = entry->second;
    if (look_ - known.look <= looks) {
      ++entry;
      continue;
    }
    for (const FlowKey& flow : known.flows) {
      known.attempt ? table.gave_up(flow, now) : table.closed(flow, now);
    }
    standing_.erase(known.tuple);
    entry = known_.erase(entry);
  }
}

}  // namespace ttq
