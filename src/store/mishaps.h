// Mishaps: what keeps the store from being whole, as sentences for whoever asks; so without paths
// and without what the system said, which is in the log. The writing thread notes them, and many
// read.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace ttq {

class Mishaps {
 public:
  /// The names of databases that were set aside, the oldest first.
  void set_aside(std::vector<std::string> names);
  /// Whether the last write was kept. That it is again is told to the log.
  void note_write(bool is_kept, bool is_disk_full);
  [[nodiscard]] std::vector<std::string> sentences() const;

 private:
  mutable std::mutex mutex_;  ///< guards what follows
  std::vector<std::string> set_aside_;
  std::string unwritten_;  ///< a sentence; empty: the last write was kept
};

}  // namespace ttq
