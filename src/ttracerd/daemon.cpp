#include "ttracerd/daemon.h"

#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <iostream>

#include "api/http_server.h"
#include "api/routes.h"
#include "base/log.h"
#include "probe/ebpf_probe.h"
#include "probe/netlink_probe.h"
#include "store/memory_store.h"
#include "store/rocks_store.h"
#include "ttracerd/collector.h"
#include "ttracerd/courtesy.h"
#include "ttracerd/host_facts.h"
#include "ttracerd/options.h"
#include "wire/report_json.h"

namespace ttq {
namespace {

constexpr const char* proc_root = "/proc";
constexpr const char* mounts = "/proc/mounts";

Time wall_clock() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

NetlinkProbe make_netlink_probe(std::string reason = "") {
  auto handle = NetlinkHandle::open();
  if (handle) return {std::move(*handle), proc_root, std::move(reason)};
  log(LogLevel::warning, handle.error().message + "; reading /proc/net instead");
  return {std::nullopt, proc_root, handle.error().message};
}

/// Events are held against the snapshot by cookies, which Netlink alone tells.
Result<std::unique_ptr<Probe>> make_ebpf_probe() {
  NetlinkProbe sockets = make_netlink_probe();
  std::vector<std::uint64_t> datagram_sockets;
  const auto looked = sockets.look_at_listeners([&](const Socket& socket) {
    if (socket.local.proto == Protocol::udp) datagram_sockets.push_back(socket.cookie);
  });
  if (!looked) return looked.error();
  if (looked->source != "netlink") return Fault{"sock_diag does not tell TCP sockets"};
  auto counter = FlowCounter::attach(sockets.netns(), {});
  if (!counter) return counter.error();
  const PortRange ephemeral = ephemeral_ports(proc_root);
  const UdpCounter::Scope scope{.mounts = mounts,
                                .pid_level = counter->pid_level(),
                                .first_ephemeral = ephemeral.first,
                                .last_ephemeral = ephemeral.last};
  auto datagrams = UdpCounter::attach(scope, datagram_sockets);
  return std::unique_ptr<Probe>(
      new EbpfProbe(std::move(sockets), std::move(*counter), std::move(datagrams)));
}

/// Fault: what was asked for cannot be had.
Result<std::unique_ptr<Probe>> make_probe(const Config& config) {
  if (config.probe == "netlink")
    return std::unique_ptr<Probe>(new NetlinkProbe(make_netlink_probe()));
  auto probe = make_ebpf_probe();
  if (probe || config.probe == "ebpf") return probe;
  log(LogLevel::info, "watching by snapshots alone: " + probe.error().message);
  return std::unique_ptr<Probe>(new NetlinkProbe(make_netlink_probe(probe.error().message)));
}

/// None where the kernel does not allow it, or nobody wants it: then owners are read from /proc.
std::optional<OpenFiles> make_open_files(const Config& config) {
  if (config.probe == "netlink") return std::nullopt;
  auto files = OpenFiles::load();
  if (files) return std::move(*files);
  log(LogLevel::info, "reading who holds a socket from /proc: " + files.error().message);
  return std::nullopt;
}

Callers make_callers() { return Callers(ProcReader(proc_root), CgroupTree(mounts)); }

/// For a probe that tells of none.
Callers no_callers() { return Callers(ProcReader(proc_root)); }

SocketOwners make_owners(const Config& config) {
  return SocketOwners(ProcReader(proc_root), make_open_files(config));
}

/// All of `Host` but what changes from answer to answer.
Host make_host(const Config& config, const Store& store) {
  Host host;
  host.instance = running_instance(store.instance(), ProcReader(proc_root).boot_id());
  host.id =
      config.host_id.value_or(application_machine_id("/etc/machine-id").value_or(store.instance()));
  host.name = config.host_name.value_or(host_name());
  host.version = TTQ_VERSION;
  return host;
}

Host speaking_host(Host host, const HealthBoard& board) {
  const Health health = board.read();
  host.addresses = host_addresses();
  host.probe = health.probe;
  host.probe_reason = health.probe_reason;
  host.degradations = health.degradations;
  host.now = wall_clock();
  return host;
}

Result<std::vector<ListenAddress>> listen_addresses(const Config& config) {
  std::vector<ListenAddress> addresses;
  for (const auto& text : config.listen) {
    auto address = parse_listen_address(text);
    if (!address) return address.error();
    addresses.push_back(*address);
  }
  return addresses;
}

/// So that it runs with no set-up: the directory of a UNIX socket is made where it is missing.
Result<void> make_directories(const std::vector<ListenAddress>& addresses) {
  for (const ListenAddress& address : addresses) {
    if (address.unix_path.empty()) continue;
    const auto directory = std::filesystem::path(address.unix_path).parent_path();
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return Fault{"create " + directory.string() + ": " + error.message()};
  }
  return {};
}

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);  // the terminal it was started from has gone
  return signals;
}

