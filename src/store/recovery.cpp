#include "store/recovery.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "store/salvage.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_set_aside = 2;

bool is_usable(Finding finding) {
  return finding == Finding::opened || finding == Finding::nothing_there;
}

/// Sound: read without a gap, and of our schema.
Opened open_ours_for_reading(const fs::path& dir, const Surroundings& with, Log log) {
  Opened read = open_for_reading(dir, with, log);
  if (read.finding != Finding::opened) return read;
  return check_meta(std::move(read.db));
}

Result<Database> made_ours(Opened written) {
  if (written.finding != Finding::opened) return written.fault;
  if (auto schema = write_schema(*written.db); !schema) return schema.error();
  return Database{std::move(written.db), false};
}

/// Tables never change, so both databases may have the same one. The rest is copied.
std::error_code link_files(const fs::path& from, const fs::path& to, bool with_logs) {
  std::error_code failed;
  fs::remove_all(to, failed);
  fs::create_directories(to, failed);
  for (fs::directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path& file = at->path();
    const std::string name = file.filename().string();
    std::error_code ignored;
    const bool is_wanted = is_database_file(name) && at->is_regular_file(ignored) &&
                           !name.starts_with("LO") &&  // LOG and LOCK
                           (with_logs || file.extension() != ".log");
    if (!is_wanted) continue;
    std::error_code is_no_link = std::make_error_code(std::errc::operation_not_supported);
    if (file.extension() == ".sst") fs::create_hard_link(file, to / name, is_no_link);
    if (is_no_link) fs::copy_file(file, to / name, failed);
  }
  return failed;
}

Opened unlinked(const std::error_code& reason) {
  const bool is_full = reason == std::errc::no_space_on_device;
  return {is_full ? Finding::no_room : Finding::damaged,
          Fault{"there is no copy to recover: " + reason.message()}, nullptr};
}

/// CURRENT says nothing but which MANIFEST is the last. One that was not yet current as the daemon
/// was killed holds the same.
void point_to_newest_manifest(const fs::path& dir) {
  std::error_code failed;
  std::string newest;
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("MANIFEST-")) newest = std::max(newest, name);  // six digits at least
  }
  if (!newest.empty()) std::ofstream(dir / "CURRENT", std::ios::trunc) << newest << '\n';
}

Opened open_copy(const fs::path& dir, const Surroundings& with) {
  Opened read = open_ours_for_reading(dir, with, Log::to_the_damage);
  if (!is_usable(read.finding)) return read;
  read.db.reset();
  Opened written = open_for_writing(dir, with, Effort::plain);
  if (written.finding != Finding::opened) return written;
  return check_meta(std::move(written.db));
}

/// All of what RocksDB itself recovers.
Opened open_linked(const Place& place, const fs::path& links, const Surroundings& with) {
  if (const auto failed = link_files(place.database(), links, true)) return unlinked(failed);
  point_to_newest_manifest(links);
  Opened copy = open_copy(links, with);
  if (copy.finding != Finding::damaged) return copy;
  if (const auto failed = link_files(place.database(), links, false)) return unlinked(failed);
  copy = open_for_writing(links, with, Effort::best);
  if (copy.finding != Finding::opened) return copy;
  return check_meta(std::move(copy.db));
}

/// Where a sound database is then; none: nothing could be had. Refused: see Finding.
struct Rescued {
  Finding finding = Finding::damaged;
  Fault fault;
  fs::path dir;
};

Rescued salvage_into(const fs::path& copy, rocksdb::DB& damaged, const Surroundings& with) {
  Opened made = open_for_writing(copy, with, Effort::plain);
  if (made.finding != Finding::opened) return {made.finding, made.fault, {}};
  if (auto salvaged = salvage(damaged, *made.db); !salvaged) {
    log(LogLevel::warning, salvaged.error().in("recover the store").message);
    return {Finding::damaged, salvaged.error(), {}};
  }
  return {Finding::opened, {}, copy};
}

Rescued rescue(const Place& place, const Surroundings& with) {
  const fs::path links = place.rescue() / "links";
  const fs::path copy = place.rescue() / "copy";
  Opened linked = open_linked(place, links, with);
  if (!is_usable(linked.finding)) return {linked.finding, linked.fault, {}};
  const auto status = linked.db->VerifyChecksum();
  if (status.ok()) return {Finding::opened, {}, links};
  if (finding_of(status) != Finding::damaged) return {finding_of(status), fault_of(status), {}};
  return salvage_into(copy, *linked.db, with);
}

Result<Database> recover(const Place& place, const Surroundings& with, const Fault& why) {
  const Rescued rescued = rescue(place, with);
  const bool is_rescued = rescued.finding == Finding::opened;
  if (!is_rescued && rescued.finding != Finding::damaged) {
    place.clear_rescue();
    return rescued.fault;
  }
  const auto aside = place.set_aside(rescued.dir);
  if (!aside) return aside.error();
  log(LogLevel::warning,
      "the store was damaged (" + why.message + ") and was set aside as " + aside->string() +
          (is_rescued ? "; what could be read of it goes on" : "; a new one begins"));
  place.clear_rescue();
  place.keep_set_aside(most_set_aside);
  return made_ours(open_for_writing(place.database(), with, Effort::plain));
}

/// What is in the way of the old layout is refused, and not recovered: it may not be ours.
Result<void> move_old_layout(const Place& place, const Surroundings& with) {
  if (!place.is_moving()) {
    if (!place.has_old_layout()) return {};
    const Opened old = open_ours_for_reading(place.dir(), with, Log::to_the_damage);
    if (!is_usable(old.finding)) {
      return Fault{old.fault.message + (old.finding == Finding::damaged
                                            ? "; move the store away to begin a new one"
                                            : "")};
    }
  }
  return place.move_old_layout();
}

}  // namespace

Result<Database> open_database(const Place& place, const Surroundings& with, bool is_suspect) {
  if (auto finished = place.finish_set_aside(); !finished) return finished.error();
  if (auto moved = move_old_layout(place, with); !moved) return moved.error();
  Opened read = open_ours_for_reading(place.database(), with, Log::sound);
  if (is_suspect && read.db) {
    const auto status = read.db->VerifyChecksum();
    if (!status.ok()) read = {finding_of(status), fault_of(status), nullptr};
  }
  if (is_usable(read.finding)) {
    read.db.reset();
    Opened written = open_for_writing(place.database(), with, Effort::plain);
    if (written.finding == Finding::opened) {
      place.clear_rescue();
      return made_ours(std::move(written));
    }
    if (written.finding == Finding::no_room) {
      Opened again = open_ours_for_reading(place.database(), with, Log::sound);
      if (again.finding == Finding::opened) return Database{std::move(again.db), true};
    }
    read = std::move(written);
  }
  if (read.finding != Finding::damaged) return read.fault;
  return recover(place, with, read.fault);
}

}  // namespace ttq
