#include "join/socket_owners.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "proc_tree.h"

using namespace ttq;
using test::ProcTree;

namespace {

/// "nginx/40 " for each owner: name and pgid, or the reason why there is none; "-" where it was not
/// found.
std::string print_owners(const Holders& holders, Inode inode) {
  const auto* owners = holders.of(inode);
  if (owners == nullptr) return "-";
  std::string text;
  for (const Owner& owner : *owners) {
    text += owner.process ? owner.process->name + "/" + std::to_string(*owner.process->pgid)
                          : std::string(print_unknown_owner(*owner.unknown));
    text += " ";
  }
  return text;
}

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

TEST_CASE("a new socket at the next free descriptor is found without a walk over /proc") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7, 8, 9}});
  proc.add({.pid = 41, .comm = "sshd"});
  SocketOwners owners(proc.reader());
  owners.find({7, 8, 9});
  proc.close(40, 8);
  owners.release({8});
  proc.open(40, 10);  // where 8 was
  proc.open(40, 11);  // behind the others
  const auto found = owners.find({10, 11});
  CHECK(print_owners(found, 10) == "nginx/40 ");
  CHECK(print_owners(found, 11) == "nginx/40 ");
  CHECK(owners.scans() == 1);
}

TEST_CASE("what came and went unasked does not hide who has its descriptor now") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.open(40, 8);
  proc.open(40, 100);  // after the look that this search is for
  proc.open(40, 0);    // a file, for a moment
  CHECK(print_owners(owners.find({8}), 8) == "nginx/40 ");
  proc.put(40, 5, 9);
  proc.put(40, 6, 10);
  const auto found = owners.find({9, 10});
  CHECK(print_owners(found, 9) == "nginx/40 ");
  CHECK(print_owners(found, 10) == "nginx/40 ");
  CHECK(owners.scans() == 1);
}

TEST_CASE("a process that has come since is looked at, without a walk over the others") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.add({.pid = 41, .comm = "curl", .sockets = {8}});
  CHECK(print_owners(owners.find({8}), 8) == "curl/41 ");
  CHECK(owners.scans() == 1);
}

TEST_CASE("while the newest pid stands still, the processes are not even listed") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  proc.write("loadavg", "0.20 0.18 0.12 1/80 40\n");
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.add({.pid = 41, .comm = "curl", .sockets = {8}});
  CHECK(print_owners(owners.find({8}), 8) == "-");
  proc.write("loadavg", "0.20 0.18 0.12 1/80 41\n");
  SocketOwners told(proc.reader());
  told.find({7});
  CHECK(print_owners(told.find({8}), 8) == "curl/41 ");
}

TEST_CASE("what is missed where it is likely is looked for everywhere, if it is missed again") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.put(40, 0, 8);  // where a file was
  CHECK(print_owners(owners.find({8}), 8) == "-");
  CHECK(owners.scans() == 1);
  CHECK(print_owners(owners.find({8}), 8) == "nginx/40 ");
  CHECK(owners.scans() == 2);
  CHECK(print_owners(owners.find({99}), 99) == "-");
  CHECK(print_owners(owners.find({99}), 99) == "no_permission ");  // pid 1 is not shown
}

TEST_CASE("where there are very many descriptors, it has to be missed thrice") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  proc.put_many(40, 10, 2'100);
  SocketOwners owners(proc.reader());
  owners.find({7});
  const auto looks_to_find = [&](Inode inode) {
    int looks = 1;
    while (owners.find({inode}).empty()) ++looks;
    return looks;
  };
  proc.put(40, 0, 8);
  CHECK(looks_to_find(8) == 3);
}

TEST_CASE("a file that a program had open while it started does not hide its first socket") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "sshd", .sockets = {7}});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.add({.pid = 41, .comm = "python3"});
  proc.put(41, 3, 0);  // read while it is being imported
  owners.find({7});
  proc.put(41, 3, 8);
  CHECK(print_owners(owners.find({8}), 8) == "python3/41 ");
  CHECK(owners.scans() == 1);
}

TEST_CASE(
    "what is only missed because its descriptor's last socket was not yet told to be closed") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.close(40, 7);
  proc.open(40, 8);
  CHECK(print_owners(owners.find({8}), 8) == "-");
  owners.release({7});
  CHECK(print_owners(owners.find({8}), 8) == "nginx/40 ");
  CHECK(owners.scans() == 1);
}

