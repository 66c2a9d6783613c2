#include "bench/site.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "lab/daemon_processes.h"

namespace ttq::bench {
namespace {

using namespace std::chrono_literals;
using lab::Argv;
using lab::Program;

}  // namespace

Site::Site() {
  for (const lab::Host* host : {&here, &far}) {
    set_kernel(*host, "net/ipv4/ip_local_port_range", "1024 65535");
    set_kernel(*host, "net/core/somaxconn", "4096");
  }
  const Program& init = here.start(
      {"unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sleep", "infinity"});
  init_ = pid_of(init);
}

Argv Site::inside(Argv argv) const {
  const std::string pid = std::to_string(init_);
  const Argv enter = {"nsenter", "--target", pid, "--pid", "--mount", "--"};
  argv.insert(argv.begin(), enter.begin(), enter.end());
  return argv;
}

Nanoseconds Site::run_here(Argv argv, std::chrono::seconds patience) const {
  const Nanoseconds before = cpu_of_ended_children();
  Program program(inside(std::move(argv)), {.netns = here.netns()});
  const int status = program.wait(patience);
  return status == 0 ? cpu_of_ended_children() - before : Nanoseconds(0);
}

pid_t pid_of(const Program& started_here) {
  std::vector<pid_t> children;
  lab::eventually(10s, [&] { return !(children = lab::children_of(started_here.pid())).empty(); });
  if (children.empty()) lab::give_up("a program did not start: " + started_here.log());
  return children.front();
}

void await_word(Program& program, std::string_view word, std::chrono::seconds patience) {
  const auto said = [&] { return program.log().find(word) != std::string::npos; };
  const bool ready = lab::eventually(patience, [&] { return !program.running() || said(); });
  if (!ready || !said()) lab::give_up("no '" + std::string(word) + "': " + program.log());
}

std::string bench_program(std::string_view name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

void set_kernel(const lab::Host& host, const std::string& path, const std::string& value) {
  lab::must_run({"sh", "-c", "echo '" + value + "' > /proc/sys/" + path}, host.netns());
}

void keep_little_time_wait(const Site& site) {
  for (const lab::Host* host : {&site.here, &site.far}) {
    set_kernel(*host, "net/ipv4/tcp_max_tw_buckets", "100");
  }
}

}  // namespace ttq::bench
