#include "store/keys.h"

#include <algorithm>

#include "base/bytes.h"

namespace ttq {
namespace {

constexpr std::size_t chunk_prefix_bytes = 1 + 8;
constexpr std::size_t endpoint_bytes = 1 + 16 + 2;
constexpr std::size_t process_bytes = 4 + 4 + 8;
constexpr std::size_t listener_series_bytes = 8 + endpoint_bytes + process_bytes;
constexpr std::size_t flow_series_bytes = 8 + 1 + endpoint_bytes + 16 + process_bytes;
constexpr Duration short_bucket = std::chrono::minutes(10);
constexpr Duration fine_length = std::chrono::hours(1);
constexpr Duration coarse_length = std::chrono::hours(8 * 24);

bool is_of_flows(RecordKind kind) {
  return kind == RecordKind::fine_flow || kind == RecordKind::coarse_flow;
}

ByteWriter begin(RecordKind kind) {
  ByteWriter out;
  out.byte(static_cast<std::uint8_t>(kind));
  return out;
}

void expect(ByteReader& in, RecordKind kind) {
  if (in.byte() != static_cast<std::uint8_t>(kind)) in.fail();
}

void put_address(ByteWriter& out, const Address& address) {
  const Address::Bytes& bytes = address.bytes();
  out.raw({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Address take_address(ByteReader& in) {
  Address::Bytes bytes{};
  const std::string_view raw = in.raw(bytes.size());
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return Address::v6(bytes);
}

void put_endpoint(ByteWriter& out, const Endpoint& endpoint) {
  out.byte(static_cast<std::uint8_t>(endpoint.proto));
  put_address(out, endpoint.address);
  out.big_endian(endpoint.port, 2);
}

Endpoint take_endpoint(ByteReader& in) {
  Endpoint endpoint;
  endpoint.proto = static_cast<Protocol>(in.byte());
  if (endpoint.proto != Protocol::tcp && endpoint.proto != Protocol::udp) in.fail();
  endpoint.address = take_address(in);
  endpoint.port = in.fixed<std::uint16_t>();
  return endpoint;
}

Role take_role(ByteReader& in) {
  const auto role = static_cast<Role>(in.byte());
  if (role != Role::active && role != Role::passive) in.fail();
  return role;
}

void put_process(ByteWriter& out, const ProcessKey& process) {
  out.big_endian(static_cast<std::uint32_t>(process.pgid), 4);
  out.big_endian(static_cast<std::uint32_t>(process.pid), 4);
  out.big_endian(process.mark, 8);
}

ProcessKey take_process(ByteReader& in) {
  ProcessKey process;
  process.pgid = in.fixed<std::int32_t>();
  process.pid = in.fixed<std::int32_t>();
  process.mark = in.fixed<std::uint64_t>();
  return process;
}

void put_window(ByteWriter& out, const Window& window) {
  out.time(window.start);
  out.big_endian(static_cast<std::uint64_t>(window.length.count()), 4);
}

Window take_window(ByteReader& in) {
  Window window;
  window.start = in.time();
  window.length = Duration(in.fixed<std::uint32_t>());
  if (window.length <= Duration(0)) in.fail();
  return window;
}

}  // namespace

std::string meta_key(std::string_view name) {
  ByteWriter out = begin(RecordKind::meta);
  out.raw(name);
  return std::move(out).take();
}

std::string window_key(const Window& window) {
  ByteWriter out = begin(RecordKind::window);
  put_window(out, window);
  return std::move(out).take();
}

std::string coverage_key(Time since) {
  ByteWriter out = begin(RecordKind::coverage);
  out.time(since);
  return std::move(out).take();
}

std::string hour_key(Time start) {
  ByteWriter out = begin(RecordKind::rolled_hour);
  out.time(start);
  return std::move(out).take();
}

std::string counting_key() { return kind_start(RecordKind::counting); }

std::string carried_key(std::string_view chunk_key) { return counting_key() += chunk_key; }

std::string_view carried_chunk_key(std::string_view key) {
  return key.substr(std::min(counting_key().size(), key.size()));
}

Time fine_bucket(const Window& window) {
  const bool is_brief = window.length < std::chrono::minutes(1);
  return window_at(window.start, is_brief ? short_bucket : fine_length).start;
}

Time coarse_bucket(Time hour_start) { return window_at(hour_start, coarse_length).start; }

Duration longest_bucket(RecordKind kind) {
  const bool is_fine = kind == RecordKind::fine_flow || kind == RecordKind::fine_listener;
  return is_fine ? fine_length : coarse_length;
}

std::string flow_series(const FlowKey& key) {
  ByteWriter out;
  out.big_endian(key.netns, 8);
  out.byte(static_cast<std::uint8_t>(key.role));
  put_endpoint(out, key.listen);
  put_address(out, key.client);
  put_process(out, key.process);
  return std::move(out).take();
}

std::string listener_series(const Listener& listener) {
  ByteWriter out;
  out.big_endian(listener.netns, 8);
  put_endpoint(out, listener.endpoint);
  put_process(out, listener.owner.key());
  return std::move(out).take();
}

std::string chunk_key(RecordKind kind, Time bucket, std::string_view series) {
  ByteWriter out = begin(kind);
  out.time(bucket);
  out.raw(series);
  return std::move(out).take();
}

std::optional<Window> decode_window_key(std::string_view key) {
  ByteReader in(key);
  expect(in, RecordKind::window);
  const Window window = take_window(in);
  if (!in.done()) return std::nullopt;
  return window;
}

std::optional<Time> decode_coverage_key(std::string_view key) {
  ByteReader in(key);
  expect(in, RecordKind::coverage);
  const Time since = in.time();
  if (!in.done()) return std::nullopt;
  return since;
}

std::optional<Time> decode_hour_key(std::string_view key) {
  ByteReader in(key);
  expect(in, RecordKind::rolled_hour);
  const Time start = in.time();
  if (!in.done()) return std::nullopt;
  return start;
}

std::optional<FlowKey> decode_flow_series(std::string_view series) {
  ByteReader in(series);
  FlowKey key;
  key.netns = in.fixed<NetNs>();
  key.role = take_role(in);
  key.listen = take_endpoint(in);
  key.client = take_address(in);
  key.process = take_process(in);
  if (!in.done()) return std::nullopt;
  return key;
}

std::optional<ListenerKey> decode_listener_series(std::string_view series) {
  ByteReader in(series);
  ListenerKey key;
  key.netns = in.fixed<NetNs>();
  key.endpoint = take_endpoint(in);
  key.process = take_process(in);
  if (!in.done()) return std::nullopt;
  return key;
}

std::optional<ChunkKey> decode_chunk_key(std::string_view key) {
  if (key.size() < chunk_prefix_bytes) return std::nullopt;
  ByteReader in(key);
  const auto kind = static_cast<RecordKind>(in.byte());
  if (kind < RecordKind::fine_listener || kind > RecordKind::coarse_flow) return std::nullopt;
  const std::size_t wanted = is_of_flows(kind) ? flow_series_bytes : listener_series_bytes;
  const Time bucket = in.time();
  const std::string_view series = in.raw(wanted);
  if (!in.done()) return std::nullopt;
  return ChunkKey{kind, bucket, series};
}

std::string kind_start(RecordKind kind) { return begin(kind).take(); }

bool is_kind(std::string_view key, RecordKind kind) {
  return !key.empty() && key.front() == static_cast<char>(kind);
}

}  // namespace ttq
