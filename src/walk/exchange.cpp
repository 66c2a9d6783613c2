#include "walk/exchange.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>
#include <iterator>

namespace ttq {
namespace {

/// Worst flows (every string at its full length) are 1.5 KiB each. A page of them, and the
/// listeners of a busy host before it, are under max_text_bytes.
constexpr std::size_t page_limit = 4000;
constexpr int max_pages = 100;

const PeerFailure too_late{HostState::timeout, "no answer in time"};
const PeerFailure unresolved{HostState::timeout, "its name was not resolved in time"};
const PeerFailure too_busy{HostState::timeout,
                           "too busy, or too lately started, to answer in time"};

/// RFC 3986: everything but the unreserved.
std::string percent_encode(std::string_view text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char byte : text) {
    if (unreserved.find(byte) != std::string_view::npos) {
      encoded += byte;
      continue;
    }
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(byte));
    encoded += escape;
  }
  return encoded;
}

/// RFC 9110 7.2; a UNIX socket has no host.
std::string print_authority(const PeerAddress& address) {
  if (!address.unix_path.empty()) return "localhost";
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

/// Puts the flows of a further page behind those that are there.
void append(FlowReport& report, FlowReport page) {
  std::move(page.flows.begin(), page.flows.end(), std::back_inserter(report.flows));
  report.next = std::move(page.next);
}

}  // namespace

Exchange::Exchange(PeerQuestion question, Transport transport, Deadline deadline)
    : question_(std::move(question)),
      deadline_(deadline),
      transport_(std::move(transport)),
      way_deadline_(deadline) {}

std::uint32_t Exchange::awaited_events() const {
  const auto awaited = [&](std::uint32_t usual) {
    return static_cast<std::uint32_t>(connection_.channel.awaited(static_cast<short>(usual)));
  };
  switch (state_) {
    case State::resolving:
      return EPOLLIN;
    case State::connecting:
    case State::writing:
      return awaited(EPOLLOUT);
    case State::securing:
    case State::reading:
      return awaited(EPOLLIN);
    default:
      return 0;
  }
}

Exchange::Moment Exchange::next_deadline() const {
  if (state_ == State::page) return Moment::max();  // it came in time, and is waiting for us
  const bool has_its_own = state_ == State::connecting || state_ == State::pausing;
  return has_its_own ? way_deadline_ : deadline_;
}

void Exchange::fail(PeerFailure failure) {
  const bool broke_off = !reader_.has_begun() && failure.state != HostState::timeout;
  const auto why = broke_off ? connection_.why_it_broke_off() : std::nullopt;
  told_.failure = why.value_or(std::move(failure));
  if (told_.report) told_.report->flows.clear();
  connection_.reset();
  lookup_.reset();
  state_ = State::over;
}

void Exchange::begin(Moment now) {
  if (!transport_.obstacle.empty() && question_.at.unix_path.empty()) {
    return fail({HostState::denied, transport_.obstacle});
  }
  auto found = find_ways(question_.at, transport_.via);
  if (auto* lookup = std::get_if<NameLookup>(&found)) return begin_resolving(std::move(*lookup));
  if (auto* failure = std::get_if<PeerFailure>(&found)) return fail(std::move(*failure));
  go(std::move(std::get<std::vector<Way>>(found)), now);
}

void Exchange::begin_resolving(NameLookup lookup) {
  lookup_ = std::move(lookup);
  ++descriptors_;
  state_ = State::resolving;
}

void Exchange::go(Answer<std::vector<Way>> ways, Moment now) {
  lookup_.reset();
  if (auto* failure = std::get_if<PeerFailure>(&ways)) return fail(std::move(*failure));
  ways_ = std::move(std::get<std::vector<Way>>(ways));
  connect(now);
}

/// Each of several ways gets its share of the time that is left.
void Exchange::connect(Moment now) {
  std::optional<PeerFailure> failure;
  for (; way_ < ways_.size(); ++way_) {
    auto connecting = begin_connecting(ways_[way_]);
    if (auto* connection = std::get_if<Connection>(&connecting)) {
      connection_ = std::move(*connection);
      ++descriptors_;
      way_deadline_ = now + (deadline_ - now) / static_cast<std::int64_t>(ways_.size() - way_);
      state_ = State::connecting;
      return;
    }
    failure = std::get<PeerFailure>(connecting);
  }
  fail(failure.value_or(too_late));
}

void Exchange::meet_deadline(Moment now) {
  if (state_ == State::pausing) return connect(now);
  if (state_ == State::resolving) return fail(unresolved);
  const bool another = state_ == State::connecting && way_ + 1 < ways_.size() && now < deadline_;
  if (!another) return fail(too_late);
  ++way_;
  connect(now);
}

