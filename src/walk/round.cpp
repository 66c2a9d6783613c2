#include "walk/round.h"

#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace ttq {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds youth{250};
constexpr milliseconds longest_wait{60'000};
constexpr std::size_t budget = 64U << 20U;  ///< bytes of answers that are not whole
constexpr std::size_t harmless = 64U << 10U;
constexpr std::uint64_t desk_id = 0;

/// Answers are read on the spot while there are no more hosts than these.
constexpr std::size_t few = 3;

/// As many descriptors as we may have, less those for everything else.
std::size_t most_sockets() {
  constexpr rlim_t enough = 65'536;
  constexpr rlim_t reserve = 32;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return reserve;
  const rlim_t wanted = std::min(limit.rlim_max, enough);
  if (limit.rlim_cur < wanted) {
    const rlimit raised{wanted, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = wanted;
  }
  return std::max<std::size_t>(limit.rlim_cur, 2 * reserve) - reserve;
}

}  // namespace

Round::Round(unsigned concurrency, Transport transport, std::size_t& text_left, Asker& asker)
    : concurrency_(concurrency),
      transport_(std::move(transport)),
      most_sockets_(most_sockets() / (transport_.via == Via::ssh ? 3 : 1)),  // and what ssh says
      text_left_(text_left),
      asker_(asker),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = desk_id}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, desk_.fd(), &event);
}

void Round::run(std::vector<PeerQuestion> questions) {
  enqueue(std::move(questions));
  for (begin_some(); !lines_.empty(); begin_some()) {
    wait();
    take_pages();
    const Moment now = steady_clock::now();
    meet_deadlines(now);
    take_places_back(now);
  }
}

void Round::enqueue(std::vector<PeerQuestion> questions) {
  std::move(questions.begin(), questions.end(), std::back_inserter(waiting_));
}

bool Round::may_begin() const {
  return !waiting_.empty() && places_ < concurrency_ && lines_.size() < most_sockets_;
}

void Round::begin_some() {
  while (may_begin()) {
    PeerQuestion question = std::move(waiting_.front());
    waiting_.pop_front();
    const auto turn = asker_.begin(question);
    if (const auto* reason = std::get_if<PeerFailure>(&turn)) {
      enqueue(asker_.hear(question, {.failure = *reason}));
      continue;
    }
    const Moment now = steady_clock::now();
    const Id id = ++last_id_;
    Line line{.exchange = {std::move(question), transport_, std::get<Deadline>(turn)},
              .young_until = now + youth};
    Line& kept = lines_.try_emplace(id, std::move(line)).first->second;
    ++places_;
    young_.emplace_back(kept.young_until, id);
    kept.exchange.begin(now);
    look_at(id);
  }
}

void Round::wait() {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(),
                                 milliseconds_to_wait(steady_clock::now()));
  const Moment now = steady_clock::now();
  for (int i = 0; i < count; ++i) {
    const Id id = events.at(static_cast<std::size_t>(i)).data.u64;
    const auto at = lines_.find(id);
    if (at == lines_.end()) continue;
    at->second.exchange.proceed(now);
    look_at(id);
  }
}

void Round::take_pages() {
  for (ReportDesk::Page& page : desk_.take()) {
    const auto at = lines_.find(page.id);
    if (at == lines_.end()) continue;  // its deadline passed while it was being read
    Line& line = at->second;
    const Moment now = steady_clock::now();
    line.is_read = false;
    if (line.young_until <= now) release_place(line);
    const Id id = page.id;
    put(line, std::move(page), now);
    look_at(id);
  }
}

/// What is no report is not kept, and costs nothing.
void Round::put(Line& line, ReportDesk::Page page, Moment now) {
  if (page.report && page.text_bytes > text_left_) {
    return line.exchange.fail(
        {HostState::budget, "not read to its end: all answers together are too long"});
  }
  if (page.report) text_left_ -= page.text_bytes;
  line.exchange.put(std::move(page.report), now);
}

void Round::meet_deadlines(Moment now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const Id id = deadlines_.begin()->second;
    lines_.at(id).exchange.meet_deadline(now);
    look_at(id);
  }
}

void Round::take_places_back(Moment now) {
  for (; !young_.empty() && young_.front().first <= now; young_.pop_front()) {
    const auto at = lines_.find(young_.front().second);
    if (at != lines_.end() && !at->second.is_read) release_place(at->second);
  }
}

void Round::release_place(Line& line) {
  if (line.has_place) --places_;
  line.has_place = false;
}

/// After anything happened to an exchange: does what follows from its state.
void Round::look_at(Id id) {
  Line& line = lines_.at(id);
  if (line.exchange.has_page() && !line.is_read) hand_to_desk(id, line);
  if (line.exchange.is_over()) return finish(id);
  count_buffered(id, line);
  file(id, line);
  watch(id, line);
}

/// Whose answer is read holds a place again, so that no more are fetched than can be read.
void Round::hand_to_desk(Id id, Line& line) {
  line.is_read = true;
  if (!line.has_place) ++places_;
  line.has_place = true;
  desk_.submit(id, line.exchange.take_page(), lines_.size() + waiting_.size() > few);
}

void Round::finish(Id id) {
  auto node = lines_.extract(id);
  Line& line = node.mapped();
  release_place(line);
  deadlines_.erase({line.filed, id});
  buffered_ -= line.buffered;
  if (line.is_paused) --paused_;
  if (favourite_ == id) favourite_.reset();
  resume();
  enqueue(asker_.hear(line.exchange.question(), line.exchange.take_told()));
}

void Round::count_buffered(Id id, Line& line) {
  buffered_ -= line.buffered;
  line.buffered = line.exchange.buffered();
  buffered_ += line.buffered;
  if (buffered_ <= budget || line.buffered <= harmless) return;
  if (!favourite_) favourite_ = id;
  if (favourite_ == id || line.is_paused) return;
  line.is_paused = true;
  ++paused_;
}

/// REQUIRES: something was given back.
void Round::resume() {
  if (paused_ == 0 || (favourite_ && buffered_ > budget)) return;
  for (auto& [id, line] : lines_) {
    if (!line.is_paused) continue;
    line.is_paused = false;
    --paused_;
    watch(id, line);
    if (buffered_ <= budget) continue;
    favourite_ = id;
    return;
  }
}

void Round::file(Id id, Line& line) {
  const Moment next = line.exchange.next_deadline();
  if (next == line.filed) return;
  deadlines_.erase({line.filed, id});
  line.filed = next;
  deadlines_.emplace(next, id);
}

/// Where nothing is awaited nothing is registered: a connection that was closed at the other end
/// would wake us again and again.
void Round::watch(Id id, Line& line) const {
  const auto wanted = line.is_paused ? 0U : line.exchange.awaited_events();
  const bool same_one = line.descriptors == line.exchange.descriptors();
  const auto before = same_one ? line.events : 0U;  // closing a descriptor ends its registration
  line.descriptors = line.exchange.descriptors();
  line.events = wanted;
  if (before == wanted) return;
  epoll_event event{.events = wanted, .data = {.u64 = id}};
  const int operation = before == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  ::epoll_ctl(epoll_.get(), operation, line.exchange.fd(), &event);
}

int Round::milliseconds_to_wait(Moment now) const {
  Moment next = now + longest_wait;
  if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
  if (!waiting_.empty() && !young_.empty()) next = std::min(next, young_.front().first);
  const auto left = std::chrono::ceil<milliseconds>(next - now);
  return static_cast<int>(std::max(left, milliseconds(0)).count());
}

}  // namespace ttq