TEST_CASE("trap 9: a socket that was passed on, or is shared since, is found to have moved") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "parent", .image = 1000, .sockets = {7, 8}});
  proc.add({.pid = 41, .comm = "child", .image = 2000, .sockets = {9}});
  SocketOwners owners(proc.reader());
  owners.find({7, 8, 9});
  CHECK(owners.recheck(1).empty());
  proc.close(40, 8);
  proc.open(41, 8);
  CHECK(owners.recheck(1) == std::vector<Inode>{8});
  CHECK(print_owners(owners.find({8}), 8) == "child/41 ");
  proc.open(41, 7);
  CHECK(owners.recheck(1) == std::vector<Inode>{7});
  CHECK(print_owners(owners.find({7}), 7) == "parent/40 child/41 ");
  proc.remove(40);
  CHECK(owners.recheck(1) == std::vector<Inode>{7});
  CHECK(print_owners(owners.find({7}), 7) == "child/41 ");
}

TEST_CASE("trap 9: who was passed a socket that stands is met by a search for another one") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "systemd", .sockets = {7}});
  proc.add({.pid = 41, .comm = "server"});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.open(41, 7);
  proc.open(41, 8);
  CHECK(print_owners(owners.find({8}), 8) == "server/41 ");
  CHECK(owners.recheck(100) == std::vector<Inode>{7});
  CHECK(print_owners(owners.find({7}), 7) == "systemd/40 server/41 ");
}

TEST_CASE("trap 9: who inherits a socket that stands is one of its owners, though nobody asks") {
  ProcTree proc;
  proc.add({.pid = 1, .ppid = 0, .comm = "systemd", .image = 1000, .sockets = {7}});
  SocketOwners owners(proc.reader());
  CHECK(print_owners(owners.find({7}), 7) == "systemd/1 ");
  proc.add({.pid = 41, .comm = "service", .image = 2000, .sockets = {7}});
  CHECK(owners.recheck(100) == std::vector<Inode>{7});
  CHECK(print_owners(owners.find({7}), 7) == "service/41 ");
}

TEST_CASE("an exec that keeps its sockets is another program, with another key") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "python3", .image = 1000, .sockets = {7}});
  SocketOwners owners(proc.reader());
  const auto before = owners.find({7}).of(7)->front().key();
  proc.remove(40);
  proc.add({.pid = 40, .comm = "sleep", .image = 2000, .sockets = {7}});
  CHECK(owners.recheck(1) == std::vector<Inode>{7});
  const Holders after = owners.find({7});
  CHECK(print_owners(after, 7) == "sleep/40 ");
  CHECK(after.of(7)->front().key() != before);
}

TEST_CASE("trap 9: what a walk over /proc finds changed has moved, be it passed on or exec'ed") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "systemd", .sockets = {7}});
  proc.add({.pid = 41, .comm = "server"});
  proc.add({.pid = 42, .comm = "sh", .sockets = {9}});
  SocketOwners owners(proc.reader());
  owners.find({7, 9});
  proc.put(41, 900, 7);
  proc.remove(42);
  proc.add({.pid = 42, .comm = "worker", .image = 7000, .sockets = {9}});
  proc.put(40, 0, 8);                                     // where a file was:
  for (int look = 0; look < 3; ++look) owners.find({8});  // everybody is looked at
  CHECK(owners.scans() == 2);
  CHECK(owners.recheck(1'000'000) == std::vector<Inode>{7, 8, 9});
  CHECK(print_owners(owners.find({7, 9}), 7) == "systemd/40 server/41 ");
  CHECK(print_owners(owners.find({7, 9}), 9) == "worker/42 ");
}

TEST_CASE("descriptors that are far apart do not make a walk over /proc dearer") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  proc.put(40, 19'999, 0);
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.put(40, 900, 8);
  CHECK(print_owners(owners.find({8}), 8) == "-");
  CHECK(print_owners(owners.find({8}), 8) == "nginx/40 ");
}

TEST_CASE("what is remembered of a socket is not believed when it is asked for") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "parent", .sockets = {7, 8}});
  proc.add({.pid = 41, .comm = "child"});
  SocketOwners owners(proc.reader());
  owners.find({7});  // and 8 was met there, too
  proc.close(40, 8);
  proc.open(41, 8);
  CHECK(print_owners(owners.find({8}), 8) == "child/41 ");
}

TEST_CASE("what is remembered is gone through a little at a time, in so many rounds") {
  ProcTree proc;
  proc.add({.pid = 40, .sockets = {7, 8, 9}});
  proc.add({.pid = 41, .sockets = {10}});
  SocketOwners owners(proc.reader());
  owners.find({7, 8, 9, 10});
  for (const Inode inode : {7U, 8U, 9U}) proc.close(40, inode);
  proc.close(41, 10);
  std::vector<Inode> moved;
  std::size_t most = 0;
  for (int round = 0; round < 4; ++round) {
    const auto found = owners.recheck(4);
    most = std::max(most, found.size());
    moved.insert(moved.end(), found.begin(), found.end());
  }
  CHECK(moved.size() == 4);
  CHECK(most < 4);
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
