#include "bench/tracers.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <optional>

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
class DaemonTracer : public Tracer {
 public:
  explicit DaemonTracer(Site& site) : Tracer("ttracerd at 1 s"), daemon_(site) {
    daemon_.await_ticks(3);
    DaemonTracer::stop();
  }
  DaemonTracer(const DaemonTracer&) = delete;
  DaemonTracer& operator=(const DaemonTracer&) = delete;
  ~DaemonTracer() override { ::kill(daemon_.pid(), SIGCONT); }
  void start() override { ::kill(daemon_.pid(), SIGCONT); }
  void stop() override { ::kill(daemon_.pid(), SIGSTOP); }
  [[nodiscard]] Nanoseconds cpu() const override { return cpu_of(daemon_.pid()); }

 private:
  Watcher daemon_;
};

class FirewallLog : public Tracer {
 public:
  FirewallLog(Site& site, const std::string& state)
      : Tracer("iptables " + state + "+LOG"),
        site_(site),
        // At this level no console prints it.
        rule_({"INPUT", "-p", "tcp", "--dport", "80", "-m", "conntrack", "--ctstate", state, "-j",
               "LOG", "--log-level", "debug"}) {}
  void start() override { change("--append"); }
  void stop() override { change("--delete"); }
  /// Each kept connection is new to it once: until all have spoken.
  [[nodiscard]] std::chrono::milliseconds settling() const override { return 5'000ms; }

 private:
  void change(const char* how) const {
    lab::Argv command = {"iptables", "--wait", how};
    command.insert(command.end(), rule_.begin(), rule_.end());
    lab::must_run(command, site_.here.netns());
  }

  const Site& site_;
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

void wait_for_end_of(int fd) {
  char byte = 0;
  while (::read(fd, &byte, 1) != 0) {
  }
}

}  // namespace

Tracers the_pair(Site& site) {
  Tracers tracers;
  tracers.push_back(std::make_unique<NoTracer>());
  tracers.push_back(std::make_unique<DaemonTracer>(site));
  return tracers;
}

Tracers the_others(Site& site) {
  Tracers tracers;
  for (const char* state : {"ESTABLISHED", "NEW"}) {
    tracers.push_back(std::make_unique<FirewallLog>(site, state));
  }
  tracers.push_back(std::make_unique<ToolEachSecond>(site));
  return tracers;
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
