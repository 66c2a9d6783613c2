// Keys: what a record is about, in bytes that sort.
//
//   key      := kind:1 ...                 the kinds, below
//   meta     := 1 name
//   window   := 2 span                     a window that was written
//   coverage := 3 since:8
//   hour     := 6 start:8                  an hour that was rolled up (roller.h)
//   counting := 11                         whose count the newest window is
//   carried  := 11 (listener chunk | flow chunk)   what other counts have of it
//   listener chunk := (7 | 8) bucket:8 netns:8 endpoint process
//   flow chunk     := (9 | 10) bucket:8 netns:8 role:1 endpoint client:16 process
//
//   span     := start:8 length:4           milliseconds since the epoch; milliseconds
//   endpoint := proto:1 address:16 port:2
//   process  := pgid:4 pid:4 mark:8
//
// `:n` is n bytes, big-endian. What follows the bucket is the *series*. A chunk holds the windows
// of one series that begin in one bucket of time: fine chunks (7, 9) hold windows as they were
// written, coarse ones (8, 10) hours.
//
// Time comes before the series, so that what is past is never touched again: new records do not
// overlap old files, which therefore are not rewritten; an hour goes with one range deletion; and a
// question reads a few buckets from end to end, side by side, which is one seek for each bucket.
// With the series first it was a seek for each flow: at 10,000 flows that alone took longer than
// the whole answer takes now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ttq/flow.h"
#include "ttq/listener.h"
#include "ttq/time.h"

namespace ttq {

/// The first byte of every key. On disk: a number is never used again for something else. 4 and 5
/// were a record for each window of schema 1.
enum class RecordKind : std::uint8_t {
  meta = 1,
  window = 2,
  coverage = 3,
  rolled_hour = 6,
  fine_listener = 7,
  coarse_listener = 8,
  fine_flow = 9,
  coarse_flow = 10,
  counting = 11,
};

/// What a series is of, and where its chunks lie.
struct ChunkKinds {
  RecordKind fine;
  RecordKind coarse;
};
inline constexpr ChunkKinds flow_chunks{RecordKind::fine_flow, RecordKind::coarse_flow};
inline constexpr ChunkKinds listener_chunks{RecordKind::fine_listener, RecordKind::coarse_listener};

/// Where the bucket begins in which a window lies: an hour, or ten minutes for windows of less than
/// a minute, so that a chunk is not rewritten too often. All of them divide an hour.
Time fine_bucket(const Window& window);
/// The same for an hour: eight days, because a month is then five chunks, and no row of it is
/// rewritten more than 192 times.
Time coarse_bucket(Time hour_start);
Duration longest_bucket(RecordKind kind);

std::string meta_key(std::string_view name);
std::string window_key(const Window& window);
std::string coverage_key(Time since);
std::string hour_key(Time start);
std::string counting_key();
/// Where the row of a chunk is carried on; and whose row that is.
std::string carried_key(std::string_view chunk_key);
std::string_view carried_chunk_key(std::string_view key);
std::string flow_series(const FlowKey& key);
std::string listener_series(const Listener& listener);
std::string chunk_key(RecordKind kind, Time bucket, std::string_view series);

// Decoding takes any bytes; none means that they are no such key.

std::optional<Window> decode_window_key(std::string_view key);
std::optional<Time> decode_coverage_key(std::string_view key);
std::optional<Time> decode_hour_key(std::string_view key);
std::optional<FlowKey> decode_flow_series(std::string_view series);
/// Endpoint, netns and the key of the owner; nothing else is in a series.
struct ListenerKey {
  Endpoint endpoint;
  NetNs netns = 0;
  ProcessKey process;
};
std::optional<ListenerKey> decode_listener_series(std::string_view series);

/// A chunk's key in its parts.
struct ChunkKey {
  RecordKind kind;
  Time bucket;
  std::string_view series;  ///< a piece of the key that was given
};
std::optional<ChunkKey> decode_chunk_key(std::string_view key);

std::string kind_start(RecordKind kind);
bool is_kind(std::string_view key, RecordKind kind);

}  // namespace ttq
