// Keys: what a record is about, in bytes that sort.
//
//   key      := kind:1 ...                 the kinds, below
//   meta     := 1 name
//   window   := 2 span                     a window that was written
//   coverage := 3 since:8
//   listener := 4 netns:8 endpoint process span
//   flow     := 5 netns:8 role:1 endpoint client:16 process span
//
//   span     := start:8 length:4           milliseconds since the epoch; milliseconds
//   endpoint := proto:1 address:16 port:2
//   process  := pgid:4 pid:4 mark:8
//
// `:n` is n bytes, big-endian. All but the span of a listener's or flow's key is its *series*: the
// windows of one flow lie together and in the order of time. So a question's span is one seek for
// each flow, and neighbouring keys differ in their last bytes only, the others being stored once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ttq/flow.h"
#include "ttq/listener.h"
#include "ttq/time.h"

namespace ttq {

/// The first byte of every key. On disk: a number is never used again for something else.
enum class RecordKind : std::uint8_t { meta = 1, window = 2, coverage = 3, listener = 4, flow = 5 };

std::string meta_key(std::string_view name);
std::string window_key(const Window& window);
std::string coverage_key(Time since);
std::string flow_series(const FlowKey& key);
std::string listener_series(const Listener& listener);
std::string record_key(std::string_view series, const Window& window);

// Decoding takes any bytes; none means that they are no such key.

std::optional<Window> decode_window_key(std::string_view key);
std::optional<Time> decode_coverage_key(std::string_view key);
std::optional<FlowKey> decode_flow_series(std::string_view series);
/// Endpoint, netns and the key of the owner; nothing else is in a series.
struct ListenerKey {
  Endpoint endpoint;
  NetNs netns = 0;
  ProcessKey process;
};
std::optional<ListenerKey> decode_listener_series(std::string_view series);

/// A flow's or listener's key in its two parts.
struct RecordKey {
  std::string_view series;  ///< a piece of the key that was given
  Window window;
};
std::optional<RecordKey> decode_record_key(std::string_view key);

// Bounds, to seek to.

std::string kind_start(RecordKind kind);
bool is_kind(std::string_view key, RecordKind kind);
/// Not after any key of the series whose window starts at `start` or later, and after all others.
std::string series_from(std::string_view series, Time start);
/// After every key of the series, and before those of the next.
std::string series_end(std::string_view series);

}  // namespace ttq
