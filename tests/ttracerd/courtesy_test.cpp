#include "ttracerd/courtesy.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <map>
#include <thread>

#include "ttracerd/courtesy_threads.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

/// The class after so many ticks that were, or were not, held up.
CpuClass after(Courtesy& courtesy, int ticks, bool held_up = false) {
  CpuClass last{};
  for (; ticks > 0; --ticks) last = courtesy.after_tick(held_up ? 800ms : 20ms, 19ms);
  return last;
}

}  // namespace

TEST_CASE(
    "on a host that is not busy the collector is soon behind everybody else, and stays there") {
  Courtesy courtesy(1s);
  CHECK(after(courtesy, 59) == CpuClass::batch);
  CHECK(after(courtesy, 1) == CpuClass::idle);
  CHECK(after(courtesy, 5'000) == CpuClass::idle);
  CHECK(courtesy.after_tick(900ms, 890ms) == CpuClass::idle);  // long, but not kept waiting
}

TEST_CASE("a tick that was kept off the CPU is followed by a step up, and another if need be") {
  Courtesy courtesy(1s);
  after(courtesy, 200);
  CHECK(after(courtesy, 1, true) == CpuClass::batch);
  CHECK(after(courtesy, 1, true) == CpuClass::ordinary);
  CHECK(after(courtesy, 1, true) == CpuClass::ordinary);
}

TEST_CASE("where a step down is punished at once, the next one is tried later") {
  Courtesy courtesy(1s);
  after(courtesy, 200);
  CHECK(after(courtesy, 1, true) == CpuClass::batch);
  CHECK(after(courtesy, 60) == CpuClass::idle);
  CHECK(after(courtesy, 1, true) == CpuClass::batch);
  CHECK(after(courtesy, 119) == CpuClass::batch);
  CHECK(after(courtesy, 1) == CpuClass::idle);
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

TEST_CASE("each class has a thread of its own, which is put there and stays") {
  CourtesyThreads threads;
  const auto here = std::this_thread::get_id();
  std::map<CpuClass, std::thread::id> ids;
  std::map<CpuClass, int> policies;
  for (const CpuClass cpu_class : {CpuClass::batch, CpuClass::idle, CpuClass::ordinary}) {
    threads.run(cpu_class, [&] {
      ids[cpu_class] = std::this_thread::get_id();
      policies[cpu_class] = ::sched_getscheduler(0);
    });
  }
  CHECK(policies[CpuClass::idle] == SCHED_IDLE);
  CHECK(policies[CpuClass::batch] == SCHED_BATCH);
  CHECK(policies[CpuClass::ordinary] == SCHED_BATCH);
  CHECK(::sched_getscheduler(0) == SCHED_OTHER);
  for (const auto& [cpu_class, id] : ids) {
    CHECK(id != here);
    threads.run(cpu_class, [&, expected = id] { CHECK(std::this_thread::get_id() == expected); });
  }
}
