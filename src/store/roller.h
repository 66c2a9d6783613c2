// Rolling up and folding: how many short windows become one hour, flow by flow.
//
// An hour that is over is *rolled up*: each of its series gets one row more in a coarse chunk. The
// windows stay, and the row only stands for all of them together: it is what makes a long span
// cheap to answer. Once the hour is old enough it is *folded*: from then on it stands in the place
// of its windows, which go.
//
// To roll up is work, and done in pieces, so that no tick waits long. The rows count for nothing
// before the hour's own record is written, which comes with the last piece: a daemon that stops
// before that does it all again, to the same end. To fold is a single small write: the hour's
// record, the records of its windows, and two range deletions.
//
// Where the clock went back into an hour that is folded already, its late windows are added to it,
// piece by piece; there the rows of windows go in the same write with which they are added.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <optional>
#include <string>
#include <vector>

#include "store/calendar.h"
#include "store/series_scan.h"
#include "ttq/store.h"

namespace ttq {

class Roller {
 public:
  /// So many series are done in a piece.
  static constexpr std::size_t piece_series = 4'000;

  Roller(rocksdb::DB& db, const Keeping& keeping, Losses& losses)
      : db_(db), keeping_(keeping), losses_(losses) {}

  /// Does one piece of what is due, if there is anything. `open`: the window that is being written.
  /// True: no hour was due to be folded; where one was, nothing should be dropped yet, because an
  /// hour that the floor cuts cannot be folded.
  Result<bool> work(Calendar& calendar, Time now, const std::optional<Window>& open);

  /// A window of that hour is going to be written: it is not rolled up any more.
  void disturb(rocksdb::WriteBatch& out, Calendar& calendar, const Window& window);

 private:
  /// The hour in work, and how far it is done.
  struct Job {
    Slot hour;
    bool is_folded = false;  ///< it was before: late windows are added to it
    std::vector<Slot> windows;
    ChunkKinds kinds = listener_chunks;
    std::string after;  ///< the last series that is done
  };

  /// The oldest hour that is old enough to be folded.
  std::optional<Window> find_due(Calendar& calendar, Time now) const;
  std::optional<Job> find_job(Calendar& calendar, Time now, const std::optional<Window>& open);
  std::optional<Job> make_job(Calendar& calendar, const Window& whole_hour) const;
  Result<void> fold(Calendar& calendar, const HourRecord& record);
  Result<void> advance(Calendar& calendar);
  /// True: all series of these kinds are done.
  Result<bool> roll_up(rocksdb::WriteBatch& out, Job& job);
  void finish(rocksdb::WriteBatch& out, Calendar& calendar, const Job& job);

  rocksdb::DB& db_;
  const Keeping& keeping_;
  Losses& losses_;
  std::optional<Job> job_;
  Time rolled_until_;  ///< no hour before it is due; only so as not to look again and again
};

}  // namespace ttq
