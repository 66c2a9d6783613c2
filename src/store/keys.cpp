#include "store/keys.h"

#include "store/bytes.h"

namespace ttq {
namespace {

constexpr std::size_t span_bytes = 8 + 4;
constexpr std::size_t endpoint_bytes = 1 + 16 + 2;
constexpr std::size_t process_bytes = 4 + 4 + 8;
constexpr std::size_t listener_series_bytes = 1 + 8 + endpoint_bytes + process_bytes;
constexpr std::size_t flow_series_bytes = 1 + 8 + 1 + endpoint_bytes + 16 + process_bytes;

ByteWriter begin(RecordKind kind) {
  ByteWriter out;
  out.byte(static_cast<std::uint8_t>(kind));
  return out;
}

void expect(ByteReader& in, RecordKind kind) {
  if (in.byte() != static_cast<std::uint8_t>(kind)) in.fail();
}

void put_address(ByteWriter& out, const Address& address) {
  for (const std::uint8_t byte : address.bytes()) out.byte(byte);
}

Address take_address(ByteReader& in) {
  Address::Bytes bytes{};
  for (std::uint8_t& byte : bytes) byte = in.byte();
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

std::string flow_series(const FlowKey& key) {
  ByteWriter out = begin(RecordKind::flow);
  out.big_endian(key.netns, 8);
  out.byte(static_cast<std::uint8_t>(key.role));
  put_endpoint(out, key.listen);
  put_address(out, key.client);
  put_process(out, key.process);
  return std::move(out).take();
}

std::string listener_series(const Listener& listener) {
  ByteWriter out = begin(RecordKind::listener);
  out.big_endian(listener.netns, 8);
  put_endpoint(out, listener.endpoint);
  put_process(out, listener.owner.key());
  return std::move(out).take();
}

std::string record_key(std::string_view series, const Window& window) {
  ByteWriter out;
  out.raw(series);
  put_window(out, window);
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

std::optional<FlowKey> decode_flow_series(std::string_view series) {
  ByteReader in(series);
  expect(in, RecordKind::flow);
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
  expect(in, RecordKind::listener);
  ListenerKey key;
  key.netns = in.fixed<NetNs>();
  key.endpoint = take_endpoint(in);
  key.process = take_process(in);
  if (!in.done()) return std::nullopt;
  return key;
}

std::optional<RecordKey> decode_record_key(std::string_view key) {
  const std::size_t series =
      is_kind(key, RecordKind::flow) ? flow_series_bytes : listener_series_bytes;
  if (key.size() != series + span_bytes) return std::nullopt;
  ByteReader in(key.substr(series));
  const Window window = take_window(in);
  if (!in.done()) return std::nullopt;
  return RecordKey{key.substr(0, series), window};
}

std::string kind_start(RecordKind kind) { return begin(kind).take(); }

bool is_kind(std::string_view key, RecordKind kind) {
  return !key.empty() && key.front() == static_cast<char>(kind);
}

std::string series_from(std::string_view series, Time start) {
  ByteWriter out;
  out.raw(series);
  out.time(start);
  return std::move(out).take();
}

std::string series_end(std::string_view series) {
  return std::string(series) + std::string(span_bytes, '\xFF');
}

}  // namespace ttq
