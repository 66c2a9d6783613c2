#include "walk/walker.h"

#include <doctest/doctest.h>

#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

TEST_CASE("the paper's figure: who is around nginx at depth 1") {
  Scene scene(R"(
    web 10.0.0.10 nginx/4656 listens 80 calls 10.0.0.12:8080
    web fluentd/2127 calls 10.0.0.13:24224
    client 10.0.0.11 wrk/5982 calls 10.0.0.10:80 x30
    app 10.0.0.12 python/6111 listens 8080
    log 10.0.0.13 fluentd/2001 listens 24224
  )");
  CHECK(ask(scene, "show web") == R"(
*web nginx/4656 -> app python/6111 at 10.0.0.12:8080 x1
*web fluentd/2127 -> log fluentd/2001 at 10.0.0.13:24224 x1
client wrk/5982 -> *web nginx/4656 at 10.0.0.10:80 x30
complete
)");
}

constexpr auto chain_of_five = R"(
  a 10.0.0.1 wrk/11 calls 10.0.0.2:80
  b 10.0.0.2 haproxy/12 listens 80 calls 10.0.0.3:80
  c 10.0.0.3 nginx/13 listens 80 calls 10.0.0.4:8080
  d 10.0.0.4 app/14 listens 8080 calls 10.0.0.5:5432
  e 10.0.0.5 postgres/15 listens 5432
)";

constexpr auto whole_chain = R"(
a wrk/11 -> b haproxy/12 at 10.0.0.2:80 x1
b haproxy/12 -> c nginx/13 at 10.0.0.3:80 x1
c nginx/13 -> d app/14 at 10.0.0.4:8080 x1
)";

TEST_CASE("a chain of five hosts: the impact of its end is all of it") {
  Scene scene(chain_of_five);
  CHECK(ask(scene, "impact e") == R"(
d app/14 -> *e postgres/15 at 10.0.0.5:5432 x1
c nginx/13 -> d app/14 at 10.0.0.4:8080 x1
b haproxy/12 -> c nginx/13 at 10.0.0.3:80 x1
a wrk/11 -> b haproxy/12 at 10.0.0.2:80 x1
complete
)");
}
