#include "walk/roster.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "model/whereabouts.h"

namespace ttq {
namespace {

/// The moment, if it can be spelled: a clock may be anywhere.
Time shifted(Time moment, Duration offset) { return std::max(Time{}, moment + offset); }

Span shifted(const Span& span, Duration offset) {
  return {shifted(span.since, offset), shifted(span.until, offset)};
}

Duration age(Time moment, Time now) { return std::max(Duration(0), now - moment); }

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

bool has(const std::vector<Address>& addresses, const Address& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

/// Whether the peer book led there, and not the address itself.
bool is_by_name(const PeerQuestion& question) {
  return question.about && question.at.host != question.about->print();
}

HostRecord record_for(const PeerQuestion& question) {
  HostRecord record;
  record.host.asked = question.at;
  record.asked_at = question.about                  ? question.about->print()
                    : question.at.unix_path.empty() ? question.at.host
                                                    : question.at.unix_path;
  return record;
}

bool is_own_door(const PeerAddress& address) {
  if (!address.unix_path.empty() || address.host == "localhost") return true;
  const auto parsed = Address::parse(address.host);
  return parsed && parsed->is_loopback();
}

}  // namespace

std::span<const Address> claims_of(const GraphHost& host) {
  constexpr std::size_t most = 1024;
  return std::span(host.addresses).first(std::min(most, host.addresses.size()));
}

const std::string& label(const HostRecord& record) {
  return record.host.name.empty() ? record.asked_at : record.host.name;
}

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
  const auto parsed = Address::parse(address.host);
  const bool is_booked = parsed && limits_.peers.find(*parsed) != nullptr;
  ask_all({is_booked ? question_to(place_of(*parsed), parsed) : question_to(address, {})});
  if (address.unix_path.empty() && parsed && !is_relative(*parsed)) heard_.emplace(*parsed, 0);
  take_up(0);
  for (const auto& [heard, met] : heard_) by_address_.emplace(heard, 0);
  if (!is_own_door(address)) return;
  for (const Address& own : target().host.addresses) {
    if (!is_relative(own)) by_address_.emplace(own, 0);
  }
}

void Roster::ask_ahead(const std::vector<FarEnd>& ends, const std::optional<Address>& narrow,
                       const Onward& onward) {
  progress_.depth = 1;
  narrow_ = narrow;
  onward_ = &onward;
  ask_all(questions_to(ends));
  narrow_.reset();
  onward_ = nullptr;
}

bool Roster::may_ask(const Address& address) const { return !limits_.obstacle(address); }

const HostRecord* Roster::met(const FarEnd& end) const {
  if (end.address.is_loopback()) return end.seen_by;
  if (has(end.seen_by->host.addresses, end.address)) return end.seen_by;
  const auto known = by_address_.find(end.address);
  if (known != by_address_.end()) return &records_[known->second];
  const auto heard = heard_.find(end.address);
  if (heard == heard_.end()) return nullptr;
  return &record_of(only_claimant(end.address).value_or(heard->second));
}

/// Of the addresses that were asked, first those that answer, so that their claims are known.
void Roster::ask(const std::vector<FarEnd>& ends, unsigned depth) {
  progress_.depth = depth;
  std::set<Address> unknown;
  for (const FarEnd& end : ends) {
    if (needs_question(end)) unknown.insert(end.address);
  }
  ask_all(questions_to(ends));
  std::vector<Address> silent;
  for (const Address& address : unknown) {
    const auto heard = heard_.find(address);
    const bool ok = heard != heard_.end() && record_of(heard->second).host.state == HostState::ok;
    if (ok) {
      by_address_[address] = take_up(heard->second);
    } else {
      silent.push_back(address);
    }
  }
  for (const Address& address : silent) {
    if (!heard_.contains(address)) fail_unasked(address);
    const auto claimant = only_claimant(address);
    const HostIndex host = take_up(claimant.value_or(heard_.at(address)));
    if (claimant) records_[host].taken_at_word.push_back(address);
    by_address_[address] = host;
  }
}

bool Roster::needs_question(const FarEnd& end) const {
  return may_ask(end.address) && !by_address_.contains(end.address) &&
         !has(end.seen_by->host.addresses, end.address);
}

std::optional<HostIndex> Roster::at(const FarEnd& end) const {
  if (end.address.is_loopback()) return end.seen_by->index;
  if (has(end.seen_by->host.addresses, end.address)) return end.seen_by->index;
  const auto known = by_address_.find(end.address);
  if (known == by_address_.end()) return std::nullopt;
  return known->second;
}

Party Roster::party(std::optional<HostIndex> host) const {
  if (!host) return {};
  const HostRecord& record = records_[*host];
  return {host, &record.testimony, &record.host.addresses};
}

PeerQuestion Roster::question_to(const PeerAddress& at, const std::optional<Address>& about) {
  const Time now = clocks_.wall();
  ++in_flight_;
  return {.at = at,
          .about = about,
          .ages = {age(span_.since, now), age(span_.until, now), clocks_.steady()},
          .peer = narrow_};
}

/// To those of them that were never asked, in the order of their addresses, while there is room.
std::vector<PeerQuestion> Roster::questions_to(const std::vector<FarEnd>& ends) {
  std::set<Address> unknown;
  for (const FarEnd& end : ends) {
    if (needs_question(end) && !heard_.contains(end.address)) unknown.insert(end.address);
  }
  std::vector<PeerQuestion> questions;
  for (const Address& address : unknown) {
    if (asked_.contains(address)) continue;
    if (met_.size() + in_flight_ >= limits_.max_hosts) break;
    asked_.insert(address);
    questions.push_back(question_to(place_of(address), address));
  }
  return questions;
}

PeerAddress Roster::place_of(const Address& address) const {
  const BookedPeer* booked = limits_.peers.find(address);
  if (booked == nullptr) return {.host = address.print(), .port = limits_.peer_port};
  return {.host = booked->host, .port = booked->port.value_or(limits_.peer_port)};
}

/// Why an answer is not that of the address. none: it is, as far as anybody knows.
std::optional<PeerFailure> Roster::doubt_about(const PeerQuestion& question,
                                               const Told& told) const {
  if (!told.report || !is_by_name(question)) return std::nullopt;
  const Host& speaker = told.report->host;
  if (has(speaker.addresses, *question.about)) return std::nullopt;
  return PeerFailure{HostState::untrusted,
                     speaker.name + " answers there, and does not have " + question.about->print() +
                         " as " + limits_.peers.find(*question.about)->source + " says"};
}

void Roster::ask_all(std::vector<PeerQuestion> questions) {
  if (!questions.empty()) peer_.ask(std::move(questions), limits_.concurrency, *this);
}

Answer<Deadline> Roster::begin(PeerQuestion& question) {
  if (auto reason = reason_not_to_ask()) return *std::move(reason);
  const auto& address = question.about;
  const auto claims = address ? claims_.find(*address) : claims_.end();
  if (claims != claims_.end() && claims->second.size() == 1 && !question.is_whole) {
    question.unless = record_of(claims->second.front()).host.instance;
  }
  ++progress_.asked;
  note_progress();
  return std::min(deadline_, clocks_.steady() + limits_.host_timeout);
}

std::vector<PeerQuestion> Roster::hear(const PeerQuestion& question, Told told) {
  --in_flight_;
  ++progress_.answered;
  note_progress();
  // Whose instance was known, and who is another host all the same, tells all of it now.
  const bool is_target = met_.empty();
  const auto address = is_target ? std::nullopt : question.about;
  if (auto doubt = doubt_about(question, told)) told = {.failure = std::move(doubt)};
  const auto known = told.report ? same_as(told.report->host, address) : std::nullopt;
  const bool is_short = told.report && !told.report->listeners && !question.unless.empty();
  if (is_short && !known) {
    PeerQuestion again = question_to(question.at, question.about);
    again.is_whole = true;
    return {std::move(again)};
  }
  HostRecord record = record_for(question);
  if (told.report) introduce(record, told);
  if (told.failure) {
    fail(record.host, *told.failure);
    if (is_by_name(question)) record.host.message.insert(0, question.at.host + ": ");
  } else if (record.host.id.empty()) {
    fail(record.host, {HostState::untrusted, "it does not say who it is"});
  } else if (!known) {
    keep(record, *std::move(told.report));
  }
  meet(address, std::move(record), known);
  if (onward_ == nullptr || !address) return {};
  return questions_to((*onward_)(*address));
}

void Roster::meet(const std::optional<Address>& address, HostRecord record,
                  std::optional<MetIndex> known) {
  if (known) {
    heard_.emplace(*address, *known);
    return;
  }
  const GraphHost& host = record.host;
  const MetIndex index = met_.size();
  if (address) heard_.emplace(*address, index);
  if (!host.id.empty()) {
    by_identity_.emplace(Identity{host.id, host.instance}, index);
    const auto claims = claims_of(host);
    const std::set<Address> claimed(claims.begin(), claims.end());
    for (const Address& own : claimed) claims_[own].push_back(index);
  }
  if (host.addresses.empty() && address) record.host.addresses.push_back(*address);
  met_.push_back({std::move(record), std::nullopt});
}

/// The host that was met already, of which this is another answer.
std::optional<Roster::MetIndex> Roster::same_as(const Host& speaker,
                                                const std::optional<Address>& at) const {
  if (speaker.id.empty() || !at) return std::nullopt;
  auto [bearer, end] = by_identity_.equal_range({speaker.id, speaker.instance});
  for (; bearer != end; ++bearer) {
    if (agree(bearer->second, speaker, *at)) return bearer->second;
  }
  return std::nullopt;
}

bool Roster::agree(MetIndex met, const Host& speaker, const Address& at) const {
  const HostRecord& record = record_of(met);
  if (!has(record.host.addresses, at)) return false;
  const auto asked = Address::parse(record.asked_at);
  if (asked && has(speaker.addresses, *asked)) return true;
  const bool is_target = met == 0;
  return is_target && record.host.addresses == speaker.addresses;
}

/// Who it is, and how its clock stands to ours.
void Roster::introduce(HostRecord& record, const Told& told) const {
  const Host& speaker = told.report->host;
  GraphHost& host = record.host;
  host.id = speaker.id;
  host.instance = speaker.instance;
  host.name = speaker.name;
  host.addresses = speaker.addresses;
  const auto middle = told.asked + (told.answered - told.asked) / 2;
  const auto since = std::chrono::duration_cast<Duration>(clocks_.steady() - middle);
  host.probe = speaker.probe;
  host.probe_reason = speaker.probe_reason;
  host.clock_offset = speaker.now - (clocks_.wall() - since);
  record.degradations = speaker.degradations;
  if (told.report->recent) record.last_hour = shifted(*told.report->recent, -host.clock_offset);
}

/// What it told, in our time.
void Roster::keep(HostRecord& record, FlowReport report) const {
  const Duration offset = -record.host.clock_offset;
  auto listeners = std::move(report.listeners).value_or(std::vector<Listener>{});
  if (report.listeners_next) {
    record.degradations.emplace_back("it has more listeners than are told in one answer");
  }
  shift_sightings(report.flows, offset);
  shift_sightings(listeners, offset);
  record.host.coverage = tidy(shifted(std::move(report.coverage), offset), span_);
  record.testimony = Testimony(std::move(report.flows), std::move(listeners));
}

const HostRecord& Roster::record_of(MetIndex met) const {
  const Met& one = met_[met];
  return one.index ? records_[*one.index] : one.record;
}

/// The one host that has this address, where nobody answers: its daemon listens on another.
std::optional<Roster::MetIndex> Roster::only_claimant(const Address& address) const {
  const GraphHost& host = record_of(heard_.at(address)).host;
  const bool silent = host.state == HostState::unreachable || host.state == HostState::timeout;
  const auto claims = claims_.find(address);
  if (!silent || !host.id.empty() || claims == claims_.end()) return std::nullopt;
  if (claims->second.size() != 1) return std::nullopt;
  return claims->second.front();
}

HostIndex Roster::take_up(MetIndex met) {
  Met& one = met_[met];
  if (one.index) return *one.index;
  one.index = records_.size();
  one.record.index = *one.index;
  records_.push_back(std::move(one.record));
  return *one.index;
}

void Roster::fail_unasked(const Address& address) {
  HostRecord record;
  record.asked_at = address.print();
  const std::string limit = std::to_string(limits_.max_hosts);
  fail(record.host, {HostState::budget, "not asked: the limit of " + limit + " hosts was reached"});
  meet(address, std::move(record), std::nullopt);
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

void Roster::note_progress() {
  if (watcher_.see) watcher_.see(progress_);
}

}  // namespace ttq
