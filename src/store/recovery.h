// Recovery: how a store is opened, whatever has happened to its database.
//
//   1. It is opened as it is. A log that ends in the middle of a record is what a kill leaves.
//   2. Where it is damaged, a copy is made, of hard links for the most part, and RocksDB recovers
//      that: first with what is good of the log, then by best_efforts_recovery. Of what is read
//      then, whatever has lost a piece is left out (salvage.h).
//   3. Where nothing comes of that either, the store begins anew.
//
// On 2 and 3 the database is set aside as it was (place.h), and what is told of it in answers is
// what was watched and can still be read: the coverage lacks the rest. What is refused is left as
// it is, byte for byte: another schema, somebody else's database, one that is in use, and files
// that the system does not give us, for it may do so tomorrow.
#pragma once

#include "store/database.h"
#include "store/place.h"

namespace ttq {

struct Database {
  std::unique_ptr<rocksdb::DB> db;
  bool is_read_only = false;  ///< there was no room on the disk to open it for writing
};

/// Opens it, or makes it. A Fault says what to do. `is_suspect`: it was found damaged as it was
/// read, so all of it is read once.
Result<Database> open_database(const Place& place, const Surroundings& with, bool is_suspect);

}  // namespace ttq
