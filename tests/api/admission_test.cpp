// Seats are written as "ORIGIN STAKE AGE": "a waiting 300" has let us wait for 300 ms.
#include "api/admission.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

#include "base/unique_fd.h"

using namespace ttq;
using namespace std::chrono_literals;

namespace {

const Seat::Moment now = Seat::Moment{} + 1h;
constexpr AdmissionLimits small{.connections = 4, .per_origin = 3};

Origin origin(char name) { return {{}, static_cast<uid_t>(name)}; }

Stake stake(const std::string& word) {
  if (word == "lingering") return Stake::lingering;
  if (word == "waiting") return Stake::waiting;
  return word == "reading" ? Stake::reading : Stake::fixed;
}

std::vector<Seat> seats(std::initializer_list<const char*> lines) {
  std::vector<Seat> all;
  for (const char* line : lines) {
    std::istringstream words(line);
    char name = 0;
    std::string word;
    int age = 0;
    words >> name >> word >> age;
    all.push_back({all.size() + 1, origin(name), stake(word), now - age * 1ms});
  }
  return all;
}

/// "enter", "refuse", or the number of the seat that is taken.
std::string comes(char name, std::initializer_list<const char*> lines) {
  const Decision decision = decide(seats(lines), origin(name), small, now);
  if (decision.reception == Reception::enter) return "enter";
  return decision.reception == Reception::refuse ? "refuse" : std::to_string(decision.place_of);
}

}  // namespace

TEST_CASE("who comes while there are places takes one") {
  CHECK(comes('a', {}) == "enter");
  CHECK(comes('a', {"a waiting 1", "a fixed 1", "b waiting 1"}) == "enter");
}

TEST_CASE("who holds most makes room, and of his the one that has let us wait for longest") {
  CHECK(comes('c', {"a waiting 900", "b waiting 20", "b waiting 30", "b waiting 10"}) == "3");
}

TEST_CASE("what costs least goes first: lingering, then waiting, then reading, and never a fixed") {
  CHECK(comes('b', {"a reading 9", "a waiting 9", "a lingering 1", "b fixed 9"}) == "3");
  CHECK(comes('b', {"a reading 9", "a waiting 1", "a fixed 9", "b waiting 9"}) == "2");
  CHECK(comes('b', {"a fixed 9", "a reading 1", "a fixed 9", "b waiting 9"}) == "2");
}

TEST_CASE("where all hold the same, the one that has let us wait for longest makes room") {
  CHECK(comes('e', {"a waiting 1", "b waiting 7", "c waiting 9", "d waiting 8"}) == "3");
}

TEST_CASE("nobody takes a place from who holds less") {
  CHECK(comes('a', {"a waiting 1", "a waiting 2", "b waiting 900", "c lingering 900"}) == "2");
  CHECK(comes('a', {"a fixed 1", "a fixed 2", "b waiting 900", "c lingering 900"}) == "refuse");
}

TEST_CASE("who has all that one origin may have makes room himself, or is refused") {
  CHECK(comes('a', {"a waiting 300", "a waiting 400", "a reading 900"}) == "2");
  CHECK(comes('a', {"a waiting 10", "a lingering 10", "a reading 900"}) == "2");
  // Two requests may be on their way, and the third has its answer coming.
  CHECK(comes('a', {"a waiting 10", "a waiting 20", "a reading 900"}) == "refuse");
}

TEST_CASE("there is room where a place is free or can be made") {
  CHECK(has_room(seats({"a fixed 1", "a fixed 1", "a fixed 1"}), small));
  CHECK(has_room(seats({"a fixed 1", "a fixed 1", "a fixed 1", "a reading 1"}), small));
  CHECK_FALSE(has_room(seats({"a fixed 1", "a fixed 1", "a fixed 1", "a fixed 1"}), small));
}

TEST_CASE("an IPv4 address stands for itself, and one of IPv6 for its network of 64 bits") {
  const auto of = [](const char* text) { return Origin::of(Address::parse(text).value()); };
  CHECK(of("10.0.0.1") == of("::ffff:10.0.0.1"));
  CHECK(of("10.0.0.1") != of("10.0.0.2"));
  CHECK(of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  CHECK(of("2001:db8:1:2::1") != of("2001:db8:1:3::1"));
}

TEST_CASE("the other end of a UNIX socket is its user") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd one(ends[0]);
  const UniqueFd other(ends[1]);
  CHECK(Origin::of(one.get()) == Origin{{}, ::getuid()});
}
