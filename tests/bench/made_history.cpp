#include "made_history.h"

#include <array>
#include <string>

namespace ttq::bench {
namespace {

constexpr std::array names{"nginx",   "postgres", "php-fpm8.2", "java",  "redis-server", "haproxy",
                           "python3", "node",     "memcached",  "envoy", "rabbitmq",     "curl"};

Address inside(std::uint64_t number) {
  const std::array<std::uint8_t, 4> bytes{10, static_cast<std::uint8_t>(number >> 16U),
                                          static_cast<std::uint8_t>(number >> 8U),
                                          static_cast<std::uint8_t>(number)};
  return Address::v4(bytes);
}

Process program(std::size_t number, std::uint64_t mark) {
  Process process;
  process.name = names[number % names.size()];
  const auto pgid = static_cast<std::int32_t>(900 + 37 * number);
  process.key = {pgid, pgid, mark};
  process.pgid = pgid;
  process.exe = "/usr/lib/" + process.name + "/bin/" + process.name;
  process.uid = static_cast<std::uint32_t>(number % 5 == 0 ? 0 : 100 + number % 40);
  process.unit = process.name + "-" + std::to_string(number) + ".service";
  if (number % 4 == 0)
    process.container = std::string(56, 'c') + std::to_string(10'000'000 + number);
  return process;
}

bool changes_at_this_flush(std::uint64_t die) { return die < 3; }

}  // namespace

MadeHistory::MadeHistory(std::size_t flows) {
  const std::size_t programs = std::max<std::size_t>(10, std::min<std::size_t>(300, flows / 10));
  std::vector<Process> processes;
  for (std::size_t n = 0; n < programs; ++n) processes.push_back(program(n, random_()));
  const Address own = inside(10);
  for (std::size_t n = 0; n < flows; ++n) {
    const std::size_t at = n % programs;
    Line line;
    Flow& flow = line.flow;
    flow.owner = Owner::of(processes[at]);
    const bool serves = at % 2 == 0;
    const auto other = inside(1000 + die(1U << 20U));
    const auto port = static_cast<std::uint16_t>(serves ? 1024 + at : 5432 + at % 7);
    flow.key = {.listen = {Protocol::tcp, serves ? own : other, port},
                .client = serves ? other : own,
                .role = serves ? Role::passive : Role::active,
                .netns = 4026531840,
                .process = flow.owner.key()};
    flow.evidence = serves ? Evidence::listener : Evidence::handshake;
    line.habit = n % 10 < 7 ? Habit::stands : n % 10 < 9 ? Habit::changes : Habit::visits;
    line.standing = 1 + die(n % 5 == 0 ? 40 : 4);
    lines_.push_back(std::move(line));
  }
  for (std::size_t n = 0; n < programs; n += 2) {
    Listener listener{.endpoint = {Protocol::tcp, Address{}, static_cast<std::uint16_t>(1024 + n)},
                      .netns = 4026531840,
                      .owner = Owner::of(processes[n])};
    listeners_.push_back(std::move(listener));
  }
}

void MadeHistory::begin(Line& line, Time look) {
  line.present = true;
  line.flow.first_seen = line.flow.last_seen = look;
  line.flow.connections = {};
  ++flow_windows_;
}

/// What stands is in the new window at once; a visitor is not.
void MadeHistory::open(const Window& window, Time look) {
  batch_.window = window;
  batch_.flows.clear();
  batch_.listeners = listeners_;
  for (Listener& listener : batch_.listeners) listener.first_seen = listener.last_seen = look;
  for (Line& line : lines_) {
    line.present = false;
    if (line.habit == Habit::visits) continue;
    begin(line, look);
    line.flow.connections.now = line.flow.connections.max = line.standing;
    batch_.flows.push_back(line.flow);
  }
}

void MadeHistory::look_again(Line& line, Time look, std::vector<Flow>& changed) {
  if (line.habit == Habit::stands) return;
  const bool busy = line.habit == Habit::changes && changes_at_this_flush(die(12));
  const bool visits = line.habit == Habit::visits && die(60) == 0;
  if (!busy && !visits) return;
  if (!line.present) begin(line, look);
  Connections& counts = line.flow.connections;
  const std::uint64_t came = 1 + die(visits ? 2 : 9);
  counts.opened += came;
  counts.closed += came;
  if (busy && die(4) == 0 && line.standing > 1) {
    --line.standing;
    ++counts.closed;
  } else if (busy && die(4) == 0) {
    ++line.standing;
    ++counts.opened;
  }
  counts.now = visits ? 0 : line.standing;
  counts.max = std::max(counts.max, counts.now + die(came + 1));
  line.flow.last_seen = look - Duration(die(4000));
  line.flow.last_seen = std::max(line.flow.last_seen, line.flow.first_seen);
  changed.push_back(line.flow);
}

bool MadeHistory::write(Store& store, const Span& span, Tempo tempo) {
  for (Window window = window_at(span.since, tempo.window); window.start < span.until;
       window.start += window.length) {
    // Once a minute, as the daemon does.
    for (Time now = window.start; now < window.span().until; now += Duration(60'000)) {
      if (!store.maintain(window.start)) return false;
    }
    const Duration late{static_cast<Duration::rep>(20 + die(200))};
    const Time first = window.start + late;
    open(window, first);
    for (Time look = first; look < window.span().until; look += tempo.flush) {
      if (look > first) {
        batch_.flows.clear();
        batch_.listeners.clear();
        for (Line& line : lines_) look_again(line, look, batch_.flows);
      }
      batch_.last_look = look;
      batch_.coverage = Coverage{{window.start, std::max(look, window.start + Duration(1))}};
      if (look + tempo.flush >= window.span().until)
        batch_.coverage->span.until = window.span().until;
      records_ += batch_.flows.size() + batch_.listeners.size();
      if (!store.write(batch_)) return false;
    }
  }
  return true;
}

bool MadeHistory::flush_unchanged(Store& store, Time look) {
  batch_.flows.clear();
  batch_.listeners.clear();
  batch_.last_look = look;
  return store.write(batch_).has_value();
}

}  // namespace ttq::bench
