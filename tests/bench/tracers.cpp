#include "bench/tracers.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <optional>

#include "bench/report.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;

class NoTracer : public Tracer {
 public:
  NoTracer() : Tracer("none") {}
  void start() override {}
  void stop() override {}
};

/// It stands still while it is not its turn, so that its turns show how it is after long running
/// and not how it starts.
class PollingDaemon : public Tracer {
 public:
  PollingDaemon(Site& site, const std::string& name) : Tracer(name), daemon_(site, Probe::netlink) {
    daemon_.await_ticks(3);
    PollingDaemon::stop();
  }
  PollingDaemon(const PollingDaemon&) = delete;
  PollingDaemon& operator=(const PollingDaemon&) = delete;
  ~PollingDaemon() override { ::kill(daemon_.pid(), SIGCONT); }
  void start() override { ::kill(daemon_.pid(), SIGCONT); }
  void stop() override { ::kill(daemon_.pid(), SIGSTOP); }
  [[nodiscard]] Nanoseconds cpu() const override { return cpu_of(daemon_.pid()); }

 private:
  Watcher daemon_;
};

/// It ends when its turn does: its program in the kernel would go on while it stands still.
class DaemonOfEvents : public Tracer {
 public:
  DaemonOfEvents(Site& site, const std::string& name) : Tracer(name), site_(site) {}
  void start() override {
    daemon_.emplace(site_, Probe::ebpf);
    daemon_->await_ticks(3);
  }
  void stop() override { daemon_.reset(); }
  [[nodiscard]] Nanoseconds cpu() const override { return cpu_of(daemon_->pid()); }

 private:
  Site& site_;
  std::optional<Watcher> daemon_;
};

class FirewallLog : public Tracer {
 public:
  FirewallLog(const Site& site, const std::string& state, std::chrono::milliseconds settling)
      : Tracer("iptables " + state + "+LOG"),
        site_(site),
        settling_(settling),
        // At this level no console prints it.
        rule_({"INPUT", "-p", "tcp", "--dport", "80", "-m", "conntrack", "--ctstate", state, "-j",
               "LOG", "--log-level", "debug"}) {}
  void start() override {
    change("--append");
    // Else two minutes of short connections are more than conntrack's table holds, which is one for
    // all namespaces.
    set_kernel(site_.here, "net/netfilter/nf_conntrack_tcp_timeout_time_wait", "1");
  }
  void stop() override { change("--delete"); }
  [[nodiscard]] std::chrono::milliseconds settling() const override { return settling_; }

 private:
  void change(const char* how) const {
    lab::Argv command = {"iptables", "--wait", how};
    command.insert(command.end(), rule_.begin(), rule_.end());
    lab::must_run(command, site_.here.netns());
  }

  const Site& site_;
  std::chrono::milliseconds settling_;
  lab::Argv rule_;
};

class ToolEachSecond : public Tracer {
 public:
  explicit ToolEachSecond(Site& site) : Tracer("ss -tunap each second"), site_(site) {}
  void start() override {
    constexpr const char* loop = "while :; do sleep 1 & ss -tunap > /dev/null; wait; done";
    shell_ = &site_.start_here({"sh", "-c", loop});
    pid_ = pid_of(*shell_);
  }
  void stop() override { shell_->stop(); }
  [[nodiscard]] Nanoseconds cpu() const override { return cpu_of_children(pid_); }

 private:
  Site& site_;
  lab::Program* shell_ = nullptr;
  pid_t pid_ = -1;
};

/// Its mounts are its own: without them it knows no tracepoint.
constexpr const char* run_bpftrace =
    "mount -t tracefs tracefs /sys/kernel/tracing && "
    "mount -t debugfs debugfs /sys/kernel/debug && "
    "exec bpftrace -e 'tracepoint:sock:inet_sock_set_state { @[comm] = count(); }'";

class StatesByBpftrace : public Tracer {
 public:
  explicit StatesByBpftrace(Site& site) : Tracer("bpftrace of TCP states"), site_(site) {}
  void start() override {
    program_ = &site_.start_here({"unshare", "--mount", "sh", "-c", run_bpftrace});
    await_word(*program_, "Attaching", 60s);
    pid_ = pid_of(*program_);
  }
  void stop() override { program_->stop(); }
  [[nodiscard]] Nanoseconds cpu() const override { return cpu_of(pid_); }

 private:
  Site& site_;
  lab::Program* program_ = nullptr;
  pid_t pid_ = -1;
};

void wait_for_end_of(int fd) {
  char byte = 0;
  while (::read(fd, &byte, 1) != 0) {
  }
}

}  // namespace

std::unique_ptr<Tracer> no_tracer() { return std::make_unique<NoTracer>(); }

std::unique_ptr<Tracer> polling_daemon(Site& site, const std::string& name) {
  return std::make_unique<PollingDaemon>(site, name);
}

std::unique_ptr<Tracer> daemon_of_events(Site& site, const std::string& name) {
  const std::string obstacle = obstacle_to(site, Probe::ebpf);
  if (obstacle.empty()) return std::make_unique<DaemonOfEvents>(site, name);
  progress("left out: " + name + ": " + obstacle);
  return nullptr;
}

std::unique_ptr<Tracer> firewall_log(const Site& site, const std::string& state,
                                     std::chrono::milliseconds settling) {
  return std::make_unique<FirewallLog>(site, state, settling);
}

std::unique_ptr<Tracer> ss_each_second(Site& site) {
  return std::make_unique<ToolEachSecond>(site);
}

std::unique_ptr<Tracer> bpftrace_of_states(Site& site) {
  if (lab::run({"sh", "-c", "command -v bpftrace"}).status == 0) {
    return std::make_unique<StatesByBpftrace>(site);
  }
  progress("left out: bpftrace: is not installed");
  return nullptr;
}

MachineSetting::MachineSetting(const std::string& path, const std::string& value) {
  const std::string before = lab::read_file(path);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) lab::give_up("pipe failed");
  const UniqueFd reader(ends[0]);
  leash_.reset(ends[1]);
  keeper_ = ::fork();
  if (keeper_ < 0) lab::give_up("fork failed");
  if (keeper_ == 0) {
    ::setsid();  // Ctrl-C is for the benchmark
    leash_.reset();
    wait_for_end_of(reader.get());
    std::ofstream(path) << before;
    ::_exit(0);
  }
  std::ofstream(path) << value;
}

MachineSetting::~MachineSetting() {
  leash_.reset();
  ::waitpid(keeper_, nullptr, 0);
}

}  // namespace ttq::bench
