#include "lab/guardian.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <vector>

#include "base/text.h"
#include "lab/program.h"

namespace ttq::lab {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::vector<fs::path> namespaces(const std::string& prefix) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/run/netns", none)) {
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  }
  return found;
}

std::optional<ino_t> inode(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

/// Who lives in the namespace, as `ip netns pids` finds them.
std::vector<pid_t> inhabitants(ino_t netns) {
  std::vector<pid_t> pids;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    const auto pid = parse_integer<pid_t>(entry.path().filename().string());
    if (pid && inode(entry.path() / "ns/net") == netns) pids.push_back(*pid);
  }
  return pids;
}

void signal_all(const std::vector<pid_t>& pids, int signal) {
  for (const pid_t pid : pids) ::kill(pid, signal);
}

/// SIGINT first: it is what makes PostgreSQL give its shared memory back without waiting for
/// clients.
void empty(ino_t netns) {
  signal_all(inhabitants(netns), SIGINT);
  const auto is_empty = [netns] { return inhabitants(netns).empty(); };
  if (eventually(1500ms, is_empty)) return;
  eventually(10s, [&] {
    signal_all(inhabitants(netns), SIGKILL);
    return is_empty();
  });
}

void clear_up(const std::string& prefix, const fs::path& dir) {
  for (const fs::path& path : namespaces(prefix)) {
    if (const auto netns = inode(path)) empty(*netns);
    run({"ip", "netns", "delete", path.filename()});
  }
  std::error_code none;
  fs::remove_all(dir, none);
}

void wait_for_end_of(int fd) {
  char byte = 0;
  while (::read(fd, &byte, 1) != 0) {
  }
}

}  // namespace

Guardian post_guardian(const std::string& prefix, const fs::path& dir) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) give_up("pipe failed");
  const UniqueFd reader(ends[0]);
  UniqueFd leash(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) give_up("fork failed");
  if (pid > 0) return {pid, std::move(leash)};
  ::setsid();  // Ctrl-C is for the test
  leash.reset();
  wait_for_end_of(reader.get());
  clear_up(prefix, dir);
  ::_exit(0);
}

}  // namespace ttq::lab
