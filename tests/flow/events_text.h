// What events tell, as a line of text: "active 10.0.0.9:5432 < 10.0.0.1 curl/8 attempts=2
// opened=1". Of a passive flow no program is told: "passive 10.0.0.1:80 < 10.0.0.2 opened=1
// closed=1 peak=1"; of UDP it always is: "passive udp 0.0.0.0:53 < 10.0.0.2 dnsmasq/9 opened=1
// datagrams=2", with "port" behind it where it is a guess.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <sstream>
#include <string>

#include "base/text.h"
#include "ttq/flow_events.h"

namespace ttq::test {

/// "10.0.0.1:80", "[::1]:80"
inline Endpoint endpoint(std::string_view text, Protocol proto = Protocol::tcp) {
  const auto colon = text.rfind(':');
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
  return {proto, Address::parse(address).value(), parse_port(text.substr(colon + 1)).value()};
}

/// Another spelling of the same pid is the same program.
inline ProgramMark mark_of(std::int32_t pid) {
  return {.pid = pid, .start_time = static_cast<std::uint64_t>(pid) * 1000, .image = 1};
}

inline std::uint64_t& count_named(const std::string& name, FlowEvents& events) {
  if (name == "attempts") return events.traffic.attempts;
  if (name == "opened") return events.opened;
  if (name == "failed") return events.failed;
  if (name == "closed") return events.closed;
  if (name == "datagrams") return events.datagrams;
  if (name == "taken_ended") return events.taken_ended;
  if (name == "peak") return events.peak;
  if (name == "sent") return events.traffic.bytes_sent;
  REQUIRE(name == "received");
  return events.traffic.bytes_received;
}

/// A program that asks is told with its first attempt, one that exchanges datagrams each time.
inline FlowEvents parse_events(const std::string& line) {
  std::istringstream words(line);
  std::string role;
  std::string listen;
  std::string arrow;
  std::string client;
  words >> role >> listen;
  const auto proto = listen == "udp" ? Protocol::udp : Protocol::tcp;
  if (proto == Protocol::udp) words >> listen;
  words >> arrow >> client;
  FlowEvents events;
  events.flow.role = parse_role(role).value();
  events.flow.listen = endpoint(listen, proto);
  events.flow.client = Address::parse(client).value();
  for (std::string word; words >> word;) {
    if (const auto slash = word.find('/'); slash != std::string::npos) {
      events.flow.program = mark_of(std::stoi(word.substr(slash + 1)));
      continue;
    }
    if (const auto evidence = parse_evidence(word)) {
      events.evidence = *evidence;
      continue;
    }
    const auto equals = word.find('=');
    count_named(word.substr(0, equals), events) = std::stoull(word.substr(equals + 1));
  }
  if (events.traffic.attempts + events.datagrams > 0)
    events.caller = Caller{.mark = events.flow.program};
  return events;
}

}  // namespace ttq::test
