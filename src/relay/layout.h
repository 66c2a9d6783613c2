// How each noun is laid down in bytes: one description for both directions, so that they cannot
// differ. `Bytes` is a Put or a Take, and the noun is const for the first.
//
// Numbers are varints, signed ones zigzag; times are milliseconds since the epoch, in 8 bytes; a
// text has its length before it; what may be absent has a byte before it, 0 or 1.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "ttq/health.h"
#include "ttq/store.h"

namespace ttq {

class Put {
 public:
  template <class Number>
  void number(const Number& value) {
    out_.varint(static_cast<std::uint64_t>(value));
  }
  void integer(const std::int32_t& value) { out_.zigzag(value); }
  void real(const double& value) { out_.big_endian(std::bit_cast<std::uint64_t>(value), 8); }
  void flag(const bool& value) { out_.byte(value ? 1 : 0); }
  void time(const Time& value) { out_.time(value); }
  template <class Length>
  void length(const Length& value) {
    out_.zigzag(value.count());
  }
  void text(const std::string& value) { out_.text(value); }
  void address(const Address& value) {
    out_.raw({reinterpret_cast<const char*>(value.bytes().data()), value.bytes().size()});
  }
  template <class Choice>
  void choice(const Choice& value, Choice /*first*/, Choice /*last*/) {
    out_.byte(static_cast<std::uint8_t>(value));
  }
  template <class Value, class Lay>
  void optional(const std::optional<Value>& value, Lay lay) {
    flag(value.has_value());
    if (value) lay(*value);
  }
  /// One that is there.
  template <class Value, class Lay>
  void present(const std::optional<Value>& value, Lay lay) {
    lay(*value);
  }

  std::string take() && { return std::move(out_).take(); }

 private:
  ByteWriter out_;
};

/// Trusts nothing: what is not there, or cannot be, makes it unsound.
class Take {
 public:
  explicit Take(std::string_view bytes) : in_(bytes) {}

  template <class Number>
  void number(Number& value) {
    value = in_.varint_as<Number>();
  }
  void integer(std::int32_t& value) {
    const std::int64_t wide = in_.zigzag();
    value = static_cast<std::int32_t>(wide);
    if (value != wide) in_.fail();
  }
  void real(double& value) { value = std::bit_cast<double>(in_.fixed<std::uint64_t>()); }
  void flag(bool& value) {
    const std::uint8_t byte = in_.byte();
    if (byte > 1) in_.fail();
    value = byte == 1;
  }
  void time(Time& value) { value = in_.time(); }
  template <class Length>
  void length(Length& value) {
    value = Length(in_.zigzag());
  }
  void text(std::string& value) { value = in_.text(); }
  void address(Address& value) {
    Address::Bytes bytes{};
    in_.raw(bytes.size()).copy(reinterpret_cast<char*>(bytes.data()), bytes.size());
    value = Address::v6(bytes);
  }
  template <class Choice>
  void choice(Choice& value, Choice first, Choice last) {
    value = static_cast<Choice>(in_.byte());
    if (value >= first && value <= last) return;
    value = first;
    in_.fail();
  }
  template <class Value, class Lay>
  void optional(std::optional<Value>& value, Lay lay) {
    bool is_there = false;
    flag(is_there);
    if (is_there) lay(value.emplace());
  }
  template <class Value, class Lay>
  void present(std::optional<Value>& value, Lay lay) {
    lay(value.emplace());
  }

  [[nodiscard]] bool at_end() const { return in_.at_end(); }
  [[nodiscard]] bool is_sound() const { return in_.is_sound(); }
  [[nodiscard]] bool done() const { return in_.done(); }

