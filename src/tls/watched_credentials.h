// The daemon's credentials, read again when their files change: a certificate that is renewed needs
// no restart.
//
// The files are looked at, and not watched by inotify(7): a renewal is a rename here, a symbolic
// link there, and several steps everywhere. What cannot be read is told once and tried again, and
// what was read before stays good until then: half a renewal must not close the door.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "tls/credentials.h"

namespace ttq {

class WatchedCredentials {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds between_looks{5};

  static Result<std::unique_ptr<WatchedCredentials>> open(std::filesystem::path directory);

  /// From any thread.
  [[nodiscard]] std::shared_ptr<const ServerCredentials> current() const;

  /// Looks at the files, unless it has just done so, and reads them if they have changed. True:
  /// there are others now. From one thread.
  bool look(Moment now);

 private:
  /// What tells one state of a file from another.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;  ///< -1: it is not there
    std::int64_t changed_ns = 0;

    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, server_files.size()>;

  explicit WatchedCredentials(std::filesystem::path directory)
      : directory_(std::move(directory)), place_(read_place()), stamps_(read_stamps()) {}
  [[nodiscard]] Stamp read_place() const;
  [[nodiscard]] Stamps read_stamps() const;
  void tell(const std::string& trouble);

  const std::filesystem::path directory_;
  const Stamp place_;  ///< of the directory; of its time nothing
  Stamps stamps_;      ///< from before what is current was read
  Moment looked_at_{};
  std::string told_;  ///< of what cannot be used now

  mutable std::mutex mutex_;
  std::shared_ptr<const ServerCredentials> current_;
};

}  // namespace ttq
