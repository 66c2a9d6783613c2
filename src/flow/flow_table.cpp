#include "flow/flow_table.h"

#include <cassert>
#include <utility>

#include "base/text.h"

namespace ttq {
namespace {

/// So many process groups are told apart in one folded entry; beyond it `groups` stands still.
constexpr std::size_t max_groups = 4096;

FlowKey without_process(FlowKey key) {
  key.process = {};
  return key;
}

/// What processes must have in common to be folded.
ProcessKey fold_key(const Process& process) {
  std::uint64_t mark = fnv1a(process.name);
  mark = fnv1a(process.unit.value_or(""), fnv1a("\n", mark));
  mark = fnv1a(process.exe.value_or(""), fnv1a("\n", mark));
  return ProcessKey{.mark = mark};
}

/// Adds the counts of a flow that goes on beside this one (not after it, as absorb() does).
void add_beside(Flow& sum, const Flow& part) {
  Connections& into = sum.connections;
  const Connections& from = part.connections;
  into.now += from.now;
  into.pending += from.pending;
  into.opened += from.opened;
  into.closed += from.closed;
  into.failed += from.failed;
  into.max = std::max({into.max, from.max, into.now});
  sum.first_seen = std::min(sum.first_seen, part.first_seen);
  sum.last_seen = std::max(sum.last_seen, part.last_seen);
  sum.evidence = std::min(sum.evidence, part.evidence);
  add(sum.traffic, part.traffic);
}

void raise(Connections& connections) {
  ++connections.now;
  connections.max = std::max(connections.max, connections.now);
}

void lower(std::uint64_t& count, std::uint64_t amount = 1) { count -= std::min(count, amount); }

}  // namespace

void FlowTable::open_window(const Window& window, Time now) {
  window_ = window;
  entries_.clear();
  users_.clear();
  void_.clear();
  strayed_.clear();
  told_before_ = told_until_;
  removed_.clear();
  removals_written_ = 0;
  dropped_ = 0;
  refused_before_ = live_.refused();
  for (const auto& [key, live] : live_) {
    Entry* entry = touch(key, live, now);
    if (entry == nullptr) continue;
    Connections& counts = entry->flow.connections;
    counts.now += live.now;
    counts.pending += live.pending;
    entry->carried_over += live.pending;
    counts.max = std::max(counts.max, counts.now);
  }
}

void FlowTable::add_member(Entry& entry, const Process& member) {
  Process& folded = *entry.flow.owner.process;
  if (entry.groups.size() < max_groups) entry.groups.insert(member.pgid.value_or(0));
  folded.groups = static_cast<std::uint32_t>(entry.groups.size());
  if (folded.pgid != member.pgid) folded.pgid = std::nullopt;
  if (folded.uid != member.uid) folded.uid = std::nullopt;
  if (folded.container != member.container) folded.container = std::nullopt;
}

/// Makes one entry of this flow's processes of that kind.
FlowTable::Entry* FlowTable::fold(const Sighting& seen) {
  drop_void();
  Entry sum;
  sum.flow = {.key = seen.key, .owner = seen.owner, .evidence = seen.evidence};
  const FlowKey& folded = sum.flow.key;
  sum.flow.key.process = sum.flow.owner.process->key = fold_key(*seen.owner.process);
  std::vector<FlowKey>& users = users_[without_process(seen.key)];
  std::vector<FlowKey> kept{folded};
  sum.flow.first_seen = Time::max();
  sum.flow.last_seen = Time::min();
  for (const FlowKey& user : users) {
    const auto part = entries_.find(user);
    const auto& process = part->second.flow.owner.process;
    if (!process || fold_key(*process) != folded.process) {
      kept.push_back(user);
      continue;
    }
    add_beside(sum.flow, part->second.flow);
    sum.carried_over += part->second.carried_over;
    add_member(sum, *process);
    removed_.push_back(user);
    entries_.erase(part);
  }
  users = std::move(kept);
  const FlowKey key = folded;
  return &entries_.emplace(key, std::move(sum)).first->second;
}

FlowTable::Entry* FlowTable::entry_for(const Sighting& seen, Time now) {
  if (const auto found = entries_.find(seen.key); found != entries_.end()) return &found->second;
  std::vector<FlowKey>& users = users_[without_process(seen.key)];
  if (const auto& process = seen.owner.process) {
    FlowKey folded = seen.key;
    folded.process = fold_key(*process);
    const auto found = entries_.find(folded);
    const auto alike = std::count_if(users.begin(), users.end(), [&](const FlowKey& user) {
      const auto& other = entries_.at(user).flow.owner.process;
      return other && fold_key(*other) == folded.process && !void_.contains(user);
    });
    const bool too_many = static_cast<std::size_t>(alike) >= limits_.fold_above;
    if (found != entries_.end() || too_many) {
      Entry* entry = found != entries_.end() ? &found->second : fold(seen);
      add_member(*entry, *process);
      return entry;
    }
  }
  if (entries_.size() >= limits_.max_flows) drop_void();
  if (entries_.size() >= limits_.max_flows) {
    if (users.empty()) users_.erase(without_process(seen.key));
    ++dropped_;
    return nullptr;
  }
  users.push_back(seen.key);
  Flow flow{.key = seen.key, .owner = seen.owner, .evidence = seen.evidence};
  flow.first_seen = flow.last_seen = now;
  return &entries_.emplace(seen.key, Entry{std::move(flow)}).first->second;
}

FlowTable::Entry* FlowTable::touch(const Sighting& seen, Time now) {
  Entry* entry = entry_for(seen, now);
  if (entry == nullptr) return nullptr;
  void_.erase(entry->flow.key);
  entry->changed = true;
  entry->flow.last_seen = std::max(entry->flow.last_seen, now);
  entry->flow.evidence = std::min(entry->flow.evidence, seen.evidence);
  return entry;
}

FlowTable::Entry* FlowTable::touch(const FlowKey& key, const Live& live, Time now) {
  return touch({key, live.owner, live.evidence}, now);
}

void FlowTable::held(const Sighting& seen, Time now) {
  Live* live = live_.stand(seen);
  if (live == nullptr) return;
  ++live->now;
  Entry* entry = touch(seen, now);
  if (entry == nullptr) return;
  raise(entry->flow.connections);
  take_strayed(*entry);
}

void FlowTable::opened(const Sighting& seen, Time now) {
  Live* live = live_.stand(seen);
  if (live == nullptr) return;
  ++live->now;
  Entry* entry = touch(seen, now);
  if (entry == nullptr) return;
  ++entry->flow.connections.opened;
  raise(entry->flow.connections);
  take_strayed(*entry);
}

void FlowTable::closed(const FlowKey& key, Time now) {
  Live* live = live_.find(key);
  if (live == nullptr) return;
  lower(live->now);
  if (Entry* entry = touch(key, *live, now)) {
    ++entry->flow.connections.closed;
    lower(entry->flow.connections.now);
  }
  live_.leave(key);
}

void FlowTable::left(const FlowKey& key, Time now) {
  Live* live = live_.find(key);
  if (live == nullptr) return;
  lower(live->now);
  if (Entry* entry = touch(key, *live, now)) lower(entry->flow.connections.now);
  live_.leave(key);
}

void FlowTable::passed(const Sighting& seen, Time now) {
  Entry* entry = touch(seen, now);
  if (entry == nullptr) return;
  Connections& counts = entry->flow.connections;
  ++counts.opened;
  ++counts.closed;
  counts.max = std::max(counts.max, counts.now + 1);
}

void FlowTable::witnessed(const Sighting& seen, Time now) { touch(seen, now); }

void FlowTable::attempted(const Sighting& seen, Time now) {
  Live* live = live_.stand(seen);
  if (live == nullptr) return;
  ++live->pending;
  Entry* entry = touch(seen, now);
  if (entry == nullptr) return;
  ++entry->flow.connections.failed;
  ++entry->flow.connections.pending;
}

void FlowTable::answered(const FlowKey& key, Time attempted_at, Time now) {
  Live* live = live_.find(key);
  if (live == nullptr) return;
  lower(live->pending);
  ++live->now;
  Entry* entry = touch(key, *live, now);
  if (entry == nullptr) return;
  Connections& counts = entry->flow.connections;
  // A closed window keeps what it counted.
  lower(attempted_at >= window_.start ? counts.failed : entry->carried_over);
  lower(counts.pending);
  ++counts.opened;
  raise(counts);
}

void FlowTable::gave_up(const FlowKey& key, Time now) {
  Live* live = live_.find(key);
  if (live == nullptr) return;
  lower(live->pending);
  if (Entry* entry = touch(key, *live, now)) {
    std::uint64_t& pending = entry->flow.connections.pending;
    lower(pending);
    entry->carried_over = std::min(entry->carried_over, pending);
  }
  live_.leave(key);
}

void FlowTable::taken_back(const FlowKey& key, Counted counted, Time now) {
  Live* live = live_.find(key);
  if (live == nullptr) return;
  lower(counted == Counted::attempted ? live->pending : live->now);
  if (Entry* entry = touch(key, *live, now)) {
    Connections& counts = entry->flow.connections;
    lower(counted == Counted::attempted ? counts.pending : counts.now);
    if (counted == Counted::opened) lower(counts.opened);
    if (counted == Counted::attempted) lower(counts.failed);
  }
  note_void(key);
  live_.leave(key);
}

void FlowTable::happened(const Sighting& seen, const FlowEvents& events, Time now) {
  Live* live = live_.stand(seen);
  if (live == nullptr) return;
  const std::uint64_t answered = seen.key.role == Role::active ? events.opened : 0;
  live->now += events.opened;
  lower(live->now, events.closed);
  live->pending += events.traffic.attempts;
  lower(live->pending, answered + events.failed);
  if (Entry* entry = touch(seen, now)) count(*entry, events, ended_of(seen.key));
  live_.leave(seen.key);
}

void FlowTable::ended(const FlowKey& key, std::uint64_t count) {
  const std::uint64_t now = live_.now(key);
  if (now > 0) ended_[key] = std::min(now, ended_of(key) + count);
}

std::uint64_t FlowTable::ended_of(const FlowKey& key) const {
  const auto found = ended_.find(key);
  return found == ended_.end() ? 0 : found->second;
}

/// An attempt fails where it is first seen, until it is answered; so what a closed window counts as
/// failed is not counted again in this one.
void FlowTable::count(Entry& entry, const FlowEvents& events, std::uint64_t ended) {
  Connections& counts = entry.flow.connections;
  counts.max = std::max(counts.max, counts.now - std::min(counts.now, ended) + events.peak);
  counts.now += events.opened;
  lower(counts.now, events.closed);
  counts.opened += events.opened;
  counts.closed += events.closed;
  if (entry.flow.key.listen.proto == Protocol::udp) return;  // it has no traffic that is known
  add(entry.flow.traffic, events.traffic);
  if (entry.flow.key.role == Role::passive) return;
  std::uint64_t settled_later = events.opened + events.failed;  // those of earlier batches
  lower(settled_later, events.traffic.attempts);
  const std::uint64_t failed_before = std::min(settled_later, entry.carried_over);
  entry.carried_over -= failed_before;
  counts.failed += events.traffic.attempts;
  lower(counts.failed, events.opened - std::min(events.opened, failed_before));
  counts.pending += events.traffic.attempts;
  lower(counts.pending, events.opened + events.failed);
}

/// The entry that counts for this process; null: there is none, or it counts nothing.
FlowTable::Entry* FlowTable::find(const Sighting& seen) {
  auto found = entries_.find(seen.key);
  if (found == entries_.end() && seen.owner.process) {
    FlowKey folded = seen.key;
    folded.process = fold_key(*seen.owner.process);
    found = entries_.find(folded);
  }
  return found == entries_.end() || void_.contains(found->first) ? nullptr : &found->second;
}

bool FlowTable::carried(const Sighting& seen, const Traffic& traffic) {
  Entry* entry = find(seen);
  if (entry == nullptr) return false;
  add(entry->flow.traffic, traffic);
  entry->changed = true;
  return true;
}

/// Where several have them it cannot be told whose it is; but it is not this one's.
void FlowTable::passed_on(const Sighting& seen, const Traffic& traffic, Time now) {
  const auto users = users_.find(without_process(seen.key));
  if (users != users_.end()) {
    for (const FlowKey& user : users->second) {
      if (carried({user, entries_.at(user).flow.owner}, traffic)) return;
    }
  }
  if (Entry* entry = touch(seen, now)) add(entry->flow.traffic, traffic);
}

/// An entry that was made by mistake is not kept beside the right one; but it may be the right one
/// once more. Where it had several owners, the traffic of each is that of all.
void FlowTable::note_void(const FlowKey& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  const Connections& counts = found->second.flow.connections;
  if (counts.now + counts.opened + counts.closed + counts.failed + counts.pending > 0) return;
  auto& traffic = found->second.flow.traffic;
  if (traffic) strayed_.try_emplace(without_process(key), *std::exchange(traffic, std::nullopt));
  void_.insert(key);
}

void FlowTable::take_strayed(Entry& entry) {
  if (strayed_.empty()) return;
  const auto strayed = strayed_.extract(without_process(entry.flow.key));
  if (strayed) add(entry.flow.traffic, strayed.mapped());
}

void FlowTable::drop_void() {
  for (const FlowKey& key : void_) {
    std::erase(users_[without_process(key)], key);
    entries_.erase(key);
    removed_.push_back(key);
  }
  void_.clear();
}

FlowTable::Changes FlowTable::changes(Time last_look) {
  drop_void();
  Changes changes;
  for (auto& [key, entry] : entries_) {
    Flow& flow = entry.flow;
    const bool stands = flow.connections.now > 0 || flow.connections.pending > 0;
    if (stands) flow.last_seen = std::max(flow.last_seen, last_look);
    if (entry.changed) changes.flows.push_back(flow);
  }
  // What was folded away may have come back.
  for (std::size_t i = removals_written_; i < removed_.size(); ++i) {
    if (!entries_.contains(removed_[i])) changes.removed.push_back(removed_[i]);
  }
  return changes;
}

void FlowTable::written() {
  for (auto& [key, entry] : entries_) entry.changed = false;
  removals_written_ = removed_.size();
}

void FlowTable::unwritten() {
  for (auto& [key, entry] : entries_) entry.changed = true;
  removals_written_ = 0;
}

}  // namespace ttq
