#include "ttq/peer_files.h"

#include <algorithm>

#include "base/small_file.h"
#include "base/text.h"
#include "ttq/target.h"
#include "wire/peer_entries.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 16U << 20U;  // some tens of thousands of hosts

/// By name. What begins with a dot is what editors leave behind.
Result<std::vector<fs::path>> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    const bool is_hidden = path.filename().string().starts_with('.');
    if (path.extension() == ".json" && !is_hidden) files.push_back(path);
  }
  const bool is_absent =
      error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  if (error && !is_absent) return Fault{directory.string() + ": " + error.message()};
  std::sort(files.begin(), files.end());
  return files;
}

/// Without a port where that is the one which is meant without.
Result<BookedPeer> place_of(const PeerEntry& entry, const fs::path& file, std::uint16_t peer_port) {
  const auto target = parse_target(entry.target);
  if (!target) return target.error();
  if (target->host.empty()) return Fault{"\"" + clean(entry.target) + "\" names no host"};
  const auto port = target->port == peer_port ? std::nullopt : target->port;
  return BookedPeer{target->host, port, file.string()};
}

Result<void> take_entry(PeerBook& book, const PeerEntry& entry, const BookedPeer& place) {
  for (const Address& address : entry.addresses) {
    if (auto added = book.add(address, place); !added) return added;
  }
  return {};
}

Result<void> take_file(PeerBook& book, const fs::path& file, std::uint16_t peer_port) {
  const auto text = read_small_file(file, most_bytes);
  if (!text) return text.error();
  const auto entries = parse_peer_entries(*text);
  if (!entries) return entries.error().in(file.string());
  for (const PeerEntry& entry : *entries) {
    const auto place = place_of(entry, file, peer_port);
    const auto taken = place ? take_entry(book, entry, *place) : place.error();
    if (!taken) return taken.error().in(file.string() + ": " + clean(entry.target));
  }
  return {};
}

}  // namespace

Result<PeerBook> read_peer_book(const std::vector<fs::path>& beside, std::uint16_t peer_port) {
  PeerBook whole;
  for (const fs::path& file : beside) {
    const auto files = files_in(file.parent_path() / "peers.d");
    if (!files) return files.error();
    PeerBook book;
    for (const fs::path& one : *files) {
      if (auto taken = take_file(book, one, peer_port); !taken) return taken.error();
    }
    whole.overlay(book);
  }
  return whole;
}

}  // namespace ttq
