// TARGET of ttq, addresses, and where a daemon listens.
#include <algorithm>

#include "api/listen_address.h"
#include "fuzz.h"
#include "ttq/target.h"

using namespace ttq;

namespace {

bool is_bare(char c) { return c > ' ' && c < 0x7F && c != '/' && c != '@' && c != '%'; }

void check_target(std::string_view bytes) {
  const auto target = parse_target(bytes);
  if (!target) return;
  const std::string& host = target->host;
  fuzz::require(host.empty() || host.front() != '-', "a host is no option");
  fuzz::require(std::all_of(host.begin(), host.end(), is_bare), "a host is a name or an address");
  fuzz::require(target->port != 0, "a port is not 0");
  const bool is_v6 = host.find(':') != std::string::npos;
  const std::string spelled =
      (is_v6 ? "[" + host + "]" : host) + (target->port ? ":" + std::to_string(*target->port) : "");
  if (spelled.empty()) return;
  const auto again = parse_target(spelled);
  fuzz::require(again && again->host == host && again->port == target->port,
                "a target is spelled as it can be read");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  check_target(bytes);
  if (const auto address = Address::parse(bytes)) {
    require(Address::parse(address->print()) == *address, "an address comes back");
  }
  if (const auto listen = parse_listen_address(bytes)) {
    const auto again = parse_listen_address(print_listen_address(*listen));
    require(again && *again == *listen, "a place to listen at comes back");
  }
}
