#include "bench/run.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace ttq::bench {
namespace {

std::string read_all(int fd) {
  std::string out;
  std::array<char, 65536> buffer;
  for (;;) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Run run(const std::vector<std::string>& argv) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  const auto began = std::chrono::steady_clock::now();
  pid_t pid = 0;
  if (posix_spawn(&pid, words.front(), &actions, nullptr, words.data(), environ) != 0) {
    std::perror(argv.front().c_str());
    std::exit(1);
  }
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  Run result;
  result.out = read_all(pipe_ends[0]);
  ::close(pipe_ends[0]);
  int status = 0;
  rusage used{};
  ::wait4(pid, &status, 0, &used);
  const auto ended = std::chrono::steady_clock::now();
  result.milliseconds = std::chrono::duration<double, std::milli>(ended - began).count();
  result.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  result.peak_mib = static_cast<double>(used.ru_maxrss) / 1024;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

}  // namespace ttq::bench
