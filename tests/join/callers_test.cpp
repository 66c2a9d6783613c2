// Who asked for a connection, by what the kernel noted of it and by what /proc still tells.
#include "join/callers.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "join/socket_owners.h"
#include "proc_tree.h"

using namespace ttq;
using test::FakeProcess;
using test::ProcTree;

namespace {

/// What the kernel would note of it, as the program that it is now.
Caller noted_of(const FakeProcess& process) {
  const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::uint64_t tick = 1'000'000'000 / ticks_per_second;
  Caller caller;
  caller.mark = {.pid = process.pid,
                 .start_time = process.start_time * tick + tick / 2,  // /proc rounds it down
                 .image = process.image};
  caller.pgid = process.pgrp == 0 ? process.pid : process.pgrp;
  caller.start_code = process.image;
  caller.start_stack = process.image + 7;
  caller.name = process.comm;
  caller.uid = 33;
  return caller;
}

Process named(const ProcTree& proc, const Caller& caller) {
  Callers callers(proc.reader());
  return callers.name({caller}).at(caller.mark).process.value();
}

Process holder_of(Inode inode, const ProcTree& proc) {
  SocketOwners owners(proc.reader());
  return owners.find({inode}).of(inode)->front().process.value();
}

const FakeProcess curl{
    .pid = 40, .comm = "curl", .exe = "/usr/bin/curl", .sockets = {7}, .cgroup = "0::/a.service\n"};

}  // namespace

TEST_CASE("a program that runs is described as whoever holds its sockets") {
  ProcTree proc;
  proc.add(curl);
  CHECK(named(proc, noted_of(curl)) == holder_of(7, proc));
}

TEST_CASE("a program that has gone has the key that it had") {
  ProcTree proc;
  proc.add(curl);
  const Process before = holder_of(7, proc);
  proc.remove(curl.pid);
  CHECK(named(proc, noted_of(curl)).key == before.key);
}

TEST_CASE("a program that has gone is named by what was noted, and has no executable") {
  const ProcTree proc;
  const Process gone = named(proc, noted_of(curl));
  CHECK(gone.name == "curl");
  CHECK(gone.pgid == 40);
  CHECK(gone.uid == 33u);
  CHECK_FALSE(gone.exe);
  CHECK_FALSE(gone.unit);
}

TEST_CASE("a program that has gone has the executable of one that ran of the same file") {
  ProcTree proc;
  proc.add(curl);
  Callers callers(proc.reader(), {}, {});
  Caller running = noted_of(curl);
  Caller gone = noted_of({.pid = 41, .comm = "curl"});
  running.executable = gone.executable = {.inode = 4711, .device = 1};
  callers.name({running});
  CHECK(callers.name({gone}).at(gone.mark).process->exe == "/usr/bin/curl");
}

TEST_CASE("a program that has gone has the executable of its name, if that is the same file") {
  ProcTree proc;
  proc.write("bin/curl", "");
  struct stat status {};
  REQUIRE(::stat((proc.root() / "bin/curl").c_str(), &status) == 0);
  Callers callers(proc.reader(), {}, {proc.root() / "bin"});
  Caller gone = noted_of(curl);
  gone.executable.inode = status.st_ino;
  gone.executable.device = ::major(status.st_dev) << 20U | ::minor(status.st_dev);
  const auto executable = callers.name({gone}).at(gone.mark).process->exe;
  CHECK(executable == std::filesystem::canonical(proc.root() / "bin/curl"));
  gone.executable.inode += 1;
  CHECK_FALSE(
      Callers(proc.reader(), {}, {proc.root() / "bin"}).name({gone}).at(gone.mark).process->exe);
}

TEST_CASE("trap 7: whoever has the pid of a program that has gone is another") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "sshd", .start_time = 900});
  const Process gone = named(proc, noted_of(curl));
  CHECK(gone.name == "curl");
  CHECK_FALSE(gone.exe);
}

TEST_CASE("rule 3: a program that has become another by exec is not that one") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "sh", .exe = "/bin/sh", .image = 9000});
  CHECK(named(proc, noted_of(curl)).name == "curl");
}

TEST_CASE("rule 3: two programs that one process was, one after the other, are two") {
  ProcTree proc;
  FakeProcess shell = curl;
  shell.comm = "sh";
  shell.image = 9000;
  proc.add(shell);
  Callers callers(proc.reader());
  const auto owners = callers.name({noted_of(curl), noted_of(shell)});
  CHECK(owners.at(noted_of(curl).mark).process->name == "curl");
  CHECK(owners.at(noted_of(shell).mark).process->name == "sh");
}

TEST_CASE("a program outside our pid namespace is named by what was noted") {
  ProcTree proc;
  FakeProcess outside = curl;
  outside.pid = 0;
  Caller caller = noted_of(outside);
  caller.pgid = 0;
  const Process process = named(proc, caller);
  CHECK(process.name == "curl");
  CHECK(process.key.pid == 0);
  CHECK_FALSE(process.pgid);
}

TEST_CASE("who is asked for twice is one owner") {
  ProcTree proc;
  proc.add(curl);
  Callers callers(proc.reader());
  CHECK(callers.name({noted_of(curl), noted_of(curl)}).size() == 1);
}

TEST_CASE("what a program is changes only once it is forgotten, or has gone") {
  ProcTree proc;
  proc.add(curl);
  Callers callers(proc.reader());
  const auto unit = [&] {
    return callers.name({noted_of(curl)}).at(noted_of(curl).mark).process->unit.value_or("none");
  };
  CHECK(unit() == "a.service");
  proc.write("40/cgroup", "0::/b.service\n");
  CHECK(unit() == "a.service");
  callers.forget();
  CHECK(unit() == "b.service");
  proc.remove(curl.pid);
  CHECK(unit() == "none");
}
