// Standing sockets that others hold now: passed on, inherited, kept over an exec.
#include <doctest/doctest.h>

#include <algorithm>

#include "join/socket_owners.h"
#include "owners_text.h"
#include "proc_tree.h"

using namespace ttq;
using test::print_owners;
using test::ProcTree;

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

TEST_CASE("trap 9: a socket that was passed on is found to have moved, wherever it was put") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "giver", .sockets = {7}});
  proc.add({.pid = 41, .comm = "taker"});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.put(41, 5, 7);  // its control connection was at 3, and a file at 4: both are closed by now
  CHECK(owners.recheck(1) == std::vector<Inode>{7});
  CHECK(print_owners(owners.find({7}), 7) == "giver/40 taker/41 ");
}

TEST_CASE("trap 9: who has moved its copy of a shared socket is one of its owners still") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "parent", .sockets = {7}});
  proc.add({.pid = 41, .comm = "child", .sockets = {7}});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.close(40, 7);
  proc.put(40, 9, 7);
  owners.recheck(1);
  CHECK(print_owners(owners.find({7}), 7) == "parent/40 child/41 ");
}

TEST_CASE(
    "trap 9: a standing socket that takes the descriptor of one that is asked for has moved") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "giver", .sockets = {7}});
  proc.add({.pid = 41, .comm = "taker", .sockets = {9, 9}});
  SocketOwners owners(proc.reader());
  owners.find({7, 9});
  proc.put(41, 3, 7);
  owners.find({9});
  CHECK(owners.recheck(1) == std::vector<Inode>{7, 9});
}

TEST_CASE("a socket that a search finds closed has moved") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "parent", .sockets = {7}});
  proc.add({.pid = 41, .comm = "child"});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.open(41, 7);
  owners.find({98});
  owners.recheck(1);
  proc.close(41, 7);
  owners.find({99});
  CHECK(owners.recheck(1) == std::vector<Inode>{7});
}

TEST_CASE("an exec soon after its first socket was found is another program too") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "tcpclient"});
  SocketOwners owners(proc.reader());
  owners.find({99});
  proc.open(40, 7);
  CHECK(print_owners(owners.find({7}), 7) == "tcpclient/40 ");
  proc.remove(40);
  proc.add({.pid = 40, .comm = "worker", .image = 7000, .sockets = {7}});
  CHECK(owners.recheck(1) == std::vector<Inode>{7});
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
