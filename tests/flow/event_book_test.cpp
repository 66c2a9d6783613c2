// What the kernel's counts become: connections that no look has met.
#include "flow/event_book.h"

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
using test::WatchedHost;

namespace {

const Process apache = process("apache", 9);

}  // namespace

TEST_CASE("a connection that came and went between two looks is its caller's") {
  BusyHost host;
  host.happens(call + "attempts=1 opened=1 closed=1 peak=1 sent=10 received=20");
  host.tick();
  CHECK(host.lines() == call + "max=1 opened=1 closed=1 attempts=1 sent=10 received=20 event\n");
}

TEST_CASE("a connection that was refused is failed, and does not stand") {
  BusyHost host;
  host.happens(call + "attempts=3 failed=3");
  host.tick();
  CHECK(host.lines() == call + "failed=3 attempts=3 event\n");
  CHECK(host.events().size() == 0);
}

TEST_CASE("what an event has opened stands until one has closed it") {
  BusyHost host;
  host.happens(call + "attempts=2 opened=2 peak=2");
  host.tick();
  CHECK(host.lines() == call + "now=2 max=2 opened=2 attempts=2 event\n");
  host.happens(call + "closed=2");
  host.tick();
  CHECK(host.lines() == call + "max=2 opened=2 closed=2 attempts=2 event\n");
}

TEST_CASE("the most that stood at once is told by the kernel, on top of what stood before") {
  BusyHost host;
  host.happens(call + "attempts=2 opened=2 peak=2");
  host.tick();
  host.happens(call + "attempts=9 opened=9 closed=9 peak=3");
  host.tick();
  CHECK(host.lines() == call + "now=2 max=5 opened=11 closed=9 attempts=11 event\n");
}

TEST_CASE("a caller of whom nothing was found out has exited") {
  BusyHost host;
  host.happens("active 10.0.0.9:5432 < 10.0.0.1 wget/66 attempts=1 opened=1 closed=1");
  host.tick();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 ?exited opened=1 closed=1 attempts=1 event\n");
}

TEST_CASE("two callers of one server are two flows") {
  BusyHost host;
  host.knows(apache);
  host.happens(call + "attempts=1 opened=1 closed=1");
  host.happens("active 10.0.0.9:5432 < 10.0.0.1 apache/9 attempts=1 failed=1");
  host.tick();
  CHECK(host.lines() == "active 10.0.0.9:5432 < 10.0.0.1 apache/9 failed=1 attempts=1 event\n" +
                            call + "opened=1 closed=1 attempts=1 event\n");
}

TEST_CASE("a program that has called once is remembered for as long as something stands") {
  BusyHost host;
  host.happens(call + "attempts=1 opened=1");
  host.tick();
  host.next_window();
  host.happens("active 10.0.0.9:5432 < 10.0.0.1 curl/8 closed=1");
  host.tick();
  CHECK(host.lines() == call + "max=1 closed=1 event\n");
}

TEST_CASE("an attempt that waits is failed until it is answered") {
  BusyHost host;
  host.happens(call + "attempts=1");
  host.tick();
  CHECK(host.lines() == call + "failed=1 pending=1 attempts=1 event\n");
  host.happens(call + "opened=1");
  host.tick();
  CHECK(host.lines() == call + "now=1 opened=1 attempts=1 event\n");
}

TEST_CASE("an attempt that waits over the end of a window counts as failed in the first alone") {
  BusyHost host;
  host.happens(call + "attempts=1");
  host.tick();
  host.next_window();
  CHECK(host.lines() == call + "pending=1 event\n");
  host.happens(call + "failed=1");
  host.tick();
  CHECK(host.lines() == call + "event\n");
}

TEST_CASE("an attempt that is answered in a later window opens there") {
  BusyHost host;
  host.happens(call + "attempts=1");
  host.tick();
  host.next_window();
  host.happens(call + "opened=1 peak=1");
  host.tick();
  CHECK(host.lines() == call + "now=1 max=1 opened=1 event\n");
}

TEST_CASE("an attempt that a look has met, and one that an event has told, are not mixed up") {
  WatchedHost host;
  host.look();
  const auto waits = host.attempts("10.0.0.1:40000", "10.0.0.9:5432", curl);
  host.look();
  host.next_window();
  host.socket(waits).state = SocketState::established;
  host.look();
  host.knows(curl);
  host.happens(call + "attempts=1");
  host.look();
  host.happens(call + "opened=1 peak=1");
  host.look();
  CHECK(host.lines() == call + "now=2 max=2 opened=2 attempts=1 event\n");
}

