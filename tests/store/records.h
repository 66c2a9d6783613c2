// Records to test with: one flow, listener and window, and what differs said by the test.
#pragma once

#include <string_view>

#include "ttq/store.h"

namespace ttq::test {

inline Address address(std::string_view text) { return Address::parse(text).value(); }

inline Time at(std::string_view text) { return parse_time(text).value(); }

/// Minute `n` of a day in 2026.
inline Window minute(int n) { return {at("2026-01-02T00:00:00Z") + std::chrono::minutes(n)}; }

inline Span minutes(int from, int to) { return {minute(from).start, minute(to).start}; }

inline Process process(std::string_view name, std::int32_t pgid) {
  Process process;
  process.key = {.pgid = pgid, .pid = pgid, .mark = 0x0123456789abcdef};
  process.name = name;
  process.pgid = pgid;
  process.exe = "/usr/sbin/" + std::string(name);
  process.uid = 33;
  process.unit = std::string(name) + ".service";
  return process;
}

/// nginx on 10.0.0.10:80 with `client` before it, over one window.
inline Flow flow(std::string_view client, const Window& window, Connections connections) {
  Flow flow;
  flow.owner = Owner::of(process("nginx", 4656));
  flow.key = {.listen = {Protocol::tcp, address("10.0.0.10"), 80},
              .client = address(client),
              .role = Role::passive,
              .netns = 4026531840,
              .process = flow.owner.key()};
  flow.connections = connections;
  flow.first_seen = window.start + std::chrono::seconds(1);
  flow.last_seen = window.start + std::chrono::seconds(58);
  flow.evidence = Evidence::listener;
  return flow;
}

inline Flow owned_by(Flow flow, Owner owner) {
  flow.owner = std::move(owner);
  flow.key.process = flow.owner.key();
  return flow;
}

inline Listener listener(std::uint16_t port, const Window& window) {
  return {.endpoint = {Protocol::tcp, Address{}, port},
          .netns = 4026531840,
          .owner = Owner::of(process("nginx", 4656)),
          .v6only = false,
          .first_seen = window.start,
          .last_seen = window.start + std::chrono::seconds(59)};
}

inline Coverage watched(const Window& window) {
  return {window.span(), std::chrono::seconds(1), 0};
}

}  // namespace ttq::test
