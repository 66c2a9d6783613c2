// Each of these gives something up for good, so each is done by a child.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/unique_fd.h"
#include "confine/file_access.h"
#include "confine/privileges.h"
#include "confine/system_calls.h"

using namespace ttq;

namespace {

/// What `act` returns, done by a child.
template <class Act>
int in_child(const Act& act) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(act());
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

constexpr int unsupported = 77;

/// A line of our /proc/self/status.
std::string status_line(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":"))
      return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  }
  return "";
}

bool has_no_capability() {
  constexpr const char* none = "0000000000000000";
  return status_line("CapPrm") == none && status_line("CapEff") == none &&
         status_line("CapInh") == none && status_line("CapAmb") == none;
}

/// Confined as a server is, and then this.
template <class Act>
int behind_the_filter(const Act& act) {
  return in_child([&] {
    if (!shed_privileges(std::nullopt, {})) return 99;
    const auto restricted = restrict_system_calls();
    if (!restricted) return 98;
    return *restricted ? act() : unsupported;
  });
}

/// Says so where it cannot be tried here.
bool is_skipped(int status, const char* why) {
  if (status == unsupported) MESSAGE("skipped: " << why);
  return status == unsupported;
}

void check_filtered(int status) {
  if (!is_skipped(status, "no filter of system calls here")) CHECK(status == 0);
}

int is_unknown(long result) { return result == -1 && errno == ENOSYS ? 0 : 1; }

/// A directory of its own, removed afterwards.
class Place {
 public:
  Place() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~Place() { std::filesystem::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] std::filesystem::path path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "confine-XXXXXX").string();
};

}  // namespace

TEST_CASE("whoever sheds its privileges has no capability, and no way to a new one") {
  CHECK(in_child([] {
          if (!shed_privileges(std::nullopt, {})) return 99;
          return has_no_capability() && status_line("NoNewPrivs") == "1" ? 0 : 1;
        }) == 0);
}

TEST_CASE("root becomes another user for good, and keeps only what it asked for") {
  if (is_skipped(::geteuid() == 0 ? 0 : unsupported, "takes root")) return;
  const auto nobody = find_identity("nobody", "no such group");
  REQUIRE(nobody);
  CHECK_FALSE(nobody->askers);
  CHECK(in_child([&] {
          if (!shed_privileges(nobody, {CAP_DAC_READ_SEARCH})) return 99;
          if (::getuid() != nobody->uid || ::getgid() != nobody->gid) return 2;
          if (::setuid(0) == 0 || ::setgid(0) == 0) return 3;
          if (status_line("CapPrm") != "0000000000000004") return 4;
          if (status_line("CapBnd") != "0000000000000004") return 5;
          if (!keep_only({}) || !has_no_capability()) return 6;
          return keep_only({CAP_DAC_READ_SEARCH}) && has_no_capability() ? 0 : 7;
        }) == 0);
}

TEST_CASE("a user that does not exist is none") {
  CHECK_FALSE(find_identity("no-such-user-here", "root"));
}

TEST_CASE("only the files that were named can still be opened, by root too") {
  const Place store;
  const Place other;
  std::ofstream(other.path() / "secret") << "x";
  const int status = in_child([&] {
    if (!shed_privileges(std::nullopt, {})) return 99;
    const auto restricted = restrict_files(
        {.read = {"/nonexistent"}, .write = {store.path()}, .sockets = {other.path()}});
    if (!restricted) return 98;
    if (!*restricted) return unsupported;
    if (std::ifstream("/etc/passwd")) return 1;
    if (std::ifstream(other.path() / "secret")) return 2;
    if (::unlink((other.path() / "secret").c_str()) != 0) return 3;  // where sockets are made
    if (std::ofstream(other.path() / "file")) return 4;
    std::ofstream(store.path() / "a") << "x";
    std::error_code failed;
    std::filesystem::rename(store.path() / "a", store.path() / "b", failed);
    if (failed || !std::ifstream(store.path() / "b")) return 5;
    if (::truncate((store.path() / "b").c_str(), 0) != 0) return 6;
    return std::filesystem::remove(store.path() / "b", failed) ? 0 : 7;
  });
  if (!is_skipped(status, "this kernel has no Landlock")) CHECK(status == 0);
}

TEST_CASE("a server can start no program") {
  check_filtered(behind_the_filter([] {
    const char* const words[] = {"/bin/true", nullptr};
    return is_unknown(::execve("/bin/true", const_cast<char* const*>(words), nullptr));
  }));
}

TEST_CASE("a server can call nobody, and listen nowhere new") {
  check_filtered(behind_the_filter([] {
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET}) {
      if (is_unknown(::socket(family, SOCK_STREAM, 0)) != 0) return 1;
    }
    if (is_unknown(::bind(0, nullptr, 0)) != 0) return 2;
    return is_unknown(::connect(0, nullptr, 0));
  }));
}

TEST_CASE("a server can hurt no other process, and make none") {
  check_filtered(behind_the_filter([] {
    if (is_unknown(::kill(::getppid(), SIGCONT)) != 0) return 1;
    if (is_unknown(::syscall(SYS_ptrace, 16, ::getppid(), 0, 0)) != 0) return 2;
    if (is_unknown(::syscall(SYS_process_vm_readv, ::getppid(), 0, 0, 0, 0, 0)) != 0) return 3;
    return is_unknown(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  }));
}

TEST_CASE("a server still has threads, files and memory, and can abort") {
  check_filtered(behind_the_filter([] {
    int done = 0;
    std::thread([&] { done = 1; }).join();
    const std::string much(10 << 20, 'x');
    const UniqueFd file(::open("/dev/null", O_WRONLY));
    const bool is_written = ::write(file.get(), much.data(), 1000) == 1000;
    return done == 1 && is_written ? 0 : 1;
  }));
  const int aborted = behind_the_filter([]() -> int {
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
  });
  if (aborted != unsupported) CHECK(aborted == 128 + SIGABRT);
}

TEST_CASE("threads that are there already are behind the filter, too") {
  check_filtered(behind_the_filter([] { return 0; }));
  const int status = in_child([] {
    if (!shed_privileges(std::nullopt, {})) return 99;
    std::atomic<bool> is_filtered = false;
    int result = 1;
    std::thread before([&] {
      while (!is_filtered) std::this_thread::yield();
      result = is_unknown(::socket(AF_INET, SOCK_STREAM, 0));
    });
    const auto restricted = restrict_system_calls();
    is_filtered = true;
    before.join();
    if (!restricted) return 98;
    return *restricted ? result : unsupported;
  });
  check_filtered(status);
}
