// A chunk: the windows of one flow, or of one listener, that begin in one bucket of time.
//
//   chunk := row+                           in the order of their windows; sealed (seal.h)
//   row   := v(flags)
//            [v(start - start of the row before) v(length)]   1: not the window that follows
//            [z(first_seen - start)]        2: not its window's first look
//            [z(last_seen - start)]         4: not its window's last look
//            [v(now)]                       8: another than in the row before
//            [v(max)]                      16: not the same as now
//            [v(opened) v(closed) v(failed) v(pending)]      32: not all of them 0
//            [note:1]                      64: another than in the row before
//            [text(owner)]                128: another than in the row before
//            [v(attempts) v(bytes_sent) v(bytes_received)
//             v(retransmits) v(rtt_us_sum) v(rtt_count)]   256: events told of its traffic
//
// Before the first row all is 0 and empty, and its window is of no length at the bucket's start. v
// is a varint, z a zigzag varint, text a v and that many bytes, times are milliseconds. The note of
// a flow is its evidence, that of a listener 1, or 2 where it is v6only.
//
// So a minute of a flow that merely stands is one byte, and its owner is said once for an hour.
// Traffic is what the window added to it, so that it stands for nothing in the row that follows. A
// row whose last look is its window's is never written again while it stands: how late that was is
// said by the window's own record, for all of them together.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "store/slot.h"
#include "ttq/flow.h"

namespace ttq {

struct Row {
  Window window;
  std::optional<Time> first_seen;  ///< none: at its window's first look
  std::optional<Time> last_seen;   ///< none: at its window's last look
  Connections counts;
  std::uint8_t note = 0;
  std::string_view owner;  ///< as owner_codec.h spells it; a piece of what was read
  std::optional<Traffic> traffic;
};

class ChunkWriter {
 public:
  explicit ChunkWriter(Time bucket);
  /// REQUIRES: in the order of their windows.
  void add(const Row& row);
  std::string finish(std::string_view key) &&;

 private:
  ByteWriter out_;
  Row before_;
};

class ChunkReader {
 public:
  /// `body` must outlive the rows.
  ChunkReader(Time bucket, std::string_view body);
  /// The next row; false: there is none, or what follows is corrupt.
  bool next();
  [[nodiscard]] const Row& row() const { return row_; }
  /// REQUIRES: next() said false. Whether all of it was sound.
  [[nodiscard]] bool sound() const { return in_.done(); }

 private:
  ByteReader in_;
  Row row_;
  bool stood_ = false;  ///< the last row was sound, and said no more than what is left out
};

/// All rows of a sealed chunk; none: it is corrupt. They are pieces of `value`.
std::optional<std::vector<Row>> decode_chunk(std::string_view key, std::string_view value);
/// REQUIRES: in the order of their windows.
std::string encode_chunk(std::string_view key, const std::vector<Row>& rows);

}  // namespace ttq
