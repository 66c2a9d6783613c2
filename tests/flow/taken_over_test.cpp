// From events to looks: a connection that was seen opening, and that a look meets.
#include <doctest/doctest.h>

#include "busy_host.h"

using namespace ttq;
using namespace std::chrono_literals;
using test::BusyHost;
using test::call;
using test::curl;
using test::nginx;
using test::process;
using test::visit;

namespace {

const Process worker = process("worker", 20);
const Process other_worker = process("worker", 21);

}  // namespace

TEST_CASE("what is taken over by its caller changes nothing in the counts") {
  BusyHost host;
  host.happens(call + "attempts=2 opened=2 peak=2 sent=10");
  host.tick();
  const std::string before = host.lines();
  host.meets_call(curl);
  host.look();
  CHECK(host.lines() == before);
  host.meets_call(curl);
  host.look();
  CHECK(host.lines() == before);
}

TEST_CASE("what is taken over was first seen when its event was told") {
  BusyHost host;
  host.happens(call + "attempts=1 opened=1");
  host.tick();
  const Time told = host.changes().flows.front().first_seen;
  host.tick();
  host.meets_call(curl);
  host.look();
  CHECK(host.changes().flows.front().first_seen == told);
}

TEST_CASE("what is taken over ends when a look no longer meets it") {
  BusyHost host;
  const auto met = host.meets_visit(nginx);
  host.look();
  host.goes(met);
  host.happens(visit + "taken_ended=1 sent=10");
  host.look();
  CHECK(host.lines() == visit + "nginx/7 max=1 opened=1 closed=1 sent=10 event\n");
  CHECK(host.events().size() == 0);
}

TEST_CASE("what was taken over and is over does not stand beside what opens before the next look") {
  BusyHost host;
  const auto met = host.meets_visit(nginx);
  host.look();
  host.happens(visit + "taken_ended=1");
  host.tick();
  host.happens(visit + "opened=1 peak=1");
  host.tick();
  host.goes(met);
  host.look();
  CHECK(host.lines() == visit + "nginx/7 now=1 max=1 opened=2 closed=1 event\n");
}

TEST_CASE("trap 8: a connection that was passed on is its holder's, with its traffic") {
  BusyHost host;
  host.happens(visit + "opened=1 peak=1 sent=10");
  host.tick();
  CHECK(host.lines() == visit + "nginx/7 now=1 max=1 opened=1 sent=10 event\n");
  host.meets_visit(worker, "sent=5");
  host.look();
  const auto changes = host.changes();
  REQUIRE(changes.flows.size() == 1);
  CHECK(changes.flows[0].owner.process->name == "worker");
  CHECK(changes.flows[0].connections.opened == 1);
  CHECK(changes.flows[0].traffic->bytes_sent == 15);
  REQUIRE(changes.removed.size() == 1);
  CHECK(changes.removed[0].process.pid == nginx.key.pid);
}

TEST_CASE("the traffic of each connection that is passed on follows it") {
  BusyHost host;
  host.meets_visit(worker, "opened=1 peak=1 sent=10");
  host.look();
  host.meets_visit(worker, "opened=1 peak=1 sent=20");
  host.look();
  CHECK(host.lines() == visit + "worker/20 now=2 max=2 opened=2 sent=30 event\n");
}

TEST_CASE("the later traffic of a connection that was passed on is its holder's") {
  BusyHost host;
  host.meets_visit(worker);
  host.look();
  host.happens(visit + "sent=40");
  host.look();
  CHECK(host.lines() == visit + "worker/20 now=1 max=1 opened=1 sent=40 event\n");
}

TEST_CASE("later traffic makes no flow of the program that has passed its connections on") {
  BusyHost host;
  host.meets_visit(worker);
  host.meets_visit(other_worker);
  host.look();
  host.next_window();
  host.lines();
  host.happens(visit + "taken_ended=1 sent=40");
  host.tick();
  CHECK(host.lines().find("nginx") == std::string::npos);
  CHECK(host.table().size() == 2);
}