/// Sleeps until `deadline`; false: a signal asks us to end.
bool sleep_until(std::chrono::steady_clock::time_point deadline, const sigset_t& signals) {
  using std::chrono::nanoseconds;
  for (;;) {
    const auto left =
        std::max(nanoseconds(deadline - std::chrono::steady_clock::now()), nanoseconds(0));
    const timespec wait{.tv_sec = left.count() / 1'000'000'000,
                        .tv_nsec = left.count() % 1'000'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &wait);
    if (signal > 0) return false;
    if (errno == EAGAIN) return true;  // EINTR: some other signal, so wait on
  }
}

/// Ticks at a steady pace. A tick that takes longer than the interval delays the next one: two
/// never follow each other without a pause. They begin wherever in the second the daemon was
/// started, so not together with all that runs on the minute. Whatever threads there are to be
/// beside this one were made before: they would inherit its place behind all others.
void keep_watch(Collector& collector, Duration interval, const sigset_t& signals) {
  using std::chrono::steady_clock;
  Courtesy courtesy(interval);
  CpuClass cpu_class = Courtesy::first;
  auto next = steady_clock::now() + interval;
  for (enter(cpu_class); sleep_until(next, signals);) {
    const auto on_cpu = thread_cpu_time();
    collector.tick(wall_clock());
    const auto ended = steady_clock::now();
    const auto wanted = courtesy.after_tick(ended - next, thread_cpu_time() - on_cpu);
    if (wanted != cpu_class) enter(cpu_class = wanted);
    next = std::max(next + interval, ended + interval / 10);
  }
}

int refuse(const Fault& fault) {
  log(LogLevel::error, "ttracerd: " + fault.message);
  return exit_fault;
}

/// What to do about it; a user who is not root most likely lacks the right.
Fault advise(const Fault& fault, std::string_view way_out) {
  const std::string root = ::geteuid() == 0 ? "" : "run as root, or ";
  return Fault{fault.message + " (" + root + std::string(way_out) + ")"};
}

Pace pace_of(const Config& config) {
  return {config.interval, config.window, config.flush, config.reconcile};
}

/// glibc gives each thread an arena of its own, and raises the size from which memory goes back to
/// the system: both cost a daemon megabytes that it needs once.
void keep_memory_small() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

}  // namespace

int run_daemon(const Config& config) {
  keep_memory_small();
  // Blocked before any thread is made, so that all inherit it and only keep_watch() takes them.
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto store = RocksStore::open(config.store, config.keeping);
  if (!store) return refuse(advise(store.error(), "--store chooses another directory"));
  const auto addresses = listen_addresses(config);
  if (!addresses) return refuse(addresses.error());
  if (auto made = make_directories(*addresses); !made) {
    return refuse(advise(made.error(), "--listen chooses another address"));
  }

  HealthBoard board;
  auto probe = make_probe(config);
  if (!probe) return refuse(advise(probe.error(), "--probe netlink does without events"));
  Callers callers = (*probe)->tells_events() ? make_callers() : no_callers();
  Collector collector(**probe, make_owners(config), std::move(callers), **store, board,
                      ephemeral_ports(proc_root), pace_of(config));
  collector.tick(wall_clock());  // at once: somebody waits for it

  const Host host = make_host(config, **store);
  const Routes routes(**store, {.host = [&] { return speaking_host(host, board); },
                                .health = [&] { return board.read(); },
                                .clock = wall_clock});
  const auto server = HttpServer::start(*addresses, routes);
  if (!server) return refuse(advise(server.error(), "--listen chooses another address"));
  log(LogLevel::notice, "ttracerd " TTQ_VERSION " watches " + host.name);
  keep_watch(collector, config.interval, signals);
  collector.tick(wall_clock());  // what has happened since the last one
  collector.flush();
  log(LogLevel::notice, "ttracerd ends");
  return exit_ok;
}

int run_once(const Config& config) {
  MemoryStore store;
  HealthBoard board;
  NetlinkProbe probe =
      make_netlink_probe(config.probe == "netlink" ? "" : "--once looks once, and sees no event");
  Collector collector(probe, make_owners(config), no_callers(), store, board,
                      ephemeral_ports(proc_root), pace_of(config));
  const Time now = wall_clock();
  collector.tick(now);
  collector.flush();
  if (board.read().failed_ticks > 0) return refuse(Fault{board.read().last_fault});

  FlowReport report;
  report.host = speaking_host(make_host(config, store), board);
  report.span = {now, now + Duration(1)};
  auto coverage = store.coverage(report.span);
  auto page = store.flows({.span = report.span, .limit = FlowLimits{}.max_flows});
  if (!coverage || !page) return refuse(page ? coverage.error() : page.error());
  report.coverage = std::move(*coverage);
  report.flows = std::move(page->flows);
  std::cout << to_json(report) << std::endl;
  return std::cout ? exit_ok : exit_fault;
}

}  // namespace ttq
