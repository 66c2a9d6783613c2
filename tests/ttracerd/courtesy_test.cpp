#include "ttracerd/courtesy.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <thread>

using namespace ttq;
using namespace std::chrono_literals;

TEST_CASE("a tick that gets the CPU when it wants it stays behind everybody else") {
  Courtesy courtesy(1s);
  CHECK(courtesy.after_tick(20ms, 19ms) == CpuClass::idle);
  CHECK(courtesy.after_tick(900ms, 890ms) == CpuClass::idle);  // long, but not kept waiting
}

TEST_CASE("a tick that was kept off the CPU is followed by a while of insisting") {
  Courtesy courtesy(1s);
  CHECK(courtesy.after_tick(800ms, 20ms) == CpuClass::batch);
  for (int tick = 1; tick < 60; ++tick) {
    REQUIRE(courtesy.after_tick(20ms, 19ms) == CpuClass::batch);
  }
  CHECK(courtesy.after_tick(20ms, 19ms) == CpuClass::idle);
}

TEST_CASE("a thread enters its class, and leaves the others where they are") {
  int inside = -1;
  std::thread([&] {
    enter(CpuClass::idle);
    inside = ::sched_getscheduler(0);
  }).join();
  CHECK(inside == SCHED_IDLE);
  CHECK(::sched_getscheduler(0) == SCHED_OTHER);
}