TEST_CASE("an attempt of this window fails in it, whatever an earlier one left") {
  BusyHost host;
  host.happens(call + "attempts=1");
  host.tick();
  host.next_window();
  host.happens(call + "attempts=2 failed=2");
  host.tick();
  CHECK(host.lines() == call + "failed=2 pending=1 attempts=2 event\n");
  host.happens(call + "failed=1");
  host.tick();
  CHECK(host.lines() == call + "failed=2 attempts=2 event\n");
}

TEST_CASE("trap 8: a connection that no look has met is its listener's") {
  BusyHost host;
  host.happens(visit + "opened=1 closed=1 peak=1 sent=5");
  host.tick();
  CHECK(host.lines() == visit + "nginx/7 max=1 opened=1 closed=1 sent=5 event\n");
}

TEST_CASE("trap 10: a listener of two programs makes two flows of a connection") {
  BusyHost host;
  host.listens("0.0.0.0:80", apache);
  host.happens(visit + "opened=1 closed=1 sent=5");
  host.tick();
  CHECK(host.lines() == visit + "apache/9 opened=1 closed=1 sent=5 event\n" + visit +
                            "nginx/7 opened=1 closed=1 sent=5 event\n");
}

TEST_CASE("a connection whose listener nobody has seen is nobody's") {
  BusyHost host;
  host.happens("passive 10.0.0.1:81 < 10.0.0.2 opened=1 closed=1");
  host.tick();
  host.tick();
  CHECK(host.lines() == "passive 10.0.0.1:81 < 10.0.0.2 ?exited opened=1 closed=1 event\n");
}

TEST_CASE("a connection that was quicker than the look at its listener waits for the next one") {
  BusyHost host;
  host.happens("passive 10.0.0.1:81 < 10.0.0.2 opened=2 closed=1 peak=1");
  host.tick();
  CHECK(host.lines().empty());
  host.listens("0.0.0.0:81", apache);
  host.happens("passive 10.0.0.1:81 < 10.0.0.2 opened=1 closed=1 peak=1");
  host.tick();
  CHECK(host.lines() ==
        "passive 10.0.0.1:81 < 10.0.0.2 apache/9 now=1 max=2 opened=3 closed=2 event\n");
}

TEST_CASE("a connection that is taken over does not wait for its listener") {
  BusyHost host;
  host.happens("passive 10.0.0.1:81 < 10.0.0.2 opened=1 peak=1");
  const auto met = host.connects("10.0.0.1:81", "10.0.0.2:40000", apache);
  host.takes_over(met, "passive 10.0.0.1:81 < 10.0.0.2");
  host.look();
  host.tick();
  CHECK(host.lines() == "passive 10.0.0.1:81 < 10.0.0.2 apache/9 now=1 max=1 opened=1 event\n");
}

TEST_CASE("a connection of a listener that has gone of late is that one's") {
  BusyHost host;
  host.goes(host.listener);
  host.happens(visit + "opened=1 closed=1");
  host.tick();
  CHECK(host.lines() == visit + "nginx/7 opened=1 closed=1 event\n");
}

TEST_CASE("trap 2: what closes after its listener has gone is still that one's") {
  BusyHost host;
  host.happens(visit + "opened=1 peak=1");
  host.tick();
  host.goes(host.listener);
  for (int looks = 0; looks < 3; ++looks) host.look();
  host.happens(visit + "closed=1");
  host.tick();
  CHECK(host.lines() == visit + "nginx/7 max=1 opened=1 closed=1 event\n");
}

TEST_CASE("a connection of a port that was given to another is the other's alone") {
  BusyHost host;
  host.is_served_by(apache);
  host.happens(visit + "opened=1 closed=1");
  host.tick();
  CHECK(host.lines() == visit + "apache/9 opened=1 closed=1 event\n");
}

TEST_CASE("what waits at a port that is given to another waits for the other") {
  BusyHost host;
  host.happens(visit + "opened=1 peak=1");
  host.tick();
  host.is_served_by(apache);
  host.happens(visit + "opened=1 peak=1");
  host.tick();
  host.next_window();
  CHECK(host.lines() == visit + "apache/9 now=2 max=2 event\n");
}