void Exchange::proceed(Moment now) {
  if (state_ == State::resolving) return go(ways_to(lookup_->take()), now);
  if (state_ == State::reading) return read(now);
  if (state_ == State::writing) return write();
  if (state_ == State::securing) return secure(now);
  if (state_ != State::connecting) return;
  const auto failure = failure_of_connecting(fd());
  if (!failure) return begin_securing(now);
  if (++way_ == ways_.size()) return fail(*failure);
  connect(now);
}

void Exchange::begin_securing(Moment now) {
  state_ = State::securing;
  const auto wrapped = connection_.wrap(transport_, question_.at);
  if (!wrapped) return fail({HostState::unreachable, wrapped.error().message});
  secure(now);
}

void Exchange::secure(Moment now) {
  const auto step = connection_.channel.secure();
  if (step.state == Channel::State::moved) return ask(now);
  if (step.state != Channel::State::blocked) fail(failure_of(connection_.channel));
}

std::string Exchange::path(Moment now) const {
  const Ages& ages = question_.ages;
  const auto late = std::chrono::floor<Duration>(now - ages.as_of);
  const auto print_age = [&](Duration age) { return "-" + print_duration(age + late); };
  std::string path = "/v1/flows?since=" + print_age(ages.since) +
                     "&until=" + print_age(ages.until) + "&limit=" + std::to_string(page_limit) +
                     "&with=listeners,recent";
  if (question_.peer) path += "&peer=" + percent_encode(question_.peer->print());
  if (!question_.unless.empty()) path += "&unless=" + percent_encode(question_.unless);
  return path;
}

/// The span as the host understood it; ages would have grown.
std::string Exchange::next_path() const {
  const FlowReport& report = *told_.report;
  std::string path = "/v1/flows?since=" + print_time(report.span.since) +
                     "&until=" + print_time(report.span.until) +
                     "&limit=" + std::to_string(page_limit);
  if (question_.peer) path += "&peer=" + percent_encode(question_.peer->print());
  return path + "&cursor=" + percent_encode(*report.next);
}

void Exchange::ask(Moment now) {
  if (now >= deadline_) return fail(too_late);
  request_ = "GET " + (told_.report ? next_path() : path(now)) +
             " HTTP/1.1\r\nHost: " + print_authority(question_.at) +
             "\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n" + print_token() + "\r\n";
  written_ = 0;
  reader_ = HttpReader();
  state_ = State::writing;
  if (!told_.report) told_.asked = now;
  write();
}

/// By TLS alone, so only to the host that it is meant for.
std::string Exchange::print_token() const {
  if (connection_.channel.is_plain() || !transport_.credentials->token()) return "";
  return "Authorization: Bearer " + *transport_.credentials->token() + "\r\n";
}

void Exchange::write() {
  const auto step = connection_.channel.write(std::string_view(request_).substr(written_));
  if (step.state == Channel::State::blocked) return;
  if (step.state != Channel::State::moved) return fail(failure_of(connection_.channel));
  written_ += step.bytes;
  if (written_ == request_.size()) state_ = State::reading;
}

/// One read for each event, so that a fast host does not starve the others.
void Exchange::read(Moment now) {
  std::array<char, 65'536> buffer;
  const auto step = connection_.channel.read(buffer);
  if (step.state == Channel::State::blocked) return;
  if (step.state == Channel::State::broken) return fail(failure_of(connection_.channel));
  if (!reader_.has_begun() && !told_.report) told_.answered = now;
  if (step.state == Channel::State::ended) {
    reader_.end();
  } else {
    reader_.add({buffer.data(), step.bytes});
  }
  if (reader_.is_done()) finish_answer(now);
}

void Exchange::finish_answer(Moment now) {
  if (reader_.retry_after()) return pause(*reader_.retry_after(), now);
  if (reader_.failure()) return fail(*reader_.failure());
  if (reader_.closes()) connection_.reset();
  state_ = State::page;
}

/// Its place is given back meanwhile. Who says "at once" means us to ask without end.
void Exchange::pause(std::chrono::seconds length, Moment now) {
  length = std::max(length, std::chrono::seconds(1));
  if (length >= deadline_ - now) return fail(too_busy);
  connection_.reset();
  way_deadline_ = now + length;
  state_ = State::pausing;
}

HttpBody Exchange::take_page() {
  assert(has_page());
  return reader_.take_body();
}

void Exchange::put(Result<FlowReport> page, Moment now) {
  if (!page) return fail({HostState::untrusted, page.error().message});
  if (page->flows.size() > page_limit) {
    return fail({HostState::untrusted, "a page has more flows than were asked for"});
  }
  if (told_.report) {
    append(*told_.report, *std::move(page));
  } else {
    told_.report = *std::move(page);
  }
  if (!told_.report->next) {
    connection_.reset();
    state_ = State::over;
  } else if (++pages_ == max_pages) {
    fail({HostState::untrusted, "its pages do not end"});
  } else if (connection_) {
    ask(now);
  } else {
    connect(now);
  }
}

}  // namespace ttq
