#include "ttracerd/host_facts.h"

#include <doctest/doctest.h>

#include "../join/proc_tree.h"

using namespace ttq;

TEST_CASE("a machine that was cloned with its store is another instance, and stays the same one") {
  const std::string store = "a7c0ffee00000000a7c0ffee00000000";
  CHECK(running_instance(store, "boot 1") == running_instance(store, "boot 1"));
  CHECK(running_instance(store, "boot 1") != running_instance(store, "boot 2"));
  CHECK(running_instance(store, "boot 1") != running_instance("b" + store, "boot 1"));
}

TEST_CASE("the host's id is made from the machine id, and does not give it away") {
  test::ProcTree files;
  files.write("machine-id", "0123456789abcdef0123456789abcdef\n");
  const auto id = application_machine_id(files.root() / "machine-id");
  REQUIRE(id);
  CHECK(id->size() == 32);
  CHECK(*id != "0123456789abcdef0123456789abcdef");
  CHECK(*id == application_machine_id(files.root() / "machine-id"));
  files.write("machine-id", "0123456789abcdef0123456789abcde0\n");
  CHECK(id != application_machine_id(files.root() / "machine-id"));
}

TEST_CASE("without a usable machine id there is none") {
  test::ProcTree files;
  CHECK_FALSE(application_machine_id(files.root() / "machine-id").has_value());
  for (const char* bad : {"", "uninitialized\n", "0123\n"}) {
    files.write("machine-id", bad);
    CHECK_FALSE(application_machine_id(files.root() / "machine-id").has_value());
  }
}

TEST_CASE("the ephemeral range is the kernel's, or its default") {
  test::ProcTree proc;
  CHECK(ephemeral_ports(proc.root()).first == 32768);
  proc.write("sys/net/ipv4/ip_local_port_range", "20000\t30000\n");
  CHECK(ephemeral_ports(proc.root()).first == 20000);
  CHECK(ephemeral_ports(proc.root()).last == 30000);
  for (const char* bad : {"", "x y\n", "30000 20000\n", "1 99999\n"}) {
    proc.write("sys/net/ipv4/ip_local_port_range", bad);
    CHECK(ephemeral_ports(proc.root()).last == 60999);
  }
}

TEST_CASE("loopback is not one of the host's addresses") {
  for (const Address& address : host_addresses()) CHECK_FALSE(address.is_loopback());
}
