#include "ttracerd/daemon.h"

#include <linux/capability.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "base/log.h"
#include "base/text.h"
#include "confine/privileges.h"
#include "relay/outlet.h"
#include "ttracerd/collector.h"
#include "ttracerd/courtesy.h"
#include "ttracerd/courtesy_threads.h"
#include "ttracerd/cpu_budget.h"
#include "ttracerd/host_facts.h"
#include "ttracerd/options.h"
#include "ttracerd/own_footprint.h"
#include "ttracerd/probes.h"
#include "ttracerd/refusal.h"
#include "ttracerd/reload.h"
#include "ttracerd/restart_pause.h"
#include "ttracerd/server.h"
#include "ttracerd/server_process.h"
#include "ttracerd/service_manager.h"
#include "ttracerd/signals.h"
#include "ttracerd/speaking_host.h"

namespace ttq {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* usual_user = "ttracerd";
constexpr const char* usual_group = "ttq";

/// For a server that does not read. The collector does not look while it waits.
constexpr milliseconds patience_with_the_server{2'000};

/// How long a server may take to write what it was told at the end, and to close its store.
constexpr milliseconds patience_at_the_end{30'000};

/// For the first look to be in the store: who waits for the daemon to be ready may ask then. A
/// store that cannot be written is no reason not to watch.
constexpr milliseconds patience_with_the_store{10'000};

/// For a server that takes another's place, whose store was closed in order.
constexpr milliseconds patience_with_a_reload{10'000};

/// For a server that was not told yet how things stand, for want of room in its socket.
constexpr milliseconds between_attempts_to_tell{250};

/// Why is in the log, by the server itself.
constexpr const char* no_server = "no server can start with what was read";

/// Interfaces get and lose addresses; nobody asks for that every second.
constexpr Duration between_addresses{5'000};

/// What watching takes: other processes' descriptors and executables, and tables in the kernel.
const Capabilities of_watching{CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_BPF, CAP_PERFMON};
/// What it takes until the kernel's programs are attached: the last two only then.
const Capabilities of_attaching{CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_BPF,
                                CAP_PERFMON,    CAP_NET_ADMIN,       CAP_SYS_ADMIN};

/// glibc gives each thread an arena of its own, and raises the size from which memory goes back to
/// the system: both cost a daemon megabytes that it needs once.
void keep_memory_small() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

/// While it may be: before Linux 5.11 BPF tables count as locked memory.
void lift_memory_limit() {
  constexpr rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  ::setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

/// None: we are root, and there is no such user. Who is not root stays who he is.
Result<std::optional<Identity>> choose_identity(const Config& config) {
  const bool is_root = ::geteuid() == 0;
  const std::string askers = config.group.value_or(usual_group);
  const auto identity = is_root ? find_identity(config.user.value_or(usual_user), askers)
                                : std::optional(own_identity(askers));
  if (!identity && config.user) return Fault{"user: there is no user \"" + *config.user + "\""};
  if (identity && config.group && !identity->askers) {
    return Fault{"group: there is no group \"" + askers + "\"" +
                 (is_root ? "" : " that this user is in")};
  }
  return identity;
}

std::string print_status(const Config& config) {
  std::string status = "answers at";
  for (const auto& address : config.listen) status += ' ' + address;
  return status;
}

/// The collector's process: it watches, and sees to it that somebody answers.
class Daemon {
 public:
  Daemon(const Options& options, std::optional<Identity> user, ServiceManager manager)
      : config_(options.config),
        read_again_(options.read_again),
        user_(std::move(user)),
        manager_(std::move(manager)),
        outlet_(patience_with_the_server) {}

  int run(const Signals& signals);

 private:
  Result<ServerProcess> fork_to(decltype(serve)* body, const Config& config);
  Result<void> start_server();
  Result<void> watch();
  void store_first_look();
  void keep_watch(const Signals& signals);
  Woken await(steady_clock::time_point next, const Signals& signals);
  void tick();
  [[nodiscard]] steady_clock::time_point next_care(steady_clock::time_point next) const;
  void tend_server();
  void tell_all_again();
  void tell_addresses();
  void reload();
  Result<void> read_again();
  Result<void> rehearse_server(const Config& config);
  Result<void> take_up(Config config);
  Result<void> replace_server();
  int end(int status);

  Config config_;
  const std::function<Result<Config>()> read_again_;
  const std::optional<Identity> user_;
  ServiceManager manager_;
  const OwnFootprint own_;
  Outlet outlet_;
  std::optional<ServerProcess> server_;  ///< none: it has ended, and the next is due then
  steady_clock::time_point server_started_;
  steady_clock::time_point server_due_;
  RestartPause pause_;
  std::unique_ptr<Probe> probe_;
  std::optional<Collector> collector_;
  std::vector<Address> addresses_;
  Time addresses_told_;
};

/// The manager hears that we live while we wait for it.
Result<ServerProcess> Daemon::fork_to(decltype(serve)* body, const Config& config) {
  auto started =
      ServerProcess::start([&](ServerEnds ends) { return body(config, user_, std::move(ends)); });
  if (started) started->meanwhile([this] { manager_.say_alive(steady_clock::now()); });
  return started;
}

Result<void> Daemon::start_server() {
  server_started_ = steady_clock::now();
  auto started = fork_to(serve, config_);
  if (!started) return started.error();
  server_ = *std::move(started);
  return outlet_.connect(server_->take_relay());
}

Result<void> Daemon::watch() {
  lift_memory_limit();
  if (auto shed = shed_privileges(user_, of_attaching); !shed) return shed;
  auto probe = make_probe(config_);
  if (!probe) return advise(probe.error(), "--probe netlink does without events");
  probe_ = *std::move(probe);
  collector_.emplace(*probe_, make_owners(config_), make_callers(*probe_), outlet_,
                     ephemeral_ports(proc_root), config_.pace);
  return keep_only(of_watching);
}

int Daemon::run(const Signals& signals) {
  if (auto started = start_server(); !started) return refuse(started.error());
  if (auto watching = watch(); !watching) return end(refuse(watching.error()));
  if (!server_->await_ready()) return *server_->ended();
  store_first_look();
  manager_.say_ready(print_status(config_));
  log(LogLevel::notice,
      "ttracerd " TTQ_VERSION " watches " + config_.host_name.value_or(host_name()));
  if (::geteuid() == 0 && !user_) {
    log(LogLevel::notice, std::string("there is no user ") + usual_user +
                              ": what answers is still root, but without any capability");
  }
  keep_watch(signals);
  manager_.say_ending();
  tick();  // what has happened since the last one
  collector_->flush();
  const int status = end(exit_ok);
  log(LogLevel::notice, "ttracerd ends");
  return status;
}

/// At once, since somebody waits for it.
void Daemon::store_first_look() {
  tick();
  if (collector_->flush() && server_->await_stored(patience_with_the_store)) return;
  log(LogLevel::warning, "what was seen first is not in the store yet");
}

/// Ticks at a steady pace. A tick that takes longer than the interval, or more CPU than the budget
/// has, delays the next one: two never follow each other without a pause. They begin wherever in
/// the second the daemon was started, so not together with all that runs on the minute. A reload
/// is followed by a tick, however soon the next one is asked for.
void Daemon::keep_watch(const Signals& signals) {
  Courtesy courtesy(config_.pace.interval);
  CourtesyThreads threads;
  CpuBudget budget(config_.cpu_budget, steady_clock::now());
  CpuClass cpu_class = Courtesy::first;
  auto next = steady_clock::now() + config_.pace.interval;
  for (;;) {
    const Woken woken = await(next_care(next), signals);
    if (woken == Woken::to_end) return;
    if (woken == Woken::to_read_again) {
      reload();
      courtesy = Courtesy(config_.pace.interval);
      budget = CpuBudget(config_.cpu_budget, steady_clock::now());
      next = steady_clock::now();
    }
    tend_server();
    if (steady_clock::now() < next) continue;  // that was all
    std::chrono::nanoseconds on_cpu{};
    threads.run(cpu_class, [&] {
      const auto before = thread_cpu_time();
      tick();
      on_cpu = thread_cpu_time() - before;
    });
    const auto ended = steady_clock::now();
    cpu_class = courtesy.after_tick(ended - next, on_cpu);
    next = std::max({next + config_.pace.interval, ended + config_.pace.interval / 10,
                     budget.after_tick(ended, on_cpu)});
    collector_->expect_pause(std::chrono::ceil<Duration>(next - ended));
  }
}

/// Until `next` or a signal, giving signs of life meanwhile.
Woken Daemon::await(steady_clock::time_point next, const Signals& signals) {
  for (;;) {
    manager_.say_alive(steady_clock::now());
    const auto woken = signals.await(std::min(next, manager_.next_sign().value_or(next)));
    if (woken != Woken::by_time || steady_clock::now() >= next) return woken;
  }
}

void Daemon::tick() {
  tell_addresses();
  collector_->note(own_.read());
  collector_->tick(wall_clock());
}

/// The next tick, or earlier if the server wants to be tended.
steady_clock::time_point Daemon::next_care(steady_clock::time_point next) const {
  if (!server_) return std::min(next, server_due_);
  if (outlet_.knows_health()) return next;
  return std::min(next, steady_clock::now() + between_attempts_to_tell);
}

/// Notes that the server has ended, and starts another when that is due.
void Daemon::tend_server() {
  const auto now = steady_clock::now();
  if (const auto status = server_ ? server_->ended() : std::nullopt) {
    server_due_ = pause_.after(server_started_, now);
    log(LogLevel::error, "the server has ended with status " + std::to_string(*status) +
                             "; another is started in " +
                             print_duration(std::chrono::ceil<Duration>(server_due_ - now)));
    server_.reset();
    outlet_.disconnect();
    collector_->note_restart();
  }
  if (server_ && !outlet_.knows_health()) collector_->tell_health();
  if (server_ || now < server_due_) return;
  if (auto started = start_server(); !started) {
    log(LogLevel::error, "start the server: " + started.error().message);
    server_due_ = pause_.after(now, now);
    return;
  }
  tell_all_again();
}

/// Health is last: a server that has it answers.
void Daemon::tell_all_again() {
  addresses_told_ = {};
  tell_addresses();
  collector_->tell_again();
}

void Daemon::tell_addresses() {
  const Time now = wall_clock();
  if (now >= addresses_told_ && now - addresses_told_ < between_addresses) return;
  addresses_told_ = now;
  outlet_.post_addresses(host_addresses());
}

/// What it refuses is shown beside its status, until it is asked again: who asks hears no more than
/// that a signal was sent.
void Daemon::reload() {
  const auto now = steady_clock::now();
  manager_.say_alive(now);
  manager_.say_reloading(now);
  const auto taken = read_again();
  std::string status = print_status(config_);
  if (taken) {
    log(LogLevel::notice, "the configuration was read again");
  } else {
    const std::string refusal =
        "the configuration stays what it was: " + clean(taken.error().message, 1000);
    log(LogLevel::error, refusal);
    status += "; " + refusal;
  }
  manager_.say_ready(status);
}

Result<void> Daemon::read_again() {
  const auto read = read_again_();
  if (!read) return read.error();
  const auto planned = plan_reload(config_, *read);
  if (!planned) return planned.error();
  for (const auto name : planned->waiting) {
    log(LogLevel::warning, std::string(name) + " changes with a restart only");
  }
  if (auto rehearsed = rehearse_server(planned->config); !rehearsed) return rehearsed;
  return take_up(planned->config);
}

/// Before the server that answers is given up.
Result<void> Daemon::rehearse_server(const Config& config) {
  auto rehearsal = fork_to(rehearse, config);
  if (!rehearsal) return rehearsal.error();
  const bool is_good = rehearsal->await_ready(patience_with_a_reload);
  rehearsal->await_end(patience_with_a_reload);
  return is_good ? Result<void>() : Fault{no_server};
}

/// All of it or nothing: where its server does not start, there is one as before.
Result<void> Daemon::take_up(Config config) {
  std::swap(config_, config);
  collector_->set_pace(config_.pace);
  auto replaced = replace_server();
  if (!replaced) {
    config_ = std::move(config);
    collector_->set_pace(config_.pace);
    if (auto back = replace_server(); !back) {
      log(LogLevel::error, "go back to what was before: " + back.error().message);
    }
  }
  return replaced;
}

/// The one writes what it was told and ends, before the other opens the store.
Result<void> Daemon::replace_server() {
  outlet_.say_farewell();
  if (server_) server_->await_end(patience_at_the_end);
  server_.reset();
  if (auto started = start_server(); !started) return started;
  tell_all_again();
  if (server_->await_ready(patience_with_a_reload)) return {};
  // A store that is slow to open, or a machine that is: not what was read is to blame.
  if (server_->was_too_slow()) {
    return Fault{"its server took too long to start, more than " +
                 print_duration(patience_with_a_reload)};
  }
  return Fault{no_server};
}

int Daemon::end(int status) {
  outlet_.say_farewell();
  const int of_server = server_ ? server_->await_end(patience_at_the_end) : exit_ok;
  return status != exit_ok ? status : of_server;
}

}  // namespace

int run_daemon(const Options& options, const Signals& signals) {
  keep_memory_small();
  std::signal(SIGPIPE, SIG_IGN);
  auto manager = ServiceManager::from_environment();
  auto user = choose_identity(options.config);
  if (!user) return refuse(user.error());
  return Daemon(options, *std::move(user), std::move(manager)).run(signals);
}

}  // namespace ttq
