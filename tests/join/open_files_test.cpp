// One contract, two implementations: what the kernel's iterator tells of open files is what /proc
// tells, on the machine that this runs on.
#include "join/open_files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include "base/unique_fd.h"
#include "join/socket_owners.h"

using namespace ttq;

namespace {

using Descriptors = std::map<std::size_t, Inode>;

const ProcReader proc("/proc");

/// None: this kernel, or this user, may not; then the daemon reads /proc, and there is nothing to
/// compare.
std::optional<OpenFiles> load() {
  auto files = OpenFiles::load();
  if (files) return std::move(*files);
  MESSAGE("skipped: ", files.error().message);
  return std::nullopt;
}

Descriptors told_by(const OpenFiles& files, Pid wanted) {
  Descriptors found;
  const auto read = files.read([&](Pid pid, std::size_t descriptor, Inode inode) {
    if (pid == wanted) found[descriptor] = inode;
  });
  CHECK(read);
  return found;
}

Descriptors told_by_proc(Pid wanted) {
  Descriptors found;
  proc.each_descriptor(wanted,
                       [&](std::size_t descriptor, Inode inode) { found[descriptor] = inode; });
  return found;
}

UniqueFd open_socket() { return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

Inode inode_of(const UniqueFd& fd) {
  struct stat status {};
  return ::fstat(fd.get(), &status) == 0 ? status.st_ino : 0;
}

bool is_among(Inode inode, const std::vector<Inode>& inodes) {
  return std::find(inodes.begin(), inodes.end(), inode) != inodes.end();
}

/// A child that holds what we hold, until it goes out of scope.
class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ != 0) return;
    for (;;) ::pause();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] Pid pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace

TEST_CASE("the iterator tells every descriptor of a process, sockets by their inodes") {
  const auto files = load();
  if (!files) return;
  const UniqueFd socket = open_socket();
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd far(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 900));
  auto told = told_by(*files, ::getpid());
  CHECK(told.at(static_cast<std::size_t>(socket.get())) == inode_of(socket));
  CHECK(told.at(900) == inode_of(socket));
  CHECK(told.at(static_cast<std::size_t>(file.get())) == 0);
  for (const auto& [descriptor, inode] : told_by_proc(::getpid())) {
    if (told.count(descriptor) == 0) continue;  // either reader has one of its own
    CHECK(told.at(descriptor) == inode);
  }
}

TEST_CASE("trap 9: both ways to read tell the same owners, of a shared socket too") {
  auto files = load();
  if (!files) return;
  const UniqueFd shared = open_socket();
  const Child child;
  const UniqueFd own = open_socket();
  const std::vector<Inode> sockets{inode_of(shared), inode_of(own)};
  SocketOwners by_kernel(proc, std::move(files));
  SocketOwners by_proc(proc);
  const Holders told = by_kernel.find(sockets);
  const Holders expected = by_proc.find(sockets);
  for (const Inode inode : sockets) {
    REQUIRE(told.of(inode) != nullptr);
    REQUIRE(expected.of(inode) != nullptr);
    CHECK(*told.of(inode) == *expected.of(inode));
  }
}

TEST_CASE("a process of which the iterator tells nothing is not taken to have no descriptors") {
  auto files = load();
  if (!files) return;
  std::set<Pid> told;
  CHECK(files->read([&](Pid pid, std::size_t, Inode) { told.insert(pid); }));
  const auto pids = proc.pids();
  const bool hides_one = std::any_of(pids.begin(), pids.end(), [&](Pid pid) {
    return told.count(pid) == 0 && proc.denies(pid, 0);
  });
  SocketOwners owners(proc, std::move(files));
  owners.find({4'294'967'295});
  if (hides_one) CHECK(owners.denied() > 0);
}

TEST_CASE("trap 9: a socket that was passed on is told to have moved by a walk too") {
  auto files = load();
  if (!files) return;
  const UniqueFd socket = open_socket();
  SocketOwners owners(proc, std::move(files));
  owners.find({inode_of(socket)});
  (void)owners.recheck(1);
  const UniqueFd again(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 950));
  for (int look = 0; look < 1'000 && owners.scans() < 2; ++look) owners.find({4'294'967'295});
  CHECK(is_among(inode_of(socket), owners.recheck(1'000'000)));
}

TEST_CASE("trap 9: a socket far behind the others is met by a round of the real /proc too") {
  const UniqueFd socket = open_socket();
  SocketOwners owners(proc);
  owners.find({inode_of(socket)});
  const auto is_moved = [&] {  // other processes of the machine come and go meanwhile
    bool met = false;
    for (int round = 0; round < 3; ++round) met |= is_among(inode_of(socket), owners.recheck(1));
    return met;
  };
  is_moved();
  CHECK_FALSE(is_moved());
  const UniqueFd far(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 970));
  CHECK(is_moved());
}
