// What a target means, and what is said when it means nothing.
#include <doctest/doctest.h>

#include "support/scene.h"

using namespace ttq;
using namespace ttq::test;

namespace {

constexpr auto two_servers = R"(
  web 10.0.0.1 nginx/1 listens 80 443 calls 10.0.0.3:5432
  web sshd/2 listens 22
  web ?time_wait serves 10.0.0.2 at 10.0.0.1:8080
  app 10.0.0.2 python/3 calls 10.0.0.1:80 calls 10.0.0.1:443 calls 10.0.0.1:22
  db 10.0.0.3 postgres/4 listens 5432
)";

}  // namespace

TEST_CASE("HOST:PORT is whoever listens there, and only who comes through that port") {
  Scene scene(two_servers);
  CHECK(ask(scene, "show web:443") == R"(
*web nginx/1 -> db postgres/4 at 10.0.0.3:5432 x1
app python/3 -> *web nginx/1 at 10.0.0.1:443 x1
complete
)");
}

TEST_CASE("--process and --pgid narrow, and leave out what nobody owns") {
  Scene scene(two_servers);
  constexpr auto through_ssh = R"(
app python/3 -> *web sshd/2 at 10.0.0.1:22 x1
complete
)";
  CHECK(ask(scene, "show web name=sshd") == through_ssh);
  CHECK(ask(scene, "show web pgid=2") == through_ssh);
  CHECK(ask(scene, "show web:22 name=sshd") == through_ssh);
}

TEST_CASE("a port that comes again through a cycle is not narrowed any more") {
  // What breaks without a:80 is b; without b, all of a, and so c too.
  Scene scene(R"(
    a 10.0.0.1 one/1 listens 80 81 calls 10.0.0.2:80
    b 10.0.0.2 two/2 listens 80 calls 10.0.0.1:80
    c 10.0.0.3 three/3 calls 10.0.0.1:81
  )");
  CHECK(ask(scene, "impact a:80") == R"(
*a one/1 -> b two/2 at 10.0.0.2:80 x1
b two/2 -> *a one/1 at 10.0.0.1:80 x1
c three/3 -> *a one/1 at 10.0.0.1:81 x1
complete
)");
}

TEST_CASE("nothing selected says why") {
  Scene scene(R"(
    web 10.0.0.1 nginx/1 listens 80
    idle 10.0.0.2
  )");
  CHECK(ask(scene, "show web:81") ==
        "\n! nothing_found web: nothing was seen listening on port 81 of web\ncomplete\n");
  CHECK(ask(scene, "show web name=redis") ==
        "\n! nothing_found web: no process named redis has flows or listeners on web in the span\n"
        "complete\n");
  CHECK(ask(scene, "show web:80 pgid=7") ==
        "\n! nothing_found web: no process with pgid 7 was seen listening on port 80 of web\n"
        "complete\n");
  CHECK(ask(scene, "show idle") ==
        "\n! nothing_found idle: idle saw no flows and no listeners in the span "
        "(what is ttracerd's own is left out without --self)\ncomplete\n");
}

TEST_CASE("trap 25: nothing in a span that nobody watched is not an answer") {
  Scene scene("web 10.0.0.1");
  scene.at("web").coverage.clear();
  CHECK(ask(scene, "show web") == R"(
! coverage_gap web: web was watched for 0s of 1h
! nothing_found web: web was not watched between 2026-01-02T02:04:05Z and 2026-01-02T03:04:05Z
complete
)");
}

TEST_CASE("trap 25: a listener that nobody is known to hold is shown, and not left out") {
  Scene scene("web 10.0.0.1 ?no_permission listens 22 nginx/7 listens 80");
  CHECK(ask(scene, "show web") == "\n*web nginx/7\n*web 0.0.0.0?no_permission\nincomplete\n");
}

TEST_CASE("a port whose listener nobody may look at is an end without a name") {
  Scene scene("web 10.0.0.1 ?no_permission listens 80");
  CHECK(ask(scene, "show web:80") == "\n*web 0.0.0.0?no_permission\nincomplete\n");
}

TEST_CASE("the tool's own questions are left out, unless somebody wants to see them") {
  Scene scene(R"(
    web 10.0.0.1 ttracerd/1 listens 18870
    web nginx/2 listens 80
    web ?time_wait serves 10.0.0.2 at 10.0.0.1:18870
    admin 10.0.0.2 ttq/3 calls 10.0.0.1:18870
    admin ?time_wait calls 10.0.0.1:18870 alone
    admin curl/4 calls 10.0.0.1:18870
  )");
  CHECK(ask(scene, "show web") == "\n*web nginx/2\ncomplete\n");
  CHECK(ask(scene, "show admin") == "\n*admin curl/4\ncomplete\n");
  CHECK(ask(scene, "impact web:18870 name=ttracerd self") == R"(
admin curl/4 -> *web ttracerd/1 at 10.0.0.1:18870 x1 (ambiguous)
admin ttq/3 -> *web ttracerd/1 at 10.0.0.1:18870 x1 (ambiguous)
admin 10.0.0.2?time_wait -> *web ttracerd/1 at 10.0.0.1:18870 x1 (ambiguous)
! owner_unknown admin: admin cannot name the process at its end of 10.0.0.2 to 10.0.0.1:18870: time_wait
incomplete
)");
}
