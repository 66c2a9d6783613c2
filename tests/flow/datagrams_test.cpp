// What the kernel's counts of datagrams become: exchanges that are over as soon as they are told.
#include <doctest/doctest.h>

#include "watched_host.h"

using namespace ttq;
using test::curl;
using test::nginx;
using test::process;
using test::WatchedHost;

namespace {

const std::string call = "active udp 10.0.0.9:53 < 10.0.0.1 curl/8 ";
const std::string visit = "passive udp 0.0.0.0:53 < 10.0.0.2 worker/20 ";

/// nginx listens on port 53, say, and a worker of its own program takes what comes; curl calls out.
struct BusyHost : WatchedHost {
  explicit BusyHost(FlowLimits limits = {}) : WatchedHost(limits) {
    expect_events();
    knows(curl);
    knows(process("worker", 20));
    listens("0.0.0.0:53", nginx, Protocol::udp);
    look();
  }
};

}  // namespace

TEST_CASE("an exchange of datagrams has opened and closed, and stood for a moment") {
  BusyHost host;
  host.happens(call + "opened=1 datagrams=7");
  host.tick();
  CHECK(host.lines() == call + "max=1 opened=1 closed=1 event\n");
}

TEST_CASE("exchanges one after the other stand one at a time") {
  BusyHost host;
  host.happens(call + "opened=3 datagrams=6");
  host.tick();
  host.happens(call + "opened=2 datagrams=4");
  host.tick();
  CHECK(host.lines() == call + "max=1 opened=5 closed=5 event\n");
}

TEST_CASE("of the traffic of datagrams nothing is known, which is not that there was none") {
  BusyHost host;
  host.happens(call + "opened=1 datagrams=7");
  host.tick();
  const auto flows = host.changes().flows;
  REQUIRE(flows.size() == 1);
  CHECK_FALSE(flows[0].traffic);
}

TEST_CASE("an exchange whose direction was guessed says so") {
  BusyHost host;
  host.happens(call + "opened=1 datagrams=1 port");
  host.tick();
  CHECK(host.lines() == call + "max=1 opened=1 closed=1 port\n");
}

TEST_CASE("a flow that was guessed is a guess no longer once an exchange was seen to begin") {
  BusyHost host;
  host.happens(call + "opened=1 datagrams=1 port");
  host.happens(call + "opened=1 datagrams=1");
  host.tick();
  CHECK(host.lines() == call + "max=1 opened=2 closed=2 event\n");
}

TEST_CASE("datagrams are whose program has received them, whoever listens") {
  BusyHost host;
  host.happens(visit + "opened=1 datagrams=2");
  host.tick();
  CHECK(host.lines() == visit + "max=1 opened=1 closed=1 event\n");
}

TEST_CASE("datagrams do not wait for a look at whoever listens") {
  BusyHost host;
  const std::string elsewhere = "passive udp 0.0.0.0:54 < 10.0.0.2 worker/20 ";
  host.happens(elsewhere + "opened=1 datagrams=2");
  host.tick();
  CHECK(host.lines() == elsewhere + "max=1 opened=1 closed=1 event\n");
}

TEST_CASE("an exchange that goes on is seen in the next window too, and has opened before") {
  BusyHost host;
  host.happens(visit + "opened=1 datagrams=2");
  host.tick();
  host.next_window();
  host.happens(visit + "datagrams=2");
  host.tick();
  CHECK(host.lines() == visit + "max=1 event\n");
}

TEST_CASE("an exchange that does not go on is not seen in the next window") {
  BusyHost host;
  host.happens(visit + "opened=1 datagrams=2");
  host.tick();
  host.next_window();
  host.tick();
  CHECK(host.lines().empty());
}

TEST_CASE("datagrams that follow are told of the flow's last moment") {
  BusyHost host;
  host.happens(visit + "opened=1 datagrams=1");
  host.tick();
  const Flow first = host.changes().flows.at(0);
  host.happens(visit + "datagrams=1");
  host.tick();
  const Flow later = host.changes().flows.at(0);
  CHECK(later.first_seen == first.first_seen);
  CHECK(later.last_seen > first.last_seen);
}

TEST_CASE("whose datagrams they are is known in each batch, and nothing is remembered of them") {
  BusyHost host;
  host.happens(visit + "opened=1 datagrams=1");
  host.tick();
  CHECK(host.events().size() == 0);
  host.happens(visit + "opened=1 datagrams=1");
  host.tick();
  CHECK(host.lines() == visit + "max=1 opened=2 closed=2 event\n");
}

TEST_CASE("an exchange that was told before its socket was connected has opened and closed once") {
  BusyHost host;
  host.happens(call + "opened=1 datagrams=1");
  host.tick();
  const auto met = host.connects("10.0.0.1:40001", "10.0.0.9:53", curl, Protocol::udp);
  host.socket(met).is_counted = true;
  host.look();
  CHECK(host.lines() == call + "now=1 max=1 opened=1 closed=1 event\n");
  host.goes(met);
  host.look();
  CHECK(host.lines() == call + "max=1 opened=1 closed=1 event\n");
}

TEST_CASE("a program that has sent datagrams, and of whom nothing was found out, has exited") {
  BusyHost host;
  host.happens("active udp 10.0.0.9:53 < 10.0.0.1 dig/66 opened=1 datagrams=2");
  host.tick();
  CHECK(host.lines() ==
        "active udp 10.0.0.9:53 < 10.0.0.1 ?exited max=1 opened=1 closed=1 event\n");
}

TEST_CASE("rule 4: more than eight short-lived senders are one flow") {
  BusyHost host;
  for (int pid = 100; pid < 120; ++pid) {
    host.knows(process("dig", pid));
    host.happens("active udp 10.0.0.9:53 < 10.0.0.1 dig/" + std::to_string(pid) +
                 " opened=1 datagrams=2");
  }
  host.tick();
  CHECK(host.lines() ==
        "active udp 10.0.0.9:53 < 10.0.0.1 dig/many groups=20 max=1 opened=20 closed=20 event\n");
}

TEST_CASE("what was lost of others ends no exchange twice") {
  BusyHost host;
  host.happens(call + "opened=1 datagrams=1");
  host.loses_events();
  host.look();
  host.has_left_nothing();
  host.look();
  CHECK(host.lines() == call + "max=1 opened=1 closed=1 event\n");
}
