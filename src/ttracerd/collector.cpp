#include "ttracerd/collector.h"

#include <algorithm>
#include <random>

#include "base/log.h"
#include "ttracerd/courtesy.h"

namespace ttq {
namespace {

/// Looks further apart than so many intervals have a gap between them.
constexpr int longest_pause = 3;

/// In this time every descriptor that is remembered is looked at once more.
constexpr Duration recheck_round = std::chrono::minutes(5);

/// Adds up the seconds that a part of the tick takes.
class Stopwatch {
 public:
  Stopwatch(double& last, double& total) : last_(last), total_(total) {}
  ~Stopwatch() {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started_;
    last_ = taken.count();
    total_ += last_;
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& last_;
  double& total_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

std::uint64_t random_number() {
  std::random_device source;
  return std::uint64_t{source()} << 32U | source();
}

}  // namespace

Collector::Collector(Probe& probe, SocketOwners owners, Callers callers, Intake& intake,
                     PortRange ephemeral, Pace pace)
    : probe_(probe),
      owners_(std::move(owners)),
      callers_(std::move(callers)),
      intake_(intake),
      pace_(pace),
      listener_book_(ephemeral),
      connection_book_(ephemeral),
      reconciliation_(pace.reconcile) {
  health_.interval = pace.interval;
  if (probe.tells_events()) connection_book_.expect_events();
}

Time Collector::steady(Time wall) const {
  if (!last_look_ || wall < *last_look_ - pace_.window) return wall;
  return std::max(wall, *last_look_);
}

bool Collector::is_flush_due(Time now) const {
  return now - last_flush_ >= pace_.flush ||
         static_cast<std::int64_t>(ticks_since_flush_ + 1) * pace_.interval >= pace_.flush;
}

void Collector::tick(Time wall) {
  const Time now = steady(wall);
  if (health_.started == Time{}) health_.started = now;
  enter_window(now);
  ++health_.ticks;
  const bool flush_is_due = is_flush_due(now);
  const auto begun = thread_cpu_time();
  const auto snapshot = watch(now, flush_is_due);
  if (snapshot) {
    turn(now);
    if (looks_at_all_) {
      health_.achieved_interval = since_last_look_at_all(now);
      reconciliation_.done(now, thread_cpu_time() - begun);
    }
    cover(now);
    health_.last_tick = now;
  } else {
    fail(snapshot.error(), health_.failed_ticks);
  }
  ++ticks_since_flush_;
  // A fault is overcome when it looks and flushes again.
  if (flush_is_due && flush() && snapshot) health_.last_fault.clear();
  intake_.post(health_);
}

/// What events tell is not asked for again in TIME_WAIT; but what ended before they were told is.
Result<Snapshot> Collector::watch(Time now, bool flush_is_due) {
  const Stopwatch watch(health_.snapshot_seconds, health_.snapshot_seconds_total);
  const Remains remains = flush_is_due ? Remains::asked_for : Remains::left_out;
  looks_at_all_ = !probe_.tells_events() || reconciliation_.is_due(now);
  auto snapshot = looks_at_all_ ? look(remains) : look_at_listeners(remains);
  if (!snapshot) return snapshot;
  netns_ = snapshot->netns;
  health_.probe = snapshot->source;
  health_.probe_reason = snapshot->reason;
  note_degradations(snapshot->degradations, now);
  if (!is_continuous(now)) {
    flush();
    lost_ = 0;  // was told with the span that ends here
  }
  return snapshot;
}

Result<Snapshot> Collector::look(Remains remains) {
  std::uint64_t rows = 0;
  const bool tells_remains = probe_.tells_events() && reconciliation_.last();
  const Remains asked = tells_remains ? Remains::left_out : remains;
  listener_book_.begin_look(remains);
  connection_book_.begin_look(asked);
  auto snapshot = probe_.look(asked, [&](const Socket& socket) {
    ++rows;
    listener_book_.see(socket);
    connection_book_.see(socket);
  });
  if (!snapshot) return snapshot;
  listener_book_.end_look(snapshot->netns);
  connection_book_.end_look(*snapshot);
  if (!snapshot->consistent) ++health_.inconsistent_snapshots;
  ++health_.looks;
  health_.sockets = rows;
  return snapshot;
}

Result<Snapshot> Collector::look_at_listeners(Remains remains) {
  listener_book_.begin_look(remains);
  auto snapshot =
      probe_.look_at_listeners([&](const Socket& socket) { listener_book_.see(socket); });
  if (snapshot) listener_book_.end_look(snapshot->netns);
  return snapshot;
}

void Collector::turn(Time now) {
  std::vector<Inode> moved;
  if (looks_at_all_) {
    auto& newcomers = connection_book_.newcomers();
    if (!newcomers.empty()) probe_.measure(newcomers);
    owners_.release(connection_book_.closed());
    moved = recheck(now);
  }
  take_events();
  const Holders holders = find_holders(sockets_in_question(moved));
  const Stopwatch watch(health_.fold_seconds, health_.fold_seconds_total);
  listener_book_.learn(holders);
  const Holders counted_for = settle_events(now);
  if (looks_at_all_) {
    connection_book_.settle({holders, listener_book_, moved, counted_for}, table_, now);
  }
  note_listeners(now);
  health_.connections = connection_book_.size() + event_book_.connections();
  health_.unknown_owners = connection_book_.unknown_owners();
  health_.undecided = connection_book_.undecided();
  health_.unannounced = connection_book_.unannounced();
  health_.flows = table_.size();
}

/// After the look, so that whatever it took over was told before.
void Collector::take_events() {
  if (!probe_.tells_events()) return;
  auto events = probe_.take_events();
  if (!events) return fail(events.error(), health_.failed_ticks);
  note_lost(events->lost);
  event_book_.take(std::move(*events));
}

void Collector::note_lost(std::uint64_t events) {
  lost_ += events;
  health_.lost_events += events;
}

Holders Collector::settle_events(Time now) {
  if (!probe_.tells_events()) return {};
  const CallerOwners callers = callers_.name(event_book_.callers());
  const std::uint64_t before = event_book_.unannounced_ends();
  Holders counted_for = event_book_.settle({callers, listener_book_, netns_}, table_, now);
  note_lost(event_book_.unannounced_ends() - before);
  return counted_for;
}

/// Who held a socket once may have passed it on, or ended. Most sockets that are found to have
/// moved are simply closed.
std::vector<Inode> Collector::recheck(Time now) {
  const Stopwatch watch(health_.join_seconds, health_.join_seconds_total);
  const Duration distance = std::max(pace_.interval, now - reconciliation_.last().value_or(now));
  const auto moved = owners_.recheck(static_cast<std::size_t>(recheck_round / distance) + 1);
  if (moved.empty()) return {};
  auto standing = connection_book_.standing(moved);
  const auto listening = listener_book_.standing(moved);
  standing.insert(standing.end(), listening.begin(), listening.end());
  std::sort(standing.begin(), standing.end());
  return standing;
}

/// Only what is new, in doubt or moved is looked for.
std::vector<Inode> Collector::sockets_in_question(const std::vector<Inode>& moved) const {
  std::vector<Inode> wanted = listener_book_.strangers();
  if (!looks_at_all_) return wanted;
  const auto doubts = connection_book_.doubts();
  wanted.insert(wanted.end(), doubts.begin(), doubts.end());
  wanted.insert(wanted.end(), moved.begin(), moved.end());
  for (const Socket& socket : connection_book_.newcomers()) {
    if (socket.inode != 0) wanted.push_back(socket.inode);
  }
  return wanted;
}

Holders Collector::find_holders(std::vector<Inode> wanted) {
  if (wanted.empty()) return {};
  const Stopwatch watch(health_.join_seconds, health_.join_seconds_total);
  auto holders = owners_.find(std::move(wanted));
  health_.owner_scans = owners_.scans();
  health_.vanished_processes = owners_.vanished();
  return holders;
}

void Collector::note_listeners(Time now) {
  if (noted_version_ == listener_book_.version()) return;
  noted_version_ = listener_book_.version();
  listeners_.note(listener_book_.listeners(now), last_look_.value_or(now), now);
  health_.listeners = listeners_.present();
}

/// The probe's, and those that are known here. Each is logged when it comes up.
void Collector::note_degradations(std::vector<std::string> sentences, Time now) {
  if (owners_.denied() > 0) {
    sentences.emplace_back(
        "some processes may not be looked into: their sockets have no owner here");
  }
  if (connection_book_.backlog() > 0) {
    sentences.emplace_back("there are more connections than one look takes in: the rest follow");
  }
  if (is_held_back(now)) {
    sentences.emplace_back(
        "looking would take more CPU than cpu_budget allows: looks are further apart");
  }
  for (const auto& sentence : sentences) {
    const auto& before = health_.degradations;
    if (std::find(before.begin(), before.end(), sentence) == before.end()) {
      log(LogLevel::warning, sentence);
    }
  }
  health_.degradations = std::move(sentences);
}

void Collector::set_pace(const Pace& pace) {
  pace_ = pace;
  health_.interval = pace.interval;
  reconciliation_.set_longest(pace.reconcile);
}

void Collector::expect_pause(Duration pause) {
  expected_pause_ = pause;
  if (pause > pace_.interval) held_back_ = last_look_;
}

/// Said for as long as the budget remembers, or what costs just about that much would come and go
/// with every tick.
bool Collector::is_held_back(Time now) const {
  constexpr Duration remembered = std::chrono::minutes(1);
  if (!held_back_ || now < *held_back_) return false;
  return now - *held_back_ <= std::max(remembered, 2 * expected_pause_);
}

/// What events tell is counted while we sleep.
bool Collector::is_continuous(Time now) const {
  Duration pause = std::max(longest_pause * pace_.interval, 2 * expected_pause_);
  if (probe_.tells_events()) pause = std::max(pause, pace_.reconcile);
  return last_look_ && now >= *last_look_ && now - *last_look_ <= pause;
}

/// None: this is the first, or the clock was set back.
std::optional<Duration> Collector::since_last_look_at_all(Time now) const {
  const auto last = reconciliation_.last();
  return last && now > *last ? std::optional(now - *last) : std::nullopt;
}

void Collector::enter_window(Time now) {
  const Window window = window_at(now, pace_.window);
  if (window == table_.window()) return;
  const bool first = !last_look_;
  const bool continuous = is_continuous(now) && window.start == table_.window().span().until;
  if (continuous && coverage_) coverage_->span.until = window.start;
  if (!first) flush();
  coverage_ = std::nullopt;
  looks_ = 0;
  if (continuous) coverage_ = Coverage{{window.start, window.start}, pace_.interval, 0};
  listeners_.begin_window();
  noted_version_.reset();
  table_.open_window(window, now);
  counting_ = random_number();
  owners_.forget_programs();
  callers_.forget();
  lost_ = 0;
}

void Collector::cover(Time now) {
  constexpr Duration moment{1};  // a single look covers no more than this
  if (!is_continuous(now) || !coverage_) {
    coverage_ = Coverage{{now, now + moment}, pace_.interval, 0};
    looks_ = 0;
  } else {
    if (looks_at_all_) ++looks_;
    coverage_->span.until = std::max(now, coverage_->span.since + moment);
    coverage_->interval =
        (coverage_->span.until - coverage_->span.since) / std::max<std::uint64_t>(looks_, 1);
  }
  health_.dropped_flows += table_.dropped() - coverage_->dropped;
  coverage_->dropped = table_.dropped();
  coverage_->lost = lost_;
  last_look_ = now;
}

bool Collector::flush() {
  if (!last_look_) return false;
  auto changes = table_.changes(*last_look_);
  last_flush_ = *last_look_;
  ticks_since_flush_ = 0;
  const auto taken =
      intake_.take({table_.window(), *last_look_, counting_, std::move(changes.flows),
                    std::move(changes.removed), listeners_.changes(*last_look_), coverage_});
  // What was not taken is kept for the next flush, and not covered until then.
  if (!taken) {
    fail(taken.error(), health_.failed_flushes);
    return false;
  }
  table_.written();
  listeners_.written();
  return true;
}

void Collector::tell_again() {
  last_flush_ = {};
  table_.unwritten();
  listeners_.unwritten();
  tell_health();
}

void Collector::fail(const Fault& fault, std::uint64_t& counter) {
  ++counter;
  if (fault.message != health_.last_fault) log(LogLevel::error, fault.message);
  health_.last_fault = fault.message;
}

}  // namespace ttq