 private:
  ByteReader in_;
};

template <class Bytes, class Noun>
void lay_text(Bytes& bytes, Noun& text) {
  bytes.optional(text, [&](auto& value) { bytes.text(value); });
}

template <class Bytes, class Noun>
void lay_endpoint(Bytes& bytes, Noun& endpoint) {
  bytes.choice(endpoint.proto, Protocol::tcp, Protocol::udp);
  bytes.address(endpoint.address);
  bytes.number(endpoint.port);
}

template <class Bytes, class Noun>
void lay_process_key(Bytes& bytes, Noun& key) {
  bytes.integer(key.pgid);
  bytes.integer(key.pid);
  bytes.number(key.mark);
}

template <class Bytes, class Noun>
void lay_owner(Bytes& bytes, Noun& owner) {
  bytes.optional(owner.process, [&](auto& process) {
    lay_process_key(bytes, process.key);
    bytes.text(process.name);
    bytes.optional(process.pgid, [&](auto& pgid) { bytes.integer(pgid); });
    bytes.number(process.groups);
    lay_text(bytes, process.exe);
    bytes.optional(process.uid, [&](auto& uid) { bytes.number(uid); });
    lay_text(bytes, process.unit);
    lay_text(bytes, process.container);
  });
  if (owner.process) return;
  bytes.present(owner.unknown, [&](auto& reason) {
    bytes.choice(reason, UnknownOwner::time_wait, UnknownOwner::kernel);
  });
}

template <class Bytes, class Noun>
void lay_flow_key(Bytes& bytes, Noun& key) {
  lay_endpoint(bytes, key.listen);
  bytes.address(key.client);
  bytes.choice(key.role, Role::active, Role::passive);
  bytes.number(key.netns);
  lay_process_key(bytes, key.process);
}

template <class Bytes, class Noun>
void lay_connections(Bytes& bytes, Noun& connections) {
  bytes.number(connections.now);
  bytes.number(connections.max);
  bytes.number(connections.opened);
  bytes.number(connections.closed);
  bytes.number(connections.failed);
  bytes.number(connections.pending);
}

template <class Bytes, class Noun>
void lay_traffic(Bytes& bytes, Noun& traffic) {
  bytes.number(traffic.attempts);
  bytes.number(traffic.bytes_sent);
  bytes.number(traffic.bytes_received);
  bytes.number(traffic.retransmits);
  bytes.number(traffic.rtt_us_sum);
  bytes.number(traffic.rtt_count);
}

template <class Bytes, class Noun>
void lay_flow(Bytes& bytes, Noun& flow) {
  lay_flow_key(bytes, flow.key);
  lay_owner(bytes, flow.owner);
  lay_connections(bytes, flow.connections);
  bytes.optional(flow.traffic, [&](auto& traffic) { lay_traffic(bytes, traffic); });
  bytes.time(flow.first_seen);
  bytes.time(flow.last_seen);
  bytes.choice(flow.evidence, Evidence::event, Evidence::port);
}

template <class Bytes, class Noun>
void lay_listener(Bytes& bytes, Noun& listener) {
  lay_endpoint(bytes, listener.endpoint);
  bytes.number(listener.netns);
  lay_owner(bytes, listener.owner);
  bytes.flag(listener.v6only);
  bytes.time(listener.first_seen);
  bytes.time(listener.last_seen);
}

template <class Bytes, class Noun>
void lay_coverage(Bytes& bytes, Noun& coverage) {
  bytes.time(coverage.span.since);
  bytes.time(coverage.span.until);
  bytes.length(coverage.interval);
  bytes.number(coverage.dropped);
  bytes.number(coverage.lost);
}

/// All but its flows and listeners, which have records of their own.
template <class Bytes, class Noun>
void lay_batch(Bytes& bytes, Noun& batch) {
  bytes.time(batch.window.start);
  bytes.length(batch.window.length);
  bytes.time(batch.last_look);
  bytes.number(batch.counting);
  bytes.optional(batch.coverage, [&](auto& coverage) { lay_coverage(bytes, coverage); });
}

template <class Bytes, class Noun>
void lay_footprint(Bytes& bytes, Noun& footprint) {
  bytes.length(footprint.cpu);
  bytes.optional(footprint.resident_bytes, [&](auto& resident) { bytes.number(resident); });
}

/// All but its degradations, which follow, and what the server knows better.
template <class Bytes, class Noun>
void lay_health(Bytes& bytes, Noun& health) {
  bytes.time(health.started);
  bytes.time(health.last_tick);
  bytes.length(health.interval);
  for (auto* count :
       {&health.ticks, &health.failed_ticks, &health.inconsistent_snapshots, &health.sockets,
        &health.connections, &health.listeners, &health.flows, &health.dropped_flows, &health.looks,
        &health.lost_events, &health.unannounced, &health.undecided, &health.unknown_owners,
        &health.vanished_processes, &health.owner_scans, &health.flushes, &health.failed_flushes,
        &health.server_restarts}) {
    bytes.number(*count);
  }
  for (auto* seconds :
       {&health.snapshot_seconds, &health.join_seconds, &health.fold_seconds,
        &health.snapshot_seconds_total, &health.join_seconds_total, &health.fold_seconds_total}) {
    bytes.real(*seconds);
  }
  for (auto* text : {&health.last_fault, &health.probe, &health.probe_reason}) bytes.text(*text);
  bytes.optional(health.achieved_interval, [&](auto& achieved) { bytes.length(achieved); });
  bytes.optional(health.collector, [&](auto& footprint) { lay_footprint(bytes, footprint); });
}

}  // namespace ttq
