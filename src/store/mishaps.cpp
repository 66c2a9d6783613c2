#include "store/mishaps.h"

#include <utility>

#include "base/log.h"

namespace ttq {

void Mishaps::set_aside(std::vector<std::string> names) {
  const std::scoped_lock lock(mutex_);
  set_aside_ = std::move(names);
}

void Mishaps::note_write(bool is_kept, bool is_disk_full) {
  const std::scoped_lock lock(mutex_);
  if (is_kept && !unwritten_.empty()) log(LogLevel::notice, "the store can be written to again");
  unwritten_ = is_kept        ? ""
               : is_disk_full ? "nothing is kept any more: the disk of the store is nearly full"
                              : "the last flush could not be kept; the log says why";
}

std::vector<std::string> Mishaps::sentences() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> told;
  for (const std::string& name : set_aside_) {
    told.push_back("the store was damaged, and set aside as " + name +
                   ": what could not be read of it is missing in answers");
  }
  if (!unwritten_.empty()) told.push_back(unwritten_);
  return told;
}

}  // namespace ttq
