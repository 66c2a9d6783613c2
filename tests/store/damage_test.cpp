// Bits that change, files that are cut, emptied, gone or something else: whatever happens to a file
// of the database, the store opens, tells nothing wrong, and says what has happened.
#include <doctest/doctest.h>

#include <fstream>
#include <functional>

#include "store/both_stores.h"
#include "store/files.h"
#include "store/oracle.h"

using namespace ttq;
using namespace ttq::test;

namespace fs = std::filesystem;

namespace {

constexpr Keeping keeping{.full_resolution = std::chrono::hours(100'000),
                          .retention = std::chrono::hours(200'000)};
constexpr int windows = 9;

/// A store as a kill leaves it, with windows in tables and windows in the log.
class Sample {
 public:
  Sample() {
    auto store = RocksStore::open(dir(), keeping).value();
    for (int n = 0; n < windows; ++n) {
      for (int state = 0; state < states; ++state) {
        oracle_.handed(n, state);
        REQUIRE(store->write(window_in(n, state)));
        oracle_.kept(n, state);
      }
      if (n == 2 || n == 5) REQUIRE(store->compact());
    }
    oracle_.anything_may_be_lost();
  }
  [[nodiscard]] fs::path dir() const { return scratch_.path() / "store"; }
  [[nodiscard]] const Oracle& oracle() const { return oracle_; }

  /// Of each kind the newest, by its name.
  [[nodiscard]] std::vector<std::string> files() const {
    std::map<std::string, std::string> newest;
    for (const auto& entry : fs::directory_iterator(dir() / "db")) {
      const std::string name = entry.path().filename();
      const bool is_numbered = std::isdigit(static_cast<unsigned char>(name.front())) != 0;
      const std::string kind =
          is_numbered ? entry.path().extension().string() : name.substr(0, name.find('-'));
      newest[kind] = std::max(newest[kind], name);
    }
    std::vector<std::string> names;
    for (const auto& [kind, name] : newest) names.push_back(name);
    return names;
  }

 private:
  ScratchDir scratch_;
  Oracle oracle_;
};

const Sample& sample() {
  static const Sample one;
  return one;
}

void overwrite(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

bool is_table(const std::string& name) { return fs::path(name).extension() == ".sst"; }
bool is_log(const std::string& name) { return fs::path(name).extension() == ".log"; }
/// What RocksDB itself makes anew when it opens.
bool is_dispensable(const std::string& name) {
  return name.rfind("OPTIONS", 0) == 0 || name == "IDENTITY" || name == "LOCK";
}

/// What has come of a damaged copy of the sample.
struct Outcome {
  std::string complaint;
  int found = 0;
  std::vector<std::string> mishaps;
  bool is_set_aside = false;
};

/// A block that is damaged is found as it is read; the write that follows recovers the store.
Outcome open_damaged(const std::string& name, const std::function<void(const fs::path&)>& damage) {
  ScratchDir scratch;
  const fs::path dir = scratch.path() / "store";
  fs::copy(sample().dir(), dir, fs::copy_options::recursive);
  damage(dir / "db" / name);
  auto store = RocksStore::open(dir, keeping);
  if (!store) return {.complaint = store.error().message};
  Outcome outcome{.complaint = sample().oracle().complaint(**store)};
  if (outcome.complaint.find("cannot be read") != std::string::npos) {
    static_cast<void>((*store)->write(window_in(windows + 1, 0)));
    outcome.complaint = sample().oracle().complaint(**store);
  }
  if (!(*store)->write(window_in(windows + 2, 0))) outcome.complaint += "; it does not write";
  outcome.found = sample().oracle().windows_found(**store);
  outcome.mishaps = (*store)->mishaps();
  for (const auto& entry : fs::directory_iterator(dir)) {
    const bool is_aside = entry.path().filename().string().rfind("db.corrupt-", 0) == 0;
    outcome.is_set_aside = outcome.is_set_aside || is_aside;
    if (entry.path().filename().string().rfind("db.resc", 0) == 0) outcome.complaint += "; litter";
  }
  return outcome;
}

/// A log that is cut looks as one that a kill has cut; all else that is lost is told.
void check(const std::string& name, const std::function<void(const fs::path&)>& damage) {
  const Outcome outcome = open_damaged(name, damage);
  CHECK_MESSAGE(outcome.complaint.empty(), outcome.complaint);
  CHECK(outcome.mishaps.empty() != outcome.is_set_aside);
  if (outcome.found < windows && !is_log(name)) CHECK_FALSE(outcome.mishaps.empty());
  if (is_dispensable(name) || name == "CURRENT") CHECK(outcome.found == windows);
}

std::vector<std::size_t> positions(std::size_t size) {
  constexpr std::size_t many = 24;
  std::vector<std::size_t> chosen;
  for (std::size_t n = 0; n < many; ++n) chosen.push_back(n * (size - 1) / many);
  for (std::size_t back = 1; back <= std::min<std::size_t>(size, 12); ++back) {
    chosen.push_back(size - back);
  }
  return chosen;
}

}  // namespace

TEST_CASE("the sample has a file of every kind, and all of its windows") {
  // But LOG, which is not written (database.cpp).
  const auto files = sample().files();
  for (const char* kind : {"CURRENT", "IDENTITY", "LOCK", "MANIFEST", "OPTIONS"}) {
    CHECK(std::any_of(files.begin(), files.end(),
                      [&](const auto& name) { return name.rfind(kind, 0) == 0; }));
  }
  CHECK(std::any_of(files.begin(), files.end(), is_table));
  CHECK(std::any_of(files.begin(), files.end(), is_log));
  const Outcome outcome = open_damaged("CURRENT", [](const fs::path&) {});
  CHECK(outcome.complaint == "");
  CHECK(outcome.found == windows);
  CHECK(outcome.mishaps.empty());
}

TEST_CASE("a bit that changed in any file makes no answer wrong, and is told where it matters") {
  for (const std::string& name : sample().files()) {
    CAPTURE(name);
    const auto size = fs::file_size(sample().dir() / "db" / name);
    if (size == 0) continue;
    for (const std::size_t position : positions(size)) {
      CAPTURE(position);
      check(name, [&](const fs::path& file) {
        std::string bytes = contents(file);
        bytes.at(position) = static_cast<char>(bytes.at(position) ^ 0x10);
        overwrite(file, bytes);
      });
    }
  }
}

TEST_CASE("a file that was cut, emptied, filled with zeros, removed or replaced is survived") {
  const std::pair<const char*, std::function<void(const fs::path&)>> damages[] = {
      {"cut", [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }},
      {"emptied", [](const fs::path& file) { fs::resize_file(file, 0); }},
      {"zeros",
       [](const fs::path& file) { overwrite(file, std::string(fs::file_size(file), '\0')); }},
      {"removed", [](const fs::path& file) { fs::remove(file); }},
      {"a directory",
       [](const fs::path& file) {
         fs::remove(file);
         fs::create_directory(file);
       }},
  };
  for (const std::string& name : sample().files()) {
    for (const auto& way : damages) {  // clang 14 captures no binding
      CAPTURE(name);
      CAPTURE(way.first);
      check(name, way.second);
    }
  }
}
