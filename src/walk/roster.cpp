#include "walk/roster.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "walk/together.h"

namespace ttq {
namespace {

/// The moment, if it can be spelled: a clock may be anywhere.
Time shifted(Time moment, Duration offset) { return std::max(Time{}, moment + offset); }

Span shifted(const Span& span, Duration offset) {
  return {shifted(span.since, offset), shifted(span.until, offset)};
}

template <class Seen>
void shift_sightings(std::vector<Seen>& seen, Duration offset) {
  for (Seen& one : seen) {
    one.first_seen = shifted(one.first_seen, offset);
    one.last_seen = shifted(one.last_seen, offset);
  }
}

std::vector<Coverage> shifted(std::vector<Coverage> coverage, Duration offset) {
  for (Coverage& one : coverage) one.span = shifted(one.span, offset);
  return coverage;
}

void fail(GraphHost& host, const PeerFailure& failure) {
  host.state = failure.state;
  host.message = failure.message;
}

bool is_own_door(const PeerAddress& address) {
  if (!address.unix_path.empty() || address.host == "localhost") return true;
  const auto parsed = Address::parse(address.host);
  return parsed && parsed->is_loopback();
}

}  // namespace

bool is_askable(const Address& address) {
  return !address.is_loopback() && !address.is_wildcard() && !address.is_link_local() &&
         !address.is_multicast();
}

const std::string& label(const HostRecord& record) {
  return record.host.name.empty() ? record.asked_at : record.host.name;
}

/// One address and what becomes of asking there. Each is touched by one thread at a time.
struct Roster::Question {
  PeerAddress at;
  std::optional<Address> address;
  HostRecord record;
  Duration spent{0};
  bool is_known = false;  ///< the host at that address has been asked at another one
};

Roster::Roster(Peer& peer, const WalkLimits& limits, const Span& span, const Clocks& clocks,
               const Watcher& watcher)
    : peer_(peer),
      limits_(limits),
      span_(span),
      clocks_(clocks),
      watcher_(watcher),
      deadline_(clocks.steady() + limits.timeout) {}

void Roster::ask_target(const PeerAddress& address) {
  assert(records_.empty());
  Question question{.at = address};
  const auto parsed = Address::parse(address.host);
  if (address.unix_path.empty() && parsed && is_askable(*parsed)) question.address = parsed;
  ask_all({std::move(question)});
  if (!is_own_door(address)) return;
  for (const Address& own : records_.front().host.addresses) {
    if (is_askable(own)) by_address_.emplace(own, 0);
  }
}

void Roster::ask(const std::vector<FarEnd>& ends, unsigned depth) {
  progress_.depth = depth;
  std::set<Address> unknown;
  for (const FarEnd& end : ends) {
    if (needs_question(end)) unknown.insert(end.address);
  }
  std::vector<Question> questions;
  for (const Address& address : unknown) {
    questions.push_back(
        {.at = {.host = address.print(), .port = limits_.peer_port}, .address = address});
  }
  ask_all(std::move(questions));
}

bool Roster::needs_question(const FarEnd& end) const {
  const auto& own = records_[end.seen_by].host.addresses;
  return is_askable(end.address) && !by_address_.contains(end.address) &&
         std::find(own.begin(), own.end(), end.address) == own.end();
}

std::optional<HostIndex> Roster::at(const FarEnd& end) const {
  const auto& own = records_[end.seen_by].host.addresses;
  if (end.address.is_loopback()) return end.seen_by;
  if (std::find(own.begin(), own.end(), end.address) != own.end()) return end.seen_by;
  const auto known = by_address_.find(end.address);
  if (known == by_address_.end()) return std::nullopt;
  return known->second;
}

Party Roster::party(std::optional<HostIndex> host) const {
  if (!host) return {};
  return {host, &records_[*host].testimony};
}

/// First everybody's name, then what they saw: of two addresses of one host only one is asked on.
void Roster::ask_all(std::vector<Question> questions) {
  const auto room = limits_.max_hosts > records_.size() ? limits_.max_hosts - records_.size() : 0;
  const auto asked = std::min<std::size_t>(questions.size(), room);
  together(asked, limits_.concurrency, [&](std::size_t i) { introduce(questions[i]); });
  for (std::size_t i = asked; i < questions.size(); ++i) {
    const std::string limit = std::to_string(limits_.max_hosts);
    fail(questions[i].record.host,
         {HostState::budget, "not asked: the limit of " + limit + " hosts was reached"});
  }

  std::set<std::pair<std::string, std::string>> met;
  for (Question& question : questions) {
    const GraphHost& host = question.record.host;
    if (host.state != HostState::ok) continue;
    const std::pair identity{host.id, host.instance};
    question.is_known = by_identity_.contains(identity) || !met.insert(identity).second;
  }
  together(questions.size(), limits_.concurrency, [&](std::size_t i) {
    const Question& question = questions[i];
    if (question.record.host.state == HostState::ok && !question.is_known) hear(questions[i]);
  });
  for (Question& question : questions) {
    if (question.record.host.state == HostState::ok) settle(question);
  }
  for (Question& question : questions) {
    if (question.record.host.state == HostState::ok) continue;
    const auto claimant = only_claimant(question);
    if (claimant) {
      by_address_[*question.address] = *claimant;
    } else {
      settle(question);
    }
  }
}

/// The one host that has this address, where nobody answers: its daemon listens on another.
std::optional<HostIndex> Roster::only_claimant(const Question& question) const {
  const GraphHost& host = question.record.host;
  const bool silent = host.state == HostState::unreachable || host.state == HostState::timeout;
  if (!question.address || !silent || !host.id.empty()) return std::nullopt;
  std::optional<HostIndex> claimant;
  for (HostIndex i = 0; i < records_.size(); ++i) {
    const GraphHost& other = records_[i].host;
    const auto& own = other.addresses;
    if (other.id.empty() || std::find(own.begin(), own.end(), *question.address) == own.end()) {
      continue;
    }
    if (claimant) return std::nullopt;
    claimant = i;
  }
  return claimant;
}

void Roster::introduce(Question& question) {
  GraphHost& host = question.record.host;
  if (const auto reason = reason_not_to_ask()) return fail(host, *reason);
  note_asked();
  const auto began = clocks_.steady();
  const Time sent = clocks_.wall();
  const auto answer = peer_.host(question.at, host_deadline(Duration(0)));
  const Time received = clocks_.wall();
  question.spent = std::chrono::duration_cast<Duration>(clocks_.steady() - began);
  note_answered();
  if (const auto* failure = std::get_if<PeerFailure>(&answer)) return fail(host, *failure);

  const auto& report = std::get<HostReport>(answer);
  host.id = report.host.id;
  host.instance = report.host.instance;
  host.name = report.host.name;
  host.addresses = report.host.addresses;
  host.clock_offset = report.host.now - (sent + (received - sent) / 2);
  if (host.id.empty()) return fail(host, {HostState::untrusted, "it does not say who it is"});
  question.record.probe = report.host.probe;
  question.record.degradations = report.host.degradations;
  question.record.last_hour = shifted(report.coverage, -host.clock_offset);
}

void Roster::hear(Question& question) {
  GraphHost& host = question.record.host;
  if (const auto reason = reason_not_to_ask()) return fail(host, *reason);
  const Deadline deadline = host_deadline(question.spent);
  const Span its_span = shifted(span_, host.clock_offset);
  auto flows = peer_.flows(question.at, its_span, deadline);
  if (const auto* failure = std::get_if<PeerFailure>(&flows)) return fail(host, *failure);
  auto listeners = peer_.listeners(question.at, its_span, deadline);
  if (const auto* failure = std::get_if<PeerFailure>(&listeners)) fail(host, *failure);

  auto& told = std::get<FlowReport>(flows);
  auto* also = std::get_if<ListenerReport>(&listeners);
  std::vector<Listener> accepting = also ? std::move(also->listeners) : std::vector<Listener>{};
  shift_sightings(told.flows, -host.clock_offset);
  shift_sightings(accepting, -host.clock_offset);
  host.coverage = tidy(shifted(std::move(told.coverage), -host.clock_offset), span_);
  question.record.testimony = Testimony(std::move(told.flows), std::move(accepting));
}

void Roster::settle(Question& question) {
  GraphHost& host = question.record.host;
  question.record.asked_at =
      question.at.unix_path.empty() ? question.at.host : question.at.unix_path;
  const std::pair identity{host.id, host.instance};
  const auto known = host.id.empty() ? by_identity_.end() : by_identity_.find(identity);
  const bool is_new = known == by_identity_.end();
  const HostIndex index = is_new ? records_.size() : known->second;
  if (question.address) by_address_[*question.address] = index;
  if (!is_new) return;
  if (!host.id.empty()) by_identity_.emplace(identity, index);
  if (host.addresses.empty() && question.address) host.addresses.push_back(*question.address);
  records_.push_back(std::move(question.record));
}

std::optional<PeerFailure> Roster::reason_not_to_ask() const {
  if (watcher_.stop != nullptr && *watcher_.stop) {
    return PeerFailure{HostState::budget, "not asked: the walk was stopped"};
  }
  if (clocks_.steady() >= deadline_) {
    const std::string limit = print_duration(limits_.timeout);
    return PeerFailure{HostState::budget, "not asked: the walk's " + limit + " were over"};
  }
  return std::nullopt;
}

Deadline Roster::host_deadline(Duration spent) const {
  return std::min(deadline_, clocks_.steady() + limits_.host_timeout - spent);
}

void Roster::note_asked() {
  const std::lock_guard lock(progress_mutex_);
  ++progress_.asked;
  if (watcher_.see) watcher_.see(progress_);
}

void Roster::note_answered() {
  const std::lock_guard lock(progress_mutex_);
  ++progress_.answered;
  if (watcher_.see) watcher_.see(progress_);
}

}  // namespace ttq
