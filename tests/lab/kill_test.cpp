#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "lab/picture.h"
#include "lab/servers.h"
#include "lab/victim.h"

using namespace ttq::lab;
using namespace std::chrono_literals;

TEST_CASE(
    "a daemon that is killed 30 times while it writes loses no closed window and tells gaps") {
  Lab lab;
  Host& host = lab.host("server", "10.0.0.2");
  serve(host, 80);
  hold(host, "10.0.0.2", 80, 10);
  wrk(host, "http://127.0.0.1:1/");  // refused connects: sockets that come and go
  Victim victim(host);
  std::vector<ttq::Time> gaps;
  for (int round = 0; round < 30; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250 + 13 * round));  // never in step
    victim.remember();
    CHECK(victim.daemon().kill() == 128 + SIGKILL);  // both of its processes
    std::this_thread::sleep_for(200ms);
    gaps.push_back(wall_clock());
    std::this_thread::sleep_for(100ms);
    victim.daemon().start();
  }
  CHECK(victim.remembered() > 15);
  CHECK(victim.changed().empty());
  for (const ttq::Time gap : gaps) CHECK_FALSE(victim.covered(gap));
  const ttq::Time last = wall_clock();
  CAPTURE(ttq::print_time(last));
  CHECK(eventually(5s, [&] { return victim.covered(last); }));
}
