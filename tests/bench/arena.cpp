#include "bench/arena.h"

#include <sched.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace ttq::bench {
namespace {

void ip(const std::string& words) {
  const int status = std::system(("ip " + words).c_str());
  if (status == 0) return;
  std::fprintf(stderr, "walk-bench: failed: ip %s\n", words.c_str());
  std::exit(1);
}

}  // namespace

/// The way to nowhere is one end of a veth pair that does not ask for hardware addresses: its
/// frames come out at the other end addressed to the first, and are nobody's there.
void enter_arena() {
  if (unshare(CLONE_NEWNET) != 0) {
    std::perror("walk-bench: a network namespace of its own");
    std::exit(77);
  }
  ip("link set lo up");
  ip("rule add lookup local priority 2");
  ip("rule delete lookup local priority 0");
  ip("address add 10.0.0.1/32 dev lo");
  ip("route add local 10.0.0.0/8 dev lo");
  ip("link add nowhere type veth peer name lost");
  ip("link set nowhere arp off");
  ip("link set nowhere up");
  ip("link set lost up");
}

void lose_packets(bool lose) {
  static bool lost = false;
  if (lose == lost) return;
  lost = lose;
  // The rule goes first: the table of local addresses would be looked at before any other.
  const std::string verb = lose ? "add" : "delete";
  ip("route " + verb + " 10.128.0.0/9 dev nowhere src 10.0.0.1 table 100");
  ip("rule " + verb + " to 10.128.0.0/9 lookup 100 priority 1");
}

}  // namespace ttq::bench
