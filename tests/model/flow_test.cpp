#include "ttq/flow.h"

#include <doctest/doctest.h>

using namespace ttq;

TEST_CASE("traffic is added up, and what is not known adds nothing") {
  std::optional<Traffic> sum;
  add(sum, std::nullopt);
  CHECK_FALSE(sum.has_value());
  add(sum, Traffic{1, 2, 3, 4, 5, 6});
  add(sum, std::nullopt);
  add(sum, Traffic{10, 20, 30, 40, 50, 60});
  CHECK(sum == Traffic{11, 22, 33, 44, 55, 66});
}

TEST_CASE("the traffic of a flow's later window is added to that of the earlier ones") {
  Flow flow{.connections = {.now = 2, .max = 2}};
  Flow later = flow;
  later.traffic = Traffic{.attempts = 3, .bytes_sent = 100};
  absorb(flow, later);
  absorb(flow, later);
  CHECK(flow.connections.now == 2);
  CHECK(flow.traffic == Traffic{.attempts = 6, .bytes_sent = 200});
}
