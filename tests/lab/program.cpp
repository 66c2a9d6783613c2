#include "lab/program.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>
#include <utility>

#include "base/unique_fd.h"

namespace ttq::lab {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr int cannot_exec = 127;  // as the shell says it

bool enter(const std::string& netns) {
  if (netns.empty()) return true;
  const UniqueFd fd(::open(("/run/netns/" + netns).c_str(), O_RDONLY | O_CLOEXEC));
  return fd && ::setns(fd.get(), CLONE_NEWNET) == 0;
}

bool redirect(const fs::path& path, int flags, int target) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  return fd >= 0 && ::dup2(fd, target) == target;
}

/// In the child, between fork and exec. Returns only on failure.
void become(const std::vector<char*>& argv, const Place& place, pid_t parent) {
  constexpr int append = O_WRONLY | O_CREAT | O_APPEND;
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const bool ready = ::getppid() == parent && enter(place.netns) &&
                     redirect("/dev/null", O_RDONLY, STDIN_FILENO) &&
                     redirect(place.out, append, STDOUT_FILENO) &&
                     redirect(place.err, append, STDERR_FILENO);
  if (ready) ::execvp(argv.front(), argv.data());
}

std::vector<char*> pointers_to(const Argv& argv) {
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  for (const std::string& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// Returns when the program has been exec'ed: from then on its pgid is its pid. The pipe tells:
/// exec closes it, a failure writes a byte first.
pid_t spawn(const Argv& argv, const Place& place) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) give_up("pipe failed");
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const auto words = pointers_to(argv);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) give_up("fork failed");
  char failed = 0;
  if (pid == 0) {
    become(words, place, parent);
    [[maybe_unused]] auto written = ::write(writer.get(), &failed, 1);
    ::_exit(cannot_exec);
  }
  writer.reset();
  if (::read(reader.get(), &failed, 1) != 0) give_up("cannot run " + argv.front());
  return pid;
}

int exit_status(int wait_status) {
  if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
  return WEXITSTATUS(wait_status);
}

/// What a sanitizer has said in it; empty: nothing. A server that is confined can write to no other
/// place than the log that it has from before, and whoever ends with a report is started again.
std::string_view sanitizer_report(std::string_view log) {
  for (const auto* beginning : {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                "WARNING: ThreadSanitizer", ": runtime error: "}) {
    const auto at = log.find(beginning);
    if (at != log.npos) return log.substr(log.rfind('\n', at) + 1);
  }
  return {};
}

/// A file without a name, opened by whoever writes or reads it.
class ScratchFile {
 public:
  ScratchFile() : fd_(::memfd_create("output", MFD_CLOEXEC)) {
    if (!fd_) give_up("memfd_create failed");
  }
  [[nodiscard]] fs::path path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  UniqueFd fd_;
};

}  // namespace

Program::Program(const Argv& argv, const Place& place, std::string host)
    : pid_(spawn(argv, place)), host_(std::move(host)), err_(place.err) {}

Program::Program(Program&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      reaped_(std::exchange(other.reaped_, true)),
      status_(other.status_),
      stop_signal_(other.stop_signal_),
      host_(std::move(other.host_)),
      err_(std::move(other.err_)) {}

std::string Program::comm() const {
  std::string text = read_file("/proc/" + std::to_string(pid_) + "/comm");
  if (!text.empty()) text.pop_back();
  return text;
}

std::string Program::log() const { return read_file(err_); }

bool Program::running() { return !reap(); }

bool Program::reap() {
  int wait_status = 0;
  if (reaped_ || ::waitpid(pid_, &wait_status, WNOHANG) != pid_) return reaped_;
  reaped_ = true;
  status_ = exit_status(wait_status);
  const std::string said = log();
  if (const auto report = sanitizer_report(said); !report.empty()) give_up(report);
  return true;
}

int Program::stop() {
  if (reap()) return status_;
  ::kill(-pid_, stop_signal_);
  return wait(3s);
}

int Program::kill() {
  if (reap()) return status_;
  ::kill(-pid_, SIGKILL);
  return wait(10s);
}

int Program::wait(std::chrono::milliseconds patience) {
  constexpr int timed_out = 124;  // as timeout(1) says it
  const auto deadline = SteadyClock::now() + patience;
  for (auto pause = 1ms; !reap(); pause = std::min(pause * 2, 20ms)) {
    if (SteadyClock::now() >= deadline) {
      kill();
      return timed_out;
    }
    std::this_thread::sleep_for(pause);
  }
  return status_;
}

Outcome run(const Argv& argv, const std::string& netns) {
  const ScratchFile out;
  const ScratchFile err;
  Program program(argv, {.netns = netns, .out = out.path(), .err = err.path()});
  const int status = program.wait(60s);
  return {read_file(out.path()), read_file(err.path()), status};
}

std::string must_run(const Argv& argv, const std::string& netns) {
  Outcome outcome = run(argv, netns);
  if (outcome.status == 0) return std::move(outcome.out);
  std::string command;
  for (const std::string& word : argv) command += word + ' ';
  give_up(command + "ended with " + std::to_string(outcome.status) + ": " + outcome.err);
}

bool eventually(std::chrono::milliseconds patience, const std::function<bool()>& so) {
  const auto deadline = SteadyClock::now() + patience;
  while (!so()) {
    if (SteadyClock::now() >= deadline) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

void give_up(std::string_view why) {
  std::cerr << "lab: " << why << std::endl;
  std::_Exit(EXIT_FAILURE);
}

}  // namespace ttq::lab