TEST_CASE("what is passed on among what is kept leaves the rest where it is") {
  BusyHost host;
  host.meets_visit(nginx);
  host.meets_visit(worker);
  host.happens(visit + "opened=3 closed=3 peak=1");
  host.look();
  CHECK(host.lines() == visit + "nginx/7 now=1 max=3 opened=4 closed=3 event\n" + visit +
                            "worker/20 now=1 max=1 opened=1 event\n");
}

TEST_CASE("what is passed on in a later window is the other's from then on") {
  BusyHost host;
  host.happens(visit + "opened=1");
  host.tick();
  host.next_window();
  const auto met = host.connects("10.0.0.1:80", "10.0.0.2:40000", worker);
  host.takes_over(met, visit, 61s);
  host.look();
  CHECK(host.lines() == visit + "worker/20 now=1 max=1 event\n");
}

TEST_CASE("what opened in the last moment of a window, and is told in the next, opens there") {
  BusyHost host;
  host.next_window();
  host.happens(visit + "opened=1");
  const auto met = host.connects("10.0.0.1:80", "10.0.0.2:40000", worker);
  host.takes_over(met, visit, 60'500ms);
  host.look();
  CHECK(host.lines() == visit + "worker/20 now=1 max=1 opened=1 event\n");
}

TEST_CASE("a holder who is not found yet is whoever the events told") {
  BusyHost host;
  host.happens(call + "attempts=1 opened=1 peak=1");
  const auto met = host.meets_call(worker);
  const Inode inode = std::exchange(host.socket(met).inode, 99);
  host.look();
  CHECK(host.lines() == call + "now=1 max=1 opened=1 attempts=1 event\n");
  host.socket(met).inode = inode;
  host.look();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 worker/20 now=1 max=1 opened=1 attempts=1 event\n");
}

TEST_CASE("a holder who is ending is whoever the events told") {
  BusyHost host;
  host.happens(call + "attempts=1 opened=1 peak=1");
  Process ending = curl;  // its memory has gone before its sockets
  ending.key.mark = 1;
  host.meets_call(ending);
  host.look();
  const auto flows = host.changes().flows;
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].key.process == curl.key);
}

TEST_CASE("trap 9: what is taken over from two programs is given back by both") {
  BusyHost host;
  host.listens("0.0.0.0:80", process("apache", 9));
  host.meets_visit(nginx);
  host.look();
  CHECK(host.lines() == visit + "nginx/7 now=1 max=1 opened=1 event\n");
}

TEST_CASE("trap 9: traffic of two programs' listener is that of the one who has the connection") {
  BusyHost host;
  host.listens("0.0.0.0:80", process("apache", 9));
  host.meets_visit(nginx, "opened=1 peak=1 sent=10");
  host.look();
  host.happens(visit + "sent=5");
  host.look();
  CHECK(host.lines() == visit + "nginx/7 now=1 max=1 opened=1 sent=15 event\n");
}

TEST_CASE("in a table that is full the right flow has the place of the wrong one") {
  BusyHost host({.max_flows = 1});
  host.happens(visit + "opened=1 peak=1");
  host.tick();
  host.meets_visit(worker, "sent=10");
  host.look();
  CHECK(host.lines() == visit + "worker/20 now=1 max=1 opened=1 sent=10 event\n");
}

TEST_CASE("what is taken over although its opening was lost is counted once") {
  BusyHost host;
  host.takes_over(host.connects("10.0.0.1:80", "10.0.0.2:40000", nginx), visit);
  host.look();
  CHECK(host.lines() == visit + "nginx/7 now=1 max=1 opened=1 event\n");
}

TEST_CASE("a socket that is connected again is another connection, under the same cookie") {
  BusyHost host;
  host.happens(call + "attempts=1 opened=1 peak=1");
  const auto met = host.meets_call(curl);
  host.look();
  host.snapshots_are_consistent(false);
  host.happens(call + "taken_ended=1 attempts=1 opened=1");
  host.takes_over(met, call);
  host.look();
  CHECK(host.lines() == call + "now=1 max=1 opened=2 closed=1 attempts=2 event\n");
}
