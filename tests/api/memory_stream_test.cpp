#include "api/memory_stream.h"

#include <doctest/doctest.h>

using namespace ttq;

namespace {

// Streams as versions of cpp-httplib have, or had, them: what is pure in them, and differs.

struct AsksOnce {  // 0.11 to 0.18
  virtual ~AsksOnce() = default;
  virtual bool is_writable() const = 0;
};

struct AsksOnceAndDuration : AsksOnce {  // between
  virtual time_t duration() const = 0;
};

struct Waits {  // 0.41
  virtual ~Waits() = default;
  virtual bool wait_readable() const = 0;
  virtual bool wait_writable() const = 0;
  virtual time_t duration() const = 0;
  static bool is_readable() { return true; }
};

}  // namespace

TEST_CASE("of a stream of any version all is answered that it asks about time") {
  const InstantStream<AsksOnce> first;
  const InstantStream<AsksOnceAndDuration> second;
  const InstantStream<Waits> third;
  CHECK(first.is_writable());
  CHECK(second.is_writable());
  CHECK(second.duration() == 0);
  CHECK(third.wait_writable());
  CHECK(third.wait_readable());
  CHECK(third.duration() == 0);
}

TEST_CASE("what is read is what was given, and what is written is kept") {
  MemoryStream stream("GET");
  char buffer[2];
  CHECK(stream.read(buffer, 2) == 2);
  CHECK(stream.is_readable());
  CHECK(stream.read(buffer, 2) == 1);
  CHECK_FALSE(stream.is_readable());
  CHECK(stream.read(buffer, 2) == 0);
  CHECK(stream.write("200", 3) == 3);
  CHECK(stream.output == "200");
}
