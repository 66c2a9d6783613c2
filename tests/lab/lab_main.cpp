// The main of every lab test: doctest, where a lab can be built; else a reason and Meson's
// "skipped". So it is with the suite "events", scenes of what only kernel events tell, where no
// daemon sees them, or $TTRACERD_PROBE does not want to.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "lab/daemon.h"
#include "lab/lab.h"

namespace {

/// Empty: there are events.
std::string missing_events(std::string_view probe) {
  if (probe == "netlink") return "$TTRACERD_PROBE is netlink";
  return ttq::lab::event_obstacle();
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int skipped = 77;
  if (const std::string reason = ttq::lab::obstacle(); !reason.empty()) {
    std::cout << "skipped: " << reason << '\n';
    return skipped;
  }
  const char* probe = std::getenv("TTRACERD_PROBE");
  doctest::Context context(argc, argv);
  if (const auto reason = missing_events(probe == nullptr ? "" : probe); !reason.empty()) {
    std::cout << "skipped: scenes about events: " << reason << '\n';
    if (probe != nullptr && std::string_view(probe) == "ebpf") return skipped;
    context.addFilter("test-suite-exclude", "events");
  }
  return context.run();
}
