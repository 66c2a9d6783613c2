#include "join/socket_owners.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "owners_text.h"
#include "proc_tree.h"

using namespace ttq;
using test::print_owners;
using test::ProcTree;

namespace {

std::string owners_of(Inode inode, const ProcTree& proc) {
  SocketOwners owners(proc.reader());
  return print_owners(owners.find({inode}), inode);
}

}  // namespace

TEST_CASE("rule 3: forked workers are their master") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  proc.add({.pid = 41, .ppid = 40, .pgrp = 40, .comm = "nginx: worker", .sockets = {7, 8}});
  CHECK(owners_of(8, proc) == "nginx/40 ");
  CHECK(owners_of(7, proc) == "nginx/40 ");
}

TEST_CASE("rule 3: PostgreSQL's backends have a group each, and are their postmaster") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "postgres", .sockets = {7}});
  for (Pid backend = 41; backend < 45; ++backend) {
    proc.add({.pid = backend, .ppid = 40, .pgrp = backend, .comm = "postgres", .sockets = {8}});
  }
  CHECK(owners_of(8, proc) == "postgres/40 ");
}

TEST_CASE("rule 3: two programs that a manager of the same executable exec'ed are two") {
  ProcTree proc;
  const std::string python = "/usr/bin/python3";
  proc.add({.pid = 40, .comm = "supervisord", .exe = python, .image = 1000});
  proc.add({.pid = 41, .ppid = 40, .comm = "app-a", .exe = python, .image = 2000, .sockets = {7}});
  proc.add({.pid = 42, .ppid = 40, .comm = "app-b", .exe = python, .image = 3000, .sockets = {8}});
  CHECK(owners_of(7, proc) == "app-a/41 ");
  CHECK(owners_of(8, proc) == "app-b/42 ");
}

TEST_CASE("rule 3: the climb never ends at pid 1") {
  ProcTree proc;
  proc.add({.pid = 1, .ppid = 0, .comm = "systemd"});
  proc.add({.pid = 41, .ppid = 1, .comm = "systemd", .sockets = {7}});
  CHECK(owners_of(7, proc) == "systemd/41 ");
}

TEST_CASE("where memory maps are hidden from us, nobody is climbed to") {
  ProcTree proc;
  proc.write("40/stat", "40 (a) S 1 40 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 1 1 1 1 1 0 0 0\n");
  proc.write("41/stat", "41 (b) S 40 41 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 1 1 1 1 1 0 0 0\n");
  std::filesystem::create_directories(proc.root() / "41/fd");
  std::filesystem::create_symlink("socket:[7]", proc.root() / "41/fd/3");
  CHECK(owners_of(7, proc) == "b/41 ");
}

TEST_CASE("trap 9: a shared socket has a set of owners") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "inetd", .image = 1000, .sockets = {7}});
  proc.add({.pid = 41, .ppid = 40, .comm = "ftpd", .image = 2000, .sockets = {7}});
  CHECK(owners_of(7, proc) == "inetd/40 ftpd/41 ");
}

TEST_CASE("trap 9: pid 1 is not named beside the service that it activated") {
  ProcTree proc;
  proc.add({.pid = 1, .ppid = 0, .comm = "systemd", .image = 1000, .sockets = {7, 8}});
  proc.add({.pid = 41, .ppid = 1, .comm = "sshd", .image = 2000, .sockets = {7}});
  CHECK(owners_of(7, proc) == "sshd/41 ");
  CHECK(owners_of(8, proc) == "systemd/1 ");
}

TEST_CASE("trap 17: the name is the process's, not that of one of its threads") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "java", .sockets = {7}});
  proc.write("40/task/41/stat", "41 (GC Thread#0) S 1 40 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9\n");
  CHECK(owners_of(7, proc) == "java/40 ");
}

TEST_CASE("trap 7: a pid that was given to another process is not the same process") {
  ProcTree proc;
  proc.add({.pid = 40, .start_time = 100, .sockets = {7}});
  SocketOwners owners(proc.reader());
  const auto key = owners.find({7}).of(7)->front().key();
  proc.remove(40);
  proc.add({.pid = 40, .start_time = 200, .sockets = {7}});
  CHECK(owners.find({7}).of(7)->front().key() != key);
}

TEST_CASE("a program is described anew when its stat has changed, and when it is to be forgotten") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "sh", .sockets = {7}, .cgroup = "0::/a.service\n"});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.write("40/cgroup", "0::/b.service\n");
  CHECK(owners.find({7}).of(7)->front().process->unit == "a.service");
  owners.forget_programs();
  CHECK(owners.find({7}).of(7)->front().process->unit == "b.service");
  proc.remove(40);
  proc.add({.pid = 40, .comm = "java", .sockets = {7}});
  CHECK(print_owners(owners.find({7}), 7) == "java/40 ");
}

TEST_CASE("what nobody holds belongs to the kernel, as far as everybody could be looked at") {
  ProcTree proc;
  proc.add({.pid = 1, .ppid = 0});
  proc.add({.pid = 40, .sockets = {7}});
  CHECK(owners_of(99, proc) == "kernel ");
}

TEST_CASE("where processes are hidden from us, one of those may hold it") {
  ProcTree hidepid;  // pid 1 is not shown
  hidepid.add({.pid = 40, .sockets = {7}});
  CHECK(owners_of(99, hidepid) == "no_permission ");

  ProcTree container;
  container.add({.pid = 1, .ppid = 0});
  std::filesystem::remove(container.root() / "self/ns/pid");
  std::filesystem::create_symlink("pid:[4026532000]", container.root() / "self/ns/pid");
  CHECK(owners_of(99, container) == "no_permission ");
}

TEST_CASE("a process group that is led from outside our pid namespace has no number") {
  ProcTree proc;
  proc.write("40/stat", "40 (a) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 1 1 1 5 1 6 0 0\n");
  std::filesystem::create_directories(proc.root() / "40/fd");
  std::filesystem::create_symlink("socket:[7]", proc.root() / "40/fd/3");
  SocketOwners owners(proc.reader());
  const Holders found = owners.find({7});
  CHECK(found.of(7)->front().process->name == "a");
  CHECK_FALSE(found.of(7)->front().process->pgid.has_value());
}

TEST_CASE("trap 29: a name from /proc is cleaned when it is taken") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "a\x1b[2J", .sockets = {7}});
  CHECK(owners_of(7, proc) == "a\uFFFD[2J/40 ");
}
