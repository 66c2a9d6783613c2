// Folding: the windows of an hour that is old enough become one, flow by flow.
//
// An hour is worked off in pieces, so that no tick waits long. Each piece is one batch: the folded
// records come and those that they replace go together, so a stop between two pieces loses nothing
// and counts nothing twice. The hour's own window record comes with the first piece and those of
// its short windows go with the last: until then readers look for both, and a daemon that starts
// anew finds the hour and does the rest.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <optional>
#include <string>

#include "store/record_reader.h"
#include "ttq/store.h"

namespace ttq {

class Folder {
 public:
  /// At most about this many records are read for a piece.
  static constexpr std::size_t piece_records = 30'000;

  Folder(rocksdb::DB& db, const Keeping& keeping) : db_(db), keeping_(keeping) {}

  /// Does one piece of the oldest hour that is due, if there is one.
  Result<void> work(RecordReader reader, Time now);

 private:
  /// The hour in work, and how far it is done.
  struct Job {
    Window whole_hour;
    Window newest;  ///< of its windows; nobody writes into them any more
    RecordKind kind = RecordKind::listener;
    std::string after;  ///< the last series that is done
  };

  std::optional<Job> find_job(RecordReader& reader, Time now) const;
  /// Goes on with the job until it is done (true) or the piece is large enough.
  static bool advance(RecordReader& reader, rocksdb::WriteBatch& batch, Job& job);
  template <class Record>
  static bool fold_kind(RecordReader& reader, rocksdb::WriteBatch& batch, Job& job,
                        std::size_t& budget);

  rocksdb::DB& db_;
  const Keeping& keeping_;
  std::optional<Job> job_;
};

}  // namespace ttq
