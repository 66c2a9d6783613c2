#include "ttracerd/reload.h"

#include <doctest/doctest.h>

using namespace ttq;
using namespace std::chrono_literals;

TEST_CASE("a running daemon takes up what its server has, and how often it looks") {
  Config read;
  read.listen = {"127.0.0.1:18870"};
  read.keeping.retention = 24h;
  read.pace.interval = 5s;
  read.cpu_budget = 0.01;
  read.host_name = "web2";
  const auto planned = plan_reload(Config{}, read);
  REQUIRE(planned);
  CHECK(planned->waiting.empty());
  CHECK(print_config(planned->config) == print_config(read));
}

TEST_CASE("what cannot change while it runs waits for a restart, and is named") {
  Config read;
  read.store = "/srv/ttracerd";
  read.pace.window = 5min;
  read.probe = "netlink";
  read.user = "somebody";
  read.group = "staff";
  read.pace.interval = 5s;
  const auto planned = plan_reload(Config{}, read);
  REQUIRE(planned);
  CHECK(planned->waiting ==
        std::vector<std::string_view>{"store", "window", "probe", "user", "group"});
  Config expected;
  expected.pace.interval = 5s;
  CHECK(print_config(planned->config) == print_config(expected));
}

TEST_CASE("what does not fit the window that stays is refused") {
  Config read;
  read.pace.window = 10min;
  read.pace.interval = 2min;
  REQUIRE(check(read));
  const auto planned = plan_reload(Config{}, read);
  REQUIRE_FALSE(planned);
  CHECK(planned.error().message == "interval: is longer than a window");
}

TEST_CASE("each setting is either taken up or waits for a restart") {
  const std::vector<std::pair<const char*, const char*>> others{
      {"store", "/srv/x"},  {"listen", "127.0.0.1:1"},
      {"interval", "7s"},   {"window", "2m"},
      {"flush", "9s"},      {"reconcile", "40s"},
      {"retention", "9d"},  {"max_size", "9MiB"},
      {"cpu_budget", "9%"}, {"probe", "netlink"},
      {"host_name", "x"},   {"host_id", "x"},
      {"user", "x"},        {"group", "x"},
      {"tls", "/srv/tls"},  {"insecure", "true"}};
  CHECK(others.size() == setting_names().size());
  for (const auto& other : others) {
    const char* name = other.first;
    CAPTURE(name);
    Config read;
    clear_list(read, name);
    REQUIRE(set(read, name, other.second));
    const auto planned = plan_reload(Config{}, read);
    REQUIRE(planned);
    const bool is_taken = print_setting(planned->config, name) == print_setting(read, name);
    CHECK(is_taken == planned->waiting.empty());
  }
}
