#include "flow/event_book.h"

#include <algorithm>
#include <utility>

namespace ttq {
namespace {

FlowKey key_of(const EventFlow& flow, const Owner& owner, NetNs netns) {
  return {.listen = flow.listen,
          .client = flow.client,
          .role = flow.role,
          .netns = netns,
          .process = owner.key()};
}

std::vector<FlowKey> keys_of(const EventFlow& flow, const std::vector<Owner>& owners, NetNs netns) {
  std::vector<FlowKey> keys;
  for (const Owner& owner : owners) keys.push_back(key_of(flow, owner, netns));
  return keys;
}

std::uint64_t less(std::uint64_t from, std::uint64_t amount) {
  return from > amount ? from - amount : 0;
}

/// Nothing but the traffic of connections that stand, or that were taken over.
bool is_mere_traffic(const FlowEvents& events) {
  return events.opened + events.closed + events.failed + events.traffic.attempts +
             events.datagrams ==
         0;
}

/// The owner of such a flow is its listener's.
bool has_no_program(const EventFlow& flow) { return flow.program == ProgramMark{}; }

/// A datagram comes and goes; that nothing more will follow is not told.
void end_exchanges(FlowEvents& events) {
  if (events.flow.listen.proto != Protocol::udp) return;
  events.closed = events.opened;
  events.peak = 1;
}

/// An ending without an opening: that one was lost. It must have been there.
void add_lost_openings(FlowEvents& events, std::uint64_t standing) {
  if (events.closed > standing + events.opened) events.opened = events.closed - standing;
}

}  // namespace

void EventBook::take(Events events) { batch_ = std::move(events); }

std::vector<Caller> EventBook::callers() const {
  std::vector<Caller> callers;
  for (const FlowEvents& events : batch_.flows) {
    if (events.caller) callers.push_back(*events.caller);
  }
  return callers;
}

std::uint64_t EventBook::connections() const {
  std::uint64_t sum = 0;
  for (const auto& [flow, standing] : standing_) sum += standing.left.now;
  return sum;
}

/// A server that has just been started may be quicker than the look at its listener.
bool EventBook::waits(const FlowEvents& events, const Findings& findings) const {
  const EventFlow& flow = events.flow;
  const auto is_same = [&](const TakenOver& taken) { return taken.flow == flow; };
  return has_no_program(flow) && !standing_.contains(flow) &&
         !findings.listeners.has(flow.listen, Presence::of_late) &&
         std::none_of(batch_.taken_over.begin(), batch_.taken_over.end(), is_same);
}

/// A passive connection passed through its listener's queue: the one that there is, or one that has
/// gone of late.
std::vector<Owner> EventBook::owners_of(const FlowEvents& events, const Findings& findings) const {
  std::vector<Owner> owners;
  if (has_no_program(events.flow)) {
    const bool is_there = findings.listeners.has(events.flow.listen);
    owners = findings.listeners.owners_of(events.flow.listen,
                                          is_there ? Presence::now : Presence::of_late);
  } else if (const auto caller = findings.callers.find(events.flow.program);
             caller != findings.callers.end()) {
    owners = {caller->second};
  }
  if (owners.empty()) owners = {Owner::nobody(UnknownOwner::exited)};
  return owners;
}

EventBook::Standing& EventBook::stand(const FlowEvents& events, const Findings& findings,
                                      FlowTable& table, Time now) {
  Standing& standing = standing_[events.flow];
  const bool is_new = standing.owners.empty();
  // A program that asks stays itself; but a listener may be another's by now.
  const bool is_asked_again = has_no_program(events.flow) && events.opened > 0;
  if (!is_new && !is_asked_again) return standing;
  auto owners = owners_of(events, findings);
  if (is_new) {
    standing.owners = std::move(owners);
  } else if (owners != standing.owners && owners.front().process) {
    const auto flows = keys_of(events.flow, standing.owners, findings.netns);
    for (std::uint64_t moved = 0; moved < standing.left.now; ++moved) {
      for (const FlowKey& flow : flows) table.taken_back(flow, Counted::held, now);
      for (const Owner& owner : owners) {
        table.held({key_of(events.flow, owner, findings.netns), owner, Evidence::event}, now);
      }
    }
    standing.owners = std::move(owners);
  }
  return standing;
}

void EventBook::happen(FlowEvents events, const Findings& findings, FlowTable& table, Time now) {
  Standing& standing = stand(events, findings, table, now);
  Left& left = standing.left;
  end_exchanges(events);
  add_lost_openings(events, left.now);
  bool is_told = false;
  for (const Owner& owner : standing.owners) {
    const FlowKey key = key_of(events.flow, owner, findings.netns);
    const Sighting seen{key, owner, events.evidence};
    if (!is_mere_traffic(events)) table.happened(seen, events, now);
    is_told |= !is_mere_traffic(events) || table.carried(seen, events.traffic);
    if (events.taken_ended > 0) table.ended(key, events.taken_ended);
  }
  if (!is_told) {
    const FlowKey key = key_of(events.flow, standing.owners.front(), findings.netns);
    table.passed_on({key, standing.owners.front(), Evidence::event}, events.traffic, now);
  }
  const std::uint64_t answered = events.flow.role == Role::active ? events.opened : 0;
  left.now = left.now + events.opened - events.closed;
  left.pending = less(left.pending + events.traffic.attempts, answered + events.failed);
  standing.taken_over -= static_cast<std::int64_t>(events.taken_ended);
}

/// It is counted here no longer; by this window it may not have been at all.
void EventBook::hand_over(const TakenOver& taken, Standing& standing, const Findings& findings,
                          FlowTable& table, Time now) {
  const bool in_window = table.counted_at(now - taken.age) >= table.window().start;
  for (const FlowKey& flow : keys_of(taken.flow, standing.owners, findings.netns)) {
    table.taken_back(flow, in_window ? Counted::opened : Counted::held, now);
  }
  --standing.left.now;
  ++standing.taken_over;
}

/// The look knows what is left: what is not, has ended, and its end was lost. What has opened since
/// the last batch may have done so after the look; so of a flow that moves only the most is known,
/// and it stays in doubt.
///
/// Not every kernel counts every event that it passes over. So what two looks find missing has
/// ended too, though nothing is said to be lost.
void EventBook::mend(const Findings& findings, FlowTable& table, Time now) {
  std::map<EventFlow, Left> moving;
  for (const FlowEvents& events : batch_.flows) {
    moving[events.flow].now += events.opened;
    moving[events.flow].pending += events.traffic.attempts;
  }
  for (auto& [flow, standing] : standing_) {
    const auto found = batch_.left->find(flow);
    Left left = found == batch_.left->end() ? Left{} : found->second;
    const auto moved = moving.find(flow);
    if (moved != moving.end()) {
      left.now += moved->second.now;
      left.pending += moved->second.pending;
    }
    FlowEvents ended{.flow = flow};
    ended.closed = less(standing.left.now, left.now);
    ended.failed = less(standing.left.pending, left.pending);
    const std::uint64_t missing = ended.closed + ended.failed;
    const Doubt doubt = standing.doubt;
    if (doubt == Doubt::none) {
      if (missing > 0) standing.doubt = Doubt::missing;
      continue;
    }
    if (doubt == Doubt::missing) unannounced_ends_ += missing;
    if (moved == moving.end()) {
      standing.doubt = Doubt::none;
      // Ends may be lost too; it is only a memory of the owner.
      if (doubt == Doubt::lost) standing.taken_over = 0;
    }
    if (missing > 0) happen(ended, findings, table, now);
  }
}

Holders EventBook::settle(const Findings& findings, FlowTable& table, Time now) {
  for (const FlowEvents& events : std::exchange(waiting_, {})) happen(events, findings, table, now);
  for (const FlowEvents& events : batch_.flows) {
    waits(events, findings) ? waiting_.push_back(events) : happen(events, findings, table, now);
  }
  std::sort(batch_.taken_over.begin(), batch_.taken_over.end(),
            [](const TakenOver& a, const TakenOver& b) { return a.cookie < b.cookie; });
  Holders counted_for;
  for (const TakenOver& taken : batch_.taken_over) {
    const auto standing = standing_.find(taken.flow);
    // Its opening was lost: the look takes it in as one that it has found.
    if (standing == standing_.end() || standing->second.left.now == 0) continue;
    hand_over(taken, standing->second, findings, table, now);
    counted_for.add(taken.cookie, standing->second.owners);
  }
  if (batch_.left) mend(findings, table, now);
  if (batch_.lost > 0) {  // after the look, maybe
    for (auto& [flow, standing] : standing_) standing.doubt = Doubt::lost;
  }
  table.told_until(now);
  std::erase_if(standing_, [](const auto& entry) { return entry.second.is_over(); });
  batch_ = {};
  return counted_for;
}

}  // namespace ttq
