#include "store/losses.h"

#include <string>

#include "base/log.h"
#include "base/text.h"
#include "store/database.h"

namespace ttq {

void Losses::count(std::string_view key) {
  if (count_++ > 0) return;
  log(LogLevel::warning, "the store holds a corrupt record, which answers leave out; its key is " +
                             to_hex(key) + "; others will only be counted");
}

Result<void> Losses::check(const rocksdb::Status& status) {
  if (status.ok()) return {};
  if (finding_of(status) == Finding::damaged && !met_damage_.exchange(true)) {
    log(LogLevel::warning, "the database of the store is damaged: " + status.ToString());
  }
  return fault_of(status);
}

}  // namespace ttq
