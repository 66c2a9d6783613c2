#include "relay/records.h"

#include <algorithm>
#include <utility>

#include "relay/layout.h"

namespace ttq {
namespace {

std::string record(RelayKind kind, std::string_view body) {
  std::string bytes(1, static_cast<char>(kind));
  return bytes += body;
}

template <class Lay>
std::string laid(const Lay& lay) {
  Put bytes;
  lay(bytes);
  return std::move(bytes).take();
}

/// As many to a record as it has room for.
template <class Noun, class Lay>
Result<void> tell_entries(RelayKind kind, const std::vector<Noun>& entries, const SendRecord& send,
                          Lay lay) {
  std::string body;
  for (const Noun& entry : entries) {
    const std::string bytes = laid([&](Put& put) { lay(put, entry); });
    if (1 + body.size() + bytes.size() > max_record_bytes) {
      if (auto sent = send(record(kind, body)); !sent) return sent;
      body.clear();
    }
    body += bytes;
  }
  return body.empty() ? Result<void>() : send(record(kind, body));
}

constexpr auto as_flow = [](auto& bytes, auto& flow) { lay_flow(bytes, flow); };
constexpr auto as_key = [](auto& bytes, auto& key) { lay_flow_key(bytes, key); };
constexpr auto as_listener = [](auto& bytes, auto& listener) { lay_listener(bytes, listener); };

}  // namespace

std::string encode_hello() {
  return record(RelayKind::hello, laid([](Put& bytes) { bytes.number(relay_version); }));
}

std::string encode_health(const Health& health) {
  return record(RelayKind::health, laid([&](Put& bytes) {
                  lay_health(bytes, health);
                  bytes.number(health.degradations.size());
                  for (const std::string& sentence : health.degradations) bytes.text(sentence);
                }));
}

std::string encode_addresses(const std::vector<Address>& addresses) {
  constexpr std::size_t most = (max_record_bytes - 1) / sizeof(Address::Bytes);
  return record(RelayKind::addresses, laid([&](Put& bytes) {
                  for (std::size_t i = 0; i < std::min(most, addresses.size()); ++i) {
                    bytes.address(addresses[i]);
                  }
                }));
}

std::string encode_farewell() { return record(RelayKind::farewell, ""); }

Result<void> tell_batch(const WindowBatch& batch, const SendRecord& send) {
  const auto head = laid([&](Put& bytes) { lay_batch(bytes, batch); });
  if (auto sent = send(record(RelayKind::batch, head)); !sent) return sent;
  if (auto sent = tell_entries(RelayKind::flows, batch.flows, send, as_flow); !sent) return sent;
  if (auto sent = tell_entries(RelayKind::removed, batch.removed, send, as_key); !sent) return sent;
  auto sent = tell_entries(RelayKind::listeners, batch.listeners, send, as_listener);
  if (!sent) return sent;
  return send(record(RelayKind::end, laid([&](Put& bytes) {
                       bytes.number(batch.flows.size());
                       bytes.number(batch.removed.size());
                       bytes.number(batch.listeners.size());
                     })));
}

Result<void> RecordReader::read(std::string_view record) {
  const bool is_bounded = !record.empty() && record.size() <= max_record_bytes;
  if (is_bounded && read_body(static_cast<RelayKind>(record.front()), record.substr(1))) return {};
  return Fault{"a record of the collector is not what it should be"};
}

bool RecordReader::read_body(RelayKind kind, std::string_view body) {
  if (kind == RelayKind::hello) return read_hello(body);
  if (!is_greeted_ || has_ended_) return false;
  switch (kind) {
    case RelayKind::batch:
      return begin_batch(body);
    case RelayKind::flows:
      return batch_ && read_entries(body, batch_->flows, as_flow);
    case RelayKind::removed:
      return batch_ && read_entries(body, batch_->removed, as_key);
    case RelayKind::listeners:
      return batch_ && read_entries(body, batch_->listeners, as_listener);
    case RelayKind::end:
      return batch_ && end_batch(body);
    case RelayKind::health:
      return read_health(body);
    case RelayKind::addresses:
      return read_addresses(body);
    case RelayKind::farewell:
      has_ended_ = true;
      return body.empty();
    case RelayKind::hello:
      break;
  }
  return false;
}

bool RecordReader::read_hello(std::string_view body) {
  Take bytes(body);
  std::uint64_t version = 0;
  bytes.number(version);
  is_greeted_ = bytes.done() && version == relay_version;
  return is_greeted_;
}

/// A window of no length, or of more than an hour, is none (ttq/store.h).
bool RecordReader::begin_batch(std::string_view body) {
  Take bytes(body);
  lay_batch(bytes, batch_.emplace());
  const Duration length = batch_->window.length;
  return bytes.done() && length > Duration(0) && length <= std::chrono::hours(1);
}

template <class Noun, class Lay>
bool RecordReader::read_entries(std::string_view body, std::vector<Noun>& entries, Lay lay) {
  Take bytes(body);
  while (!bytes.at_end() && entries.size() < max_batch_entries) lay(bytes, entries.emplace_back());
  return bytes.done();
}

bool RecordReader::end_batch(std::string_view body) {
  Take bytes(body);
  std::size_t flows = 0;
  std::size_t removed = 0;
  std::size_t listeners = 0;
  for (std::size_t* count : {&flows, &removed, &listeners}) bytes.number(*count);
  const WindowBatch batch = *std::exchange(batch_, std::nullopt);
  const bool is_whole = flows == batch.flows.size() && removed == batch.removed.size() &&
                        listeners == batch.listeners.size();
  return bytes.done() && is_whole && intake_.take(batch).has_value();
}

bool RecordReader::read_health(std::string_view body) {
  Take bytes(body);
  Health health;
  lay_health(bytes, health);
  std::size_t sentences = 0;
  bytes.number(sentences);
  for (; sentences > 0 && bytes.is_sound(); --sentences) {
    bytes.text(health.degradations.emplace_back());
  }
  if (bytes.done()) intake_.post(health);
  return bytes.done();
}

bool RecordReader::read_addresses(std::string_view body) {
  Take bytes(body);
  std::vector<Address> addresses;
  while (!bytes.at_end()) bytes.address(addresses.emplace_back());
  if (bytes.done()) intake_.post_addresses(addresses);
  return bytes.done();
}

}  // namespace ttq
