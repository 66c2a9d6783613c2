// kill -9 at any moment: the store opens again, and every window that was closed is as it was.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "base/text.h"
#include "base/unique_fd.h"
#include "store/killed_windows.h"
#include "store/rocks_store.h"
#include "store/scratch_dir.h"
#include "support/chosen.h"

using namespace ttq;
using namespace ttq::test;

namespace {

/// tests/store/store_writer.cpp, as a process. Killed with the object.
class Writer {
 public:
  Writer(const std::string& dir, int first, bool fold) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    out_ = UniqueFd(ends[0]);
    const UniqueFd in(ends[1]);
    const std::string number = std::to_string(first);
    const char* arguments[] = {STORE_WRITER, dir.c_str(), number.c_str(), fold ? "fold" : nullptr,
                               nullptr};
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in.get(), STDOUT_FILENO);
      ::execv(STORE_WRITER, const_cast<char**>(arguments));
      ::_exit(127);
    }
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  /// Waits for one report and reads what else is there; every report, after the kill.
  void read() {
    char piece[4096];
    const auto got = ::read(out_.get(), piece, sizeof piece);
    if (got > 0) said_.append(piece, static_cast<std::size_t>(got));
  }
  [[nodiscard]] std::optional<int> last_reported() const {
    const auto lines = split(said_, '\n');  // what follows the last one is empty or cut
    if (lines.size() < 2) return std::nullopt;
    return parse_integer<int>(lines[lines.size() - 2]);
  }

 private:
  UniqueFd out_;
  pid_t pid_ = -1;
  std::string said_;
};

/// Runs the writer from window `first`, kills it after some milliseconds. The last closed window.
int write_and_kill(const std::string& dir, int first, bool fold, std::mt19937& random) {
  Writer writer(dir, first, fold);
  writer.read();  // it is open, and has closed a window
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
  writer.kill();
  writer.read();
  const auto last = writer.last_reported();
  REQUIRE(last.has_value());
  return *last;
}

std::vector<Flow> flows(const Store& store, const Span& span) {
  return store.flows({.span = span}).value().flows;
}

/// Of windows that may or may not have been closed when the writer was killed.
bool is_whole_or_absent(const Store& store, int n) {
  const auto found = flows(store, minutes(n, n + 1));
  return found.empty() || found == killed_window(n, false).flows ||
         found == killed_window(n, true).flows;
}

std::uint64_t opened_in(const std::vector<Flow>& flows) {
  std::uint64_t sum = 0;
  for (const Flow& flow : flows) sum += flow.connections.opened;
  return sum;
}

/// Other moments each time; $STORE_SEED plays one again.
unsigned any_seed() { return chosen("STORE_SEED", std::random_device()()); }

constexpr int kills = 75;
constexpr int kills_while_folding = 25;

}  // namespace

TEST_CASE("killed 75 times in the middle of flushes, no closed window is lost or changed") {
  ScratchDir scratch;
  const unsigned seed = any_seed();
  MESSAGE("STORE_SEED=" << seed);
  std::mt19937 random(seed);
  std::set<int> closed;
  int first = 0;
  for (int round = 0; round < kills; ++round) {
    CAPTURE(round);
    const int last = write_and_kill(scratch.path().string(), first, false, random);
    const auto store = RocksStore::open(scratch.path(), killed_keeping(false));
    REQUIRE_MESSAGE(store.has_value(), store.error().message);
    for (int n = first; n <= last; ++n) closed.insert(n);
    const bool is_time_for_all = round % 15 == 0 || round + 1 == kills;
    for (auto n = closed.lower_bound(is_time_for_all ? 0 : first); n != closed.end(); ++n) {
      CHECK(flows(**store, minutes(*n, *n + 1)) == killed_window(*n, true).flows);
    }
    CHECK(is_whole_or_absent(**store, last + 1));
    CHECK((*store)->coverage(minutes(last + 2, last + 60)).value().empty());
    CHECK((*store)->mishaps().empty());
    first = last + 10;  // the host was not watched meanwhile
  }
  const auto store = RocksStore::open(scratch.path(), killed_keeping(false));
  REQUIRE(store.has_value());
  const auto spans = (*store)->coverage(minutes(0, first)).value();
  CHECK(spans.size() == kills);  // trap 25: each gap shows
}

TEST_CASE("killed while hours are folded, nothing is lost and nothing counted twice") {
  ScratchDir scratch;
  const unsigned seed = any_seed();
  MESSAGE("STORE_SEED=" << seed);
  std::mt19937 random(seed);
  std::uint64_t expected = 0;
  int first = 0;
  for (int round = 0; round < kills_while_folding; ++round) {
    CAPTURE(round);
    const int last = write_and_kill(scratch.path().string(), first, true, random);
    const auto store = RocksStore::open(scratch.path(), killed_keeping(true));
    REQUIRE_MESSAGE(store.has_value(), store.error().message);
    for (int n = first; n <= last; ++n) expected += opened_in(killed_window(n, true).flows);
    expected += opened_in(flows(**store, minutes(last + 1, last + 2)));
    CHECK(opened_in(flows(**store, minutes(0, last + 2))) == expected);
    CHECK((*store)->mishaps().empty());
    first = last + 2;
  }
}
