// bench-swarm: runs COUNT copies of a program, each a process group of its own.
//
//   bench-swarm COUNT PROGRAM ARGUMENT...
//
// Waits until every copy has printed a line, then prints "ready", and stays until it
// is killed; the copies die with it. A copy that ends before its line is a failure.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::_Exit(EXIT_FAILURE);
}

void start(char** argv, int out, pid_t parent) {
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid > 0) return;
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent || ::dup2(out, STDOUT_FILENO) < 0) std::_Exit(EXIT_FAILURE);
  ::execvp(argv[0], argv);
  fail(argv[0]);
}

/// Until so many lines have come.
void await_lines(int in, unsigned count) {
  std::array<char, 4096> text{};
  for (unsigned lines = 0; lines < count;) {
    const ssize_t size = ::read(in, text.data(), text.size());
    if (size <= 0) fail("a copy ended early");
    lines += static_cast<unsigned>(std::count(text.begin(), text.begin() + size, '\n'));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return EXIT_FAILURE;
  const auto count = static_cast<unsigned>(std::atoi(argv[1]));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  const pid_t parent = ::getpid();
  for (unsigned i = 0; i < count; ++i) start(argv + 2, ends[1], parent);
  ::close(ends[1]);
  await_lines(ends[0], count);
  std::puts("ready");
  std::fflush(stdout);
  for (;;) ::pause();
}