TEST_CASE("an ending without an opening had one, which was lost") {
  BusyHost host;
  host.happens(visit + "closed=2 received=7");
  host.tick();
  CHECK(host.lines() == visit + "nginx/7 opened=2 closed=2 received=7 event\n");
}

TEST_CASE("endings that were lost are known by what a look has left") {
  BusyHost host;
  host.happens(call + "attempts=4 opened=3 peak=3");
  host.loses_events();
  host.look();
  host.has_left(call, {.now = 1, .pending = 0});
  host.look();
  CHECK(host.lines() == call + "now=1 max=3 opened=3 closed=2 failed=1 attempts=4 event\n");
}

TEST_CASE("a flow of which a look has left nothing is over") {
  BusyHost host;
  host.happens(call + "attempts=1 opened=1 peak=1");
  host.loses_events();
  host.look();
  host.has_left_nothing();
  host.look();
  CHECK(host.lines() == call + "max=1 opened=1 closed=1 attempts=1 event\n");
  CHECK(host.events().size() == 0);
}

TEST_CASE("of a flow that moves the most that can be left is known") {
  BusyHost host;
  host.happens(call + "attempts=5 opened=5 peak=5");
  host.loses_events();
  host.look();
  host.has_left_nothing();
  host.happens(call + "attempts=2 opened=2 peak=2");
  host.look();
  CHECK(host.lines() == call + "now=2 max=7 opened=7 closed=5 attempts=7 event\n");
}

TEST_CASE("a flow that has moved is mended when it is still") {
  BusyHost host;
  host.happens(call + "attempts=1 opened=1 peak=1");
  host.loses_events();
  host.look();
  host.has_left_nothing();
  host.happens(call + "attempts=1 opened=1 peak=1");
  host.look();
  host.has_left_nothing();
  host.look();
  CHECK(host.lines() == call + "max=2 opened=2 closed=2 attempts=2 event\n");
}

TEST_CASE("what one look misses is left as it is") {
  BusyHost host;
  host.happens(call + "attempts=2 opened=1 peak=1");
  host.look();
  host.has_left_nothing();
  host.look();
  host.has_left(call, {.now = 1, .pending = 1});
  host.look();
  host.has_left_nothing();
  host.look();
  CHECK(host.lines() == call + "now=1 max=1 opened=1 failed=1 pending=1 attempts=2 event\n");
  CHECK(host.events().unannounced_ends() == 0);
}

TEST_CASE("what two looks miss has ended, though nobody has said that this was lost") {
  BusyHost host;
  host.happens(call + "attempts=4 opened=3 peak=3");
  host.look();
  for (int looks = 0; looks < 2; ++looks) {
    host.has_left(call, {.now = 1, .pending = 0});
    host.look();
  }
  CHECK(host.lines() == call + "now=1 max=3 opened=3 closed=2 failed=1 attempts=4 event\n");
  CHECK(host.events().unannounced_ends() == 3);
}

TEST_CASE("rule 4: more than eight short-lived callers are one flow") {
  BusyHost host;
  for (int pid = 100; pid < 120; ++pid) {
    host.knows(process("curl", pid));
    host.happens("active 10.0.0.9:5432 < 10.0.0.1 curl/" + std::to_string(pid) +
                 " attempts=2 opened=1 failed=1 closed=1 peak=1 sent=3");
  }
  host.tick();
  CHECK(host.lines() ==
        "active 10.0.0.9:5432 < 10.0.0.1 curl/many groups=20 max=1 opened=20 closed=20 failed=20 "
        "attempts=40 sent=60 event\n");
  CHECK(host.events().size() == 0);
}

TEST_CASE("what the table has no room for is counted as dropped, and ends as quietly") {
  BusyHost host({.max_flows = 1});
  host.happens(visit + "opened=1 peak=1");
  host.happens(call + "attempts=1 opened=1");
  host.tick();
  CHECK(host.table().dropped() == 1);
  host.happens(call + "closed=1");
  host.happens(visit + "closed=1");
  host.tick();
  CHECK(host.lines() == visit + "nginx/7 max=1 opened=1 closed=1 event\n");
}
