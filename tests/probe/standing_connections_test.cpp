// Which connections a look takes over from the counter, and which it leaves: over loopback, against
// the kernel that runs the test.
#include <doctest/doctest.h>

#include "counted.h"

using namespace ttq;
using test::accept_from;
using test::attach;
using test::connect_to;
using test::Connection;
using test::cookie_of;
using test::listen_anywhere;
using test::pass;
using test::port_of;
using test::standing_at;
using test::Tally;
using test::Unanswered;

namespace {

std::vector<std::uint64_t> cookies(const std::vector<TakenOver>& taken) {
  std::vector<std::uint64_t> sorted;
  for (const TakenOver& one : taken) sorted.push_back(one.cookie);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace

TEST_CASE("what a process holds is taken over once, with its cookie") {
  auto counter = attach();
  if (!counter) return;
  const Connection both;
  const auto first = standing_at(*counter, port_of(both.listener));
  std::vector<std::uint64_t> right{cookie_of(both.client), cookie_of(both.accepted)};
  std::sort(right.begin(), right.end());
  CHECK(cookies(first.taken_over) == right);
  CHECK(first.others.empty());
  const auto second = standing_at(*counter, port_of(both.listener));
  CHECK(second.taken_over.empty());
  CHECK(second.others.empty());
}

TEST_CASE("what is taken over is as old as it is") {
  auto counter = attach();
  if (!counter) return;
  const auto before = std::chrono::steady_clock::now();
  const Connection both;
  ::poll(nullptr, 0, 20);
  const auto standing = standing_at(*counter, port_of(both.listener));
  const auto after = std::chrono::steady_clock::now();
  REQUIRE(standing.taken_over.size() == 2);
  for (const TakenOver& one : standing.taken_over) {
    CHECK(one.age >= Duration(20));
    CHECK(one.age <= after - before);
  }
}

TEST_CASE("trap 8: what nobody has accepted is left, and taken over once somebody has") {
  auto counter = attach();
  if (!counter) return;
  const UniqueFd listener = listen_anywhere();
  const UniqueFd client = connect_to(port_of(listener));
  const auto waits = standing_at(*counter, port_of(listener));
  CHECK(cookies(waits.taken_over) == std::vector{cookie_of(client)});
  REQUIRE(waits.others.size() == 1);
  CHECK(waits.others[0].flow.role == Role::passive);
  CHECK_FALSE(waits.others[0].attempt);
  const UniqueFd accepted = accept_from(listener);
  CHECK(cookies(standing_at(*counter, port_of(listener)).taken_over) ==
        std::vector{cookie_of(accepted)});
}

TEST_CASE("an attempt is left until it is answered") {
  auto counter = attach();
  if (!counter) return;
  const Unanswered scene;
  const auto standing = standing_at(*counter, port_of(scene.listener));
  const auto attempt = std::find_if(standing.others.begin(), standing.others.end(),
                                    [](const auto& other) { return other.attempt; });
  REQUIRE(attempt != standing.others.end());
  CHECK(attempt->cookie == cookie_of(scene.waiting));
}

TEST_CASE("no more is taken over than there is room for, and the rest by the next look") {
  auto counter = attach();
  if (!counter) return;
  const Connection both;
  standing_at(*counter, 0);  // what others have on this machine
  const Connection more;
  const auto none = standing_at(*counter, port_of(more.listener), 0);
  CHECK(none.taken_over.empty());
  CHECK(none.others.size() == 2);
  CHECK(standing_at(*counter, port_of(more.listener)).taken_over.size() == 2);
}

TEST_CASE("what was taken over is told to end as such, with the bytes that were not told before") {
  auto counter = attach();
  if (!counter) return;
  Connection both;
  Tally tally(*counter, port_of(both.listener));
  pass(both.client, both.accepted, "question");
  standing_at(*counter, port_of(both.listener));
  const std::string stands =
      "active 127.0.0.1 < 127.0.0.1 attempts=1 opened=1 peak=1 sent=8\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=1 peak=1 received=8\n";
  CHECK(tally.lines(stands) == stands);
  pass(both.client, both.accepted, "one more");
  both.client = UniqueFd();
  both.accepted = UniqueFd();
  const std::string ended =
      "active 127.0.0.1 < 127.0.0.1 attempts=1 opened=1 taken_ended=1 peak=1 sent=16\n"
      "passive 127.0.0.1 < 127.0.0.1 opened=1 taken_ended=1 peak=1 received=16\n";
  CHECK(tally.lines(ended) == ended);
}

TEST_CASE("more than are read at once are taken over all the same, each once") {
  auto counter = attach();
  if (!counter) return;
  const UniqueFd listener = listen_anywhere(300);
  std::vector<UniqueFd> held;
  std::vector<std::uint64_t> right;
  for (int n = 0; n < 200; ++n) {
    held.push_back(connect_to(port_of(listener)));
    right.push_back(cookie_of(held.back()));
    held.push_back(accept_from(listener));
    right.push_back(cookie_of(held.back()));
  }
  std::sort(right.begin(), right.end());
  CHECK(cookies(standing_at(*counter, port_of(listener)).taken_over) == right);
}

TEST_CASE("what there is no room for is lost, and that is said") {
  auto counter = attach({.flows = 2});
  if (!counter) return;
  const Connection one;
  const Connection other;
  CHECK(counter->lost() >= 2);
  CHECK(standing_at(*counter, port_of(other.listener)).taken_over.empty());
}
