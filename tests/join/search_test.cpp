// Where new sockets are looked for, and when everybody is looked at.
#include <doctest/doctest.h>

#include "join/socket_owners.h"
#include "owners_text.h"
#include "proc_tree.h"

using namespace ttq;
using test::print_owners;
using test::ProcTree;

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

TEST_CASE("what came and went below a new socket, unseen, does not hide it") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "client", .sockets = {7}});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.put(40, 6, 8);  // at 4 and 5 it had tried other addresses
  CHECK(print_owners(owners.find({8}), 8) == "client/40 ");
}

TEST_CASE("a file and a socket that take turns at a descriptor do not hide the socket") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "worker", .sockets = {7}});
  SocketOwners owners(proc.reader());
  owners.find({7});
  for (Inode inode = 10; inode < 16; ++inode) {
    proc.put(40, 4, 0);
    owners.find({99});
    owners.find({99});
    proc.put(40, 4, inode);
    CHECK(print_owners(owners.find({inode}), inode) == "worker/40 ");
    owners.release({inode});
  }
}

TEST_CASE("a process that duplicates its sockets does not hide those of others") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "twins"});
  proc.add({.pid = 41, .comm = "client"});
  SocketOwners owners(proc.reader());
  owners.find({7});
  proc.open(40, 8);
  proc.open(40, 8);
  proc.open(41, 9);
  CHECK(print_owners(owners.find({8, 9}), 9) == "client/41 ");
}

TEST_CASE("no file is taken for a socket, whatever number is asked for") {
  ProcTree proc;
  proc.add({.pid = 40, .comm = "nginx", .sockets = {7}});
  SocketOwners owners(proc.reader());
  CHECK(print_owners(owners.find({0, 1, 7}), 1) == "-");
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
