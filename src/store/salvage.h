// Salvage: what can be read of a damaged database, copied so that it tells nothing wrong.
//
// RocksDB gives an error for whatever lies in a damaged block, and the keys in that block are not
// known. So the copy goes bucket by bucket: where one cannot be read to its end, all windows that
// begin in it are left out, with their coverage. What is copied is whole.
//
// In a coarse bucket hours lie. Of those that were folded nothing else is left, and they are left
// out likewise; those that only stand for their windows are rolled up anew (roller.h).
#pragma once

#include <rocksdb/db.h>

#include "ttq/result.h"

namespace ttq {

/// REQUIRES: `to` is empty. Fault: nothing can be had, as the floor or the schema is not known.
Result<void> salvage(rocksdb::DB& from, rocksdb::DB& to);

}  // namespace ttq
