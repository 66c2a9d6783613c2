#include "join/proc_reader.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <map>

#include "proc_tree.h"

using namespace ttq;
using test::ProcTree;

TEST_CASE("trap 16: a comm with blanks and brackets does not break the line") {
  for (const char* comm : {"tmux: server", "(sd-pam)", "a) b (c", ") S 1 1 1", ""}) {
    CAPTURE(comm);
    ProcTree proc;
    proc.add({.pid = 42, .ppid = 7, .pgrp = 41, .comm = comm, .start_time = 99});
    const auto stat = proc.reader().stat(42);
    REQUIRE(stat);
    CHECK(stat->comm == comm);
    CHECK(stat->ppid == 7);
    CHECK(stat->pgrp == 41);
    CHECK(stat->start_time == 99);
    CHECK(stat->start_code == 5000);
    CHECK(stat->start_stack == 5007);
  }
}

TEST_CASE("a stat line that is cut short or garbled is no stat line") {
  for (const char* bad : {"", "42", "42 (a", "42 a) S 1", "42 (a) S", "42 (a) S x y", ") 42 (",
                          "42 (a) S 1 1 0 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 99 1000 100"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_stat(bad).has_value());
  }
}

TEST_CASE("trap 15: a process that is gone is a gap, not an error") {
  ProcTree proc;
  CHECK_FALSE(proc.reader().stat(42).has_value());
  CHECK_FALSE(proc.reader().exe(42).has_value());
  CHECK(proc.reader().each_descriptor(42, [](std::size_t, Inode) {}) == Access::gone);
  CHECK_FALSE(proc.reader().socket_at(42, 3).has_value());
  CHECK_FALSE(proc.reader().runs(42));
  CHECK(proc.reader().cgroup(42) == Cgroup{});
}

TEST_CASE("the sockets that a process holds are its links to them") {
  ProcTree proc;
  proc.add({.pid = 42, .sockets = {7, 4294967303}});
  std::map<std::size_t, Inode> held;
  const auto access = proc.reader().each_descriptor(
      42, [&](std::size_t descriptor, Inode inode) { held[descriptor] = inode; });
  CHECK(access == Access::granted);
  CHECK(held == std::map<std::size_t, Inode>{{0, 0}, {1, 0}, {2, 0}, {3, 7}, {4, 4294967303}});
  CHECK(proc.reader().socket_at(42, 3) == 7U);
  CHECK(proc.reader().socket_at(42, 0) == 0U);
  CHECK_FALSE(proc.reader().socket_at(42, 5).has_value());
  CHECK(proc.reader().runs(42));
}

TEST_CASE("the newest pid is the last word of loadavg") {
  ProcTree proc;
  CHECK_FALSE(proc.reader().newest_pid().has_value());
  proc.write("loadavg", "0.20 0.18 0.12 1/80 11206\n");
  CHECK(proc.reader().newest_pid() == 11206U);
}

TEST_CASE("a deleted executable keeps its path") {
  ProcTree proc;
  proc.add({.pid = 42, .exe = "/usr/sbin/nginx (deleted)"});
  CHECK(proc.reader().exe(42) == "/usr/sbin/nginx");
  CHECK(proc.reader().effective_uid(42) == 33U);
}

TEST_CASE("the effective user is the second of the four") {
  CHECK(parse_effective_uid("Name:\tx\nUid:\t1000\t33\t34\t35\nGid:\t1\t2\t3\t4\n") == 33U);
  for (const char* bad : {"", "Uid:", "Uid:\t1000", "Uid:\t1000\t-1", "Gid:\t1\t2\t3\t4\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_effective_uid(bad).has_value());
  }
}

TEST_CASE("the unit is the innermost service or scope of the path") {
  CHECK(parse_cgroup("0::/system.slice/nginx.service\n").unit == "nginx.service");
  CHECK(parse_cgroup("0::/system.slice/nginx.service/worker\n").unit == "nginx.service");
  CHECK(
      parse_cgroup("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service\n").unit ==
      "x.service");
  CHECK(parse_cgroup("12:cpu:/\n1:name=systemd:/system.slice/cron.service\n0::/\n").unit ==
        "cron.service");
  CHECK_FALSE(parse_cgroup("0::/\n").unit.has_value());
  CHECK_FALSE(parse_cgroup("garbage").unit.has_value());
}

TEST_CASE("the container is the id of 64 hex digits in the path") {
  const std::string id(64, 'a');
  for (const std::string& path :
       {"/system.slice/docker-" + id + ".scope", "/docker/" + id,
        "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope",
        "/machine.slice/libpod-" + id + ".scope/container",
        "/kubepods-besteffort-pod1.slice:cri-containerd:" + id}) {
    CAPTURE(path);
    CHECK(parse_cgroup("0::" + path + "\n").container == id);
  }
  CHECK_FALSE(parse_cgroup("0::/system.slice/docker.service\n").container.has_value());
  CHECK_FALSE(parse_cgroup("0::/" + std::string(63, 'a') + "\n").container.has_value());
}

TEST_CASE("this very process can be read in the real /proc") {
  const ProcReader proc("/proc");
  const auto stat = proc.stat(::getpid());
  REQUIRE(stat);
  CHECK(stat->ppid == ::getppid());
  CHECK(stat->pgrp == ::getpgrp());
  CHECK(proc.effective_uid(::getpid()) == ::geteuid());
  CHECK(proc.boot_id().size() == 36);
}
