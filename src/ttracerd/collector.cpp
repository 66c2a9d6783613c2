#include "ttracerd/collector.h"

#include <algorithm>

#include "base/log.h"

namespace ttq {
namespace {

/// Looks further apart than so many intervals have a gap between them.
constexpr int longest_pause = 3;

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

bool is_same(const Listener& a, const Listener& b) {
  return a.endpoint == b.endpoint && a.netns == b.netns && a.owner.key() == b.owner.key();
}

}  // namespace

Collector::Collector(Probe& probe, SocketOwners owners, Store& store, HealthBoard& board,
                     PortRange ephemeral, Pace pace)
    : probe_(probe),
      owners_(std::move(owners)),
      store_(store),
      board_(board),
      pace_(pace),
      listener_book_(ephemeral),
      connection_book_(ephemeral) {
  health_.interval = pace.interval;
}

Time Collector::steady(Time wall) const {
  if (!last_look_ || wall < *last_look_ - pace_.window) return wall;
  return std::max(wall, *last_look_);
}

bool Collector::is_flush_due(Time now) const {
  return now - last_flush_ >= pace_.flush ||
         static_cast<std::int64_t>(ticks_since_flush_) * pace_.interval >= pace_.flush;
}

void Collector::tick(Time wall) {
  const Time now = steady(wall);
  if (health_.started == Time{}) health_.started = now;
  enter_window(now);
  ++health_.ticks;
  const auto snapshot = look(now);
  if (snapshot) {
    turn(*snapshot, now);
    cover(now);
    health_.last_tick = now;
  } else {
    fail(snapshot.error(), health_.failed_ticks);
  }
  // A fault is overcome when it looks and writes again.
  ++ticks_since_flush_;
  if (is_flush_due(now) && flush() && snapshot) health_.last_fault.clear();
  board_.post(health_);
}

Result<Snapshot> Collector::look(Time now) {
  const Stopwatch watch(health_.snapshot_seconds, health_.snapshot_seconds_total);
  auto snapshot = probe_.snapshot();
  if (!snapshot) return snapshot;
  if (!snapshot->consistent) ++health_.inconsistent_snapshots;
  health_.sockets = snapshot->sockets.size();
  health_.probe = snapshot->source;
  note_degradations(snapshot->degradations);
  if (!is_continuous(now)) flush();
  return snapshot;
}

void Collector::turn(const Snapshot& snapshot, Time now) {
  auto newcomers = connection_book_.newcomers(snapshot);
  probe_.measure(newcomers);
  listener_book_.look(snapshot);
  const OwnersByInode owners = find_owners(snapshot);
  const Stopwatch watch(health_.fold_seconds, health_.fold_seconds_total);
  listener_book_.learn(owners);
  connection_book_.turn(snapshot, {newcomers, owners, listener_book_}, table_, now);
  note_listeners(now);
  health_.connections = connection_book_.size();
  health_.unknown_owners = connection_book_.unknown_owners();
  health_.undecided = connection_book_.undecided();
  health_.flows = table_.size();
}

/// A walk over /proc costs the same for one socket as for a thousand, so it asks for all listeners
/// too. Where nothing is new there is no walk.
OwnersByInode Collector::find_owners(const Snapshot& snapshot) {
  const Stopwatch watch(health_.join_seconds, health_.join_seconds_total);
  auto wanted =
      recheck_owners_ ? ConnectionBook::inodes(snapshot) : connection_book_.doubts(snapshot);
  wanted.merge(listener_book_.strangers());
  const bool stale = std::any_of(listeners_.begin(), listeners_.end(), [&](const auto& noted) {
    const Listener& l = noted.listener;
    return l.owner.process && l.last_seen == last_look_ && !owners_.is_alive(l.owner.process->key);
  });
  if (wanted.empty() && !stale) return {};
  wanted.merge(listener_book_.inodes());
  recheck_owners_ = false;
  auto owners = owners_.find(wanted);
  health_.owner_scans = owners_.scans();
  health_.vanished_processes = owners_.vanished();
  return owners;
}

void Collector::note_listeners(Time now) {
  const auto present = listener_book_.listeners(now);
  health_.listeners = present.size();
  for (const Listener& listener : present) {
    const auto found = std::find_if(listeners_.begin(), listeners_.end(),
                                    [&](const auto& n) { return is_same(n.listener, listener); });
    if (found == listeners_.end()) {
      listeners_.push_back({listener});
    } else {
      found->listener.last_seen = now;
    }
  }
}

/// Those that are new, have gone, or have come back since they were written.
std::vector<Listener> Collector::changed_listeners() const {
  std::vector<Listener> changed;
  for (const auto& [listener, is_written, stood] : listeners_) {
    const bool stands = listener.last_seen == last_look_;
    if (!is_written || stands != stood) changed.push_back(listener);
  }
  return changed;
}

void Collector::listeners_written() {
  for (NotedListener& noted : listeners_) {
    noted.is_written = true;
    noted.stood = noted.listener.last_seen == last_look_;
  }
}

/// The probe's, and those that are known here. Each is logged when it comes up.
void Collector::note_degradations(std::vector<std::string> sentences) {
  if (owners_.denied() > 0) {
    sentences.emplace_back(
        "some processes may not be looked into: their sockets have no owner here");
  }
  if (!can_write_) sentences.emplace_back("what is seen cannot be written to the store");
  for (const auto& sentence : sentences) {
    const auto& before = health_.degradations;
    if (std::find(before.begin(), before.end(), sentence) == before.end()) {
      log(LogLevel::warning, sentence);
    }
  }
  health_.degradations = std::move(sentences);
}

bool Collector::is_continuous(Time now) const {
  return last_look_ && now >= *last_look_ && now - *last_look_ <= longest_pause * pace_.interval;
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
  listeners_.clear();
  table_.open_window(window, now);
  recheck_owners_ = true;
  if (auto kept = store_.maintain(now); !kept) fail(kept.error(), health_.failed_flushes);
}

void Collector::cover(Time now) {
  constexpr Duration moment{1};  // a single look covers no more than this
  if (!is_continuous(now) || !coverage_) {
    coverage_ = Coverage{{now, now + moment}, pace_.interval, 0};
    looks_ = 0;
  } else {
    ++looks_;
    coverage_->span.until = std::max(now, coverage_->span.since + moment);
    coverage_->interval = (coverage_->span.until - coverage_->span.since) / looks_;
  }
  health_.dropped_flows += table_.dropped() - coverage_->dropped;
  coverage_->dropped = table_.dropped();
  last_look_ = now;
}

bool Collector::flush() {
  if (!last_look_) return false;
  auto changes = table_.changes(*last_look_);
  last_flush_ = *last_look_;
  ticks_since_flush_ = 0;
  // What could not be written is kept for the next flush, and not covered until then.
  if (!write({table_.window(), *last_look_, std::move(changes.flows), std::move(changes.removed),
              changed_listeners(), coverage_})) {
    return false;
  }
  table_.written();
  listeners_written();
  return true;
}

bool Collector::write(const WindowBatch& batch) {
  ++health_.flushes;
  const auto written = store_.write(batch);
  if (!written) fail(written.error(), health_.failed_flushes);
  can_write_ = written.has_value();
  return can_write_;
}

void Collector::fail(const Fault& fault, std::uint64_t& counter) {
  ++counter;
  if (fault.message != health_.last_fault) log(LogLevel::error, fault.message);
  health_.last_fault = fault.message;
}

}  // namespace ttq
