#include "store/codec.h"

#include <cassert>

#include "base/text.h"
#include "store/bytes.h"
#include "store/keys.h"

namespace ttq {
namespace {

constexpr std::uint8_t layout = 1;
constexpr unsigned sum_bytes = 4;

/// On disk.
enum OwnerFlag : unsigned {
  is_process = 1,
  has_pgid = 2,
  has_exe = 4,
  has_uid = 8,
  has_unit = 16,
  has_container = 32,
  all_owner_flags = 63,
};

ByteWriter begin_value() {
  ByteWriter out;
  out.byte(layout);
  return out;
}

std::uint32_t sum_of(std::string_view key, std::string_view value) {
  return static_cast<std::uint32_t>(fnv1a(value, fnv1a(key)));
}

std::string seal(std::string_view key, ByteWriter body) {
  const std::string value = std::move(body).take();
  ByteWriter out;
  out.raw(value);
  out.big_endian(sum_of(key, value), sum_bytes);
  return std::move(out).take();
}

/// The body, if layout and sum are right.
std::optional<std::string_view> unseal(std::string_view key, std::string_view value) {
  if (value.size() < 1 + sum_bytes || value.front() != static_cast<char>(layout)) {
    return std::nullopt;
  }
  const std::string_view summed = value.substr(0, value.size() - sum_bytes);
  ByteReader sum(value.substr(summed.size()));
  if (sum.big_endian(sum_bytes) != sum_of(key, summed)) return std::nullopt;
  return summed.substr(1);
}

void put_optional_text(ByteWriter& out, const std::optional<std::string>& text) {
  if (text) out.text(*text);
}

unsigned flags_of(const Process& process) {
  return is_process | (process.pgid ? has_pgid : 0U) | (process.exe ? has_exe : 0U) |
         (process.uid ? has_uid : 0U) | (process.unit ? has_unit : 0U) |
         (process.container ? has_container : 0U);
}

void put_process(ByteWriter& out, const Process& process) {
  out.byte(static_cast<std::uint8_t>(flags_of(process)));
  out.text(process.name);
  out.varint(process.groups);
  if (process.pgid) out.zigzag(*process.pgid);
  put_optional_text(out, process.exe);
  if (process.uid) out.varint(*process.uid);
  put_optional_text(out, process.unit);
  put_optional_text(out, process.container);
}

void put_owner(ByteWriter& out, const Owner& owner) {
  if (owner.process) return put_process(out, *owner.process);
  assert(owner.unknown);
  out.byte(0);
  out.byte(static_cast<std::uint8_t>(*owner.unknown));
}

std::int32_t take_pgid(ByteReader& in) {
  const std::int64_t pgid = in.zigzag();
  const auto narrow = static_cast<std::int32_t>(pgid);
  if (narrow != pgid) in.fail();
  return narrow;
}

Process take_process(ByteReader& in, unsigned flags, const ProcessKey& key) {
  if ((flags & is_process) == 0 || (flags & ~unsigned{all_owner_flags}) != 0) in.fail();
  Process process;
  process.key = key;
  process.name = in.text();
  process.groups = in.varint_as<std::uint32_t>();
  if ((flags & has_pgid) != 0) process.pgid = take_pgid(in);
  if ((flags & has_exe) != 0) process.exe = in.text();
  if ((flags & has_uid) != 0) process.uid = in.varint_as<std::uint32_t>();
  if ((flags & has_unit) != 0) process.unit = in.text();
  if ((flags & has_container) != 0) process.container = in.text();
  return process;
}

Owner take_owner(ByteReader& in, const ProcessKey& key) {
  const unsigned flags = in.byte();
  if (flags != 0) return Owner::of(take_process(in, flags, key));
  const auto reason = static_cast<UnknownOwner>(in.byte());
  if (reason < UnknownOwner::time_wait || reason > UnknownOwner::kernel) in.fail();
  return Owner::nobody(reason);
}

void put_seen(ByteWriter& out, Time start, Time first, Time last) {
  out.zigzag((first - start).count());
  out.zigzag((last - first).count());
}

void put_counts(ByteWriter& out, const Connections& connections) {
  out.varint(connections.now);
  out.varint(connections.max);
  out.varint(connections.opened);
  out.varint(connections.closed);
  out.varint(connections.failed);
  out.varint(connections.pending);
}

Connections take_counts(ByteReader& in) {
  Connections connections;
  connections.now = in.varint();
  connections.max = in.varint();
  connections.opened = in.varint();
  connections.closed = in.varint();
  connections.failed = in.varint();
  connections.pending = in.varint();
  return connections;
}

Evidence take_evidence(ByteReader& in) {
  const auto evidence = static_cast<Evidence>(in.byte());
  if (evidence < Evidence::event || evidence > Evidence::port) in.fail();
  return evidence;
}

bool take_bool(ByteReader& in) {
  const std::uint8_t value = in.byte();
  if (value > 1) in.fail();
  return value == 1;
}

Time window_start(std::string_view key) {
  const auto record = decode_record_key(key);
  assert(record);
  return record->window.start;
}

}  // namespace

std::string encode_meta(std::string_view key, std::string_view text) {
  ByteWriter out = begin_value();
  out.raw(text);
  return seal(key, std::move(out));
}

std::string encode_window(std::string_view key) { return seal(key, begin_value()); }

std::string encode_coverage(std::string_view key, const Coverage& coverage) {
  assert(!coverage.span.empty());
  ByteWriter out = begin_value();
  out.zigzag((coverage.span.until - coverage.span.since).count());
  out.varint(static_cast<std::uint64_t>(coverage.interval.count()));
  out.varint(coverage.dropped);
  return seal(key, std::move(out));
}

std::string encode_listener(std::string_view key, const Listener& listener) {
  ByteWriter out = begin_value();
  out.byte(listener.v6only ? 1 : 0);
  put_seen(out, window_start(key), listener.first_seen, listener.last_seen);
  put_owner(out, listener.owner);
  return seal(key, std::move(out));
}

std::string encode_flow(std::string_view key, const Flow& flow) {
  assert(flow.owner.key() == flow.key.process);
  ByteWriter out = begin_value();
  put_seen(out, window_start(key), flow.first_seen, flow.last_seen);
  out.byte(static_cast<std::uint8_t>(flow.evidence));
  put_counts(out, flow.connections);
  put_owner(out, flow.owner);
  return seal(key, std::move(out));
}

std::optional<std::string> decode_meta(std::string_view key, std::string_view value) {
  const auto body = unseal(key, value);
  if (!body || !is_kind(key, RecordKind::meta)) return std::nullopt;
  return std::string(*body);
}

std::optional<Window> decode_window(std::string_view key, std::string_view value) {
  const auto body = unseal(key, value);
  if (!body || !body->empty()) return std::nullopt;
  return decode_window_key(key);
}

std::optional<Coverage> decode_coverage(std::string_view key, std::string_view value) {
  const auto since = decode_coverage_key(key);
  const auto body = unseal(key, value);
  if (!since || !body) return std::nullopt;
  ByteReader in(*body);
  Coverage coverage;
  coverage.span = {*since, in.time_after(*since)};
  coverage.interval = Duration(in.varint_as<Duration::rep>());
  coverage.dropped = in.varint();
  if (!in.done()) return std::nullopt;
  return coverage;
}

std::optional<Listener> decode_listener(std::string_view key, std::string_view value) {
  const auto record = decode_record_key(key);
  const auto body = unseal(key, value);
  if (!record || !body) return std::nullopt;
  const auto who = decode_listener_series(record->series);
  if (!who) return std::nullopt;
  ByteReader in(*body);
  Listener listener{.endpoint = who->endpoint, .netns = who->netns};
  listener.v6only = take_bool(in);
  listener.first_seen = in.time_after(record->window.start);
  listener.last_seen = in.time_after(listener.first_seen);
  listener.owner = take_owner(in, who->process);
  if (!in.done()) return std::nullopt;
  return listener;
}

std::optional<Flow> decode_flow(std::string_view key, std::string_view value) {
  const auto record = decode_record_key(key);
  const auto body = unseal(key, value);
  if (!record || !body) return std::nullopt;
  const auto flow_key = decode_flow_series(record->series);
  if (!flow_key) return std::nullopt;
  ByteReader in(*body);
  Flow flow{.key = *flow_key};
  flow.first_seen = in.time_after(record->window.start);
  flow.last_seen = in.time_after(flow.first_seen);
  flow.evidence = take_evidence(in);
  flow.connections = take_counts(in);
  flow.owner = take_owner(in, flow_key->process);
  if (!in.done()) return std::nullopt;
  return flow;
}

}  // namespace ttq
