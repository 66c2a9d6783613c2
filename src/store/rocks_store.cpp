#include "store/rocks_store.h"

#include <rocksdb/convenience.h>

#include <algorithm>

#include "base/text.h"
#include "store/flow_scan.h"
#include "store/instance.h"
#include "store/keeping.h"
#include "store/paging.h"
#include "store/series_scan.h"

namespace ttq {
namespace {

constexpr Duration longest_unsynced = std::chrono::seconds(10);
/// A disk that damages what was just recovered will do so again.
constexpr int most_recoveries = 3;

bool any_window(const Window&) { return true; }

Fault being_recovered() { return {"the store is being recovered"}; }

/// Keeps the database open for as long as it reads.
class OpenReader final : public FlowReader {
 public:
  OpenReader(Readers::Pass pass, std::unique_ptr<FlowReader> reader)
      : pass_(std::move(pass)), reader_(std::move(reader)) {}
  Result<const Flow*> read() override { return reader_->read(); }
  [[nodiscard]] std::optional<std::string> next_page() const override {
    return reader_->next_page();
  }
  [[nodiscard]] std::string cursor() const override { return reader_->cursor(); }

 private:
  Readers::Pass pass_;
  std::unique_ptr<FlowReader> reader_;  // goes first
};

}  // namespace

Result<std::unique_ptr<RocksStore>> RocksStore::open(const std::filesystem::path& dir,
                                                     Keeping keeping, rocksdb::Env* env) {
  const std::string context = "open store " + dir.string();
  auto place = Place::take(dir);
  if (!place) return place.error().in(context);
  std::unique_ptr<RocksStore> store(new RocksStore(*std::move(place), keeping, env));
  if (auto opened = store->open_anew(false); !opened) return opened.error().in(context);
  return store;
}

/// REQUIRES: it is closed.
Result<void> RocksStore::open_anew(bool is_suspect) {
  auto database = open_database(place_, {env_, &filter_}, is_suspect);
  if (!database) return database.error();
  losses_.forget_damage();
  if (auto taken = take_up(*std::move(database)); !taken) {
    close();
    return taken;
  }
  readers_.open();
  return {};
}

Result<void> RocksStore::take_up(Database database) {
  db_ = std::move(database.db);
  is_broken_ = database.is_read_only;
  writer_.write_to(*db_);
  roller_.emplace(*db_, keeping_, losses_);
  note_set_aside();
  if (auto read = read_floor(); !read) return read;
  swept_ = floor_.get();
  return read_instance();
}

void RocksStore::note_set_aside() {
  std::vector<std::string> names;
  for (const auto& aside : place_.set_aside_databases()) names.push_back(aside.filename());
  mishaps_.set_aside(std::move(names));
}

/// REQUIRES: nobody reads, and nobody will.
void RocksStore::close() {
  if (sweep_) rocksdb::CancelAllBackgroundWork(db_.get(), false);
  sweep_.reset();
  roller_.reset();
  db_.reset();
}

Result<void> RocksStore::read_floor() {
  const auto text = read_meta(*db_, floor_name);
  if (!text) return text.error();
  const auto milliseconds = parse_integer<Duration::rep>(text->value_or("0"));
  if (!milliseconds) return Fault{"the floor of the store is no number"};
  floor_.set(Time(Duration(*milliseconds)));
  return {};
}

/// A store that was recovered without it goes on under the name it had, which others read
/// meanwhile.
Result<void> RocksStore::read_instance() {
  const auto text = read_meta(*db_, instance_name);
  if (!text) return text.error();
  if (instance_.empty()) instance_ = text->value_or(make_instance());
  if (*text == instance_) return {};
  rocksdb::WriteBatch batch;
  put_meta(batch, instance_name, instance_);
  return apply(batch, true);
}

RocksStore::~RocksStore() {
  if (!db_) return;
  // Not by SyncWAL(), which aborts (7.8.3, with assertions) where the log has failed before.
  rocksdb::WriteBatch nothing;
  if (!is_broken_) static_cast<void>(apply(nothing, true));
  close();
}

/// Opens anew what has failed, and recovers it if it was damaged.
Result<void> RocksStore::heal() {
  const bool is_damaged = losses_.met_damage() && recoveries_ < most_recoveries;
  if (db_ && !is_broken_ && !is_damaged) return {};
  if (!readers_.close()) return Fault{"the database failed; it is opened anew once nobody reads"};
  if (is_damaged) ++recoveries_;
  const auto aside = place_.set_aside_databases();
  if (db_) close();
  auto opened = open_anew(is_damaged);
  if (opened && aside != place_.set_aside_databases()) interrupted_ = writer_.window();
  return opened;
}

Result<void> RocksStore::write(const WindowBatch& batch) {
  if (batch.window.length > hour) return Fault{"a window is longer than an hour"};
  auto written = keep(batch);
  mishaps_.note_write(written.has_value(), room_.is_short());
  return written;
}

Result<void> RocksStore::keep(const WindowBatch& batch) {
  if (auto enough = room_.check(place_.dir()); !enough) return enough;
  if (auto healed = heal(); !healed) return healed;
  if (batch.window == interrupted_) {
    return Fault{"the store was recovered within this window, of which no more is kept"};
  }
  if (batch.window.start < floor_.get()) {
    if (auto lowered = set_floor(batch.window.start); !lowered) return lowered;
  }
  rocksdb::WriteBatch out;
  if (auto filled = fill(out, batch); !filled) return filled;
  const bool sync = is_sync_due(batch);
  if (auto applied = apply(out, sync); !applied) return applied;
  writer_.written();
  if (sync) synced_ = batch.last_look;
  return {};
}

Result<void> RocksStore::fill(rocksdb::WriteBatch& out, const WindowBatch& batch) {
  if (writer_.begins(batch.window)) {
    Calendar known = calendar();
    roller_->disturb(out, known, batch.window);
    if (auto read = known.fault(); !read) return read;
  }
  if (auto filled = writer_.fill(out, batch); !filled) return filled;
  if (batch.coverage) {
    const std::string key = coverage_key(batch.coverage->span.since);
    out.Put(key, encode_coverage(key, *batch.coverage));
  }
  return {};
}

bool RocksStore::is_sync_due(const WindowBatch& batch) const {
  const bool clock_went_back = batch.last_look < synced_;
  return writer_.begins(batch.window) || clock_went_back ||
         batch.last_look - synced_ >= longest_unsynced;
}

/// Some failures are over when RocksDB is told to go on. After one of its log it will not go on
/// (7.8.3), not even when a full disk has room again: then it has to be opened anew.
Result<void> RocksStore::apply(rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  auto status = db_->Write(options, &batch);
  if (!status.ok() && db_->Resume().ok()) status = db_->Write(options, &batch);
  if (status.ok()) return {};
  is_broken_ = true;
  return losses_.check(status);
}

bool RocksStore::is_cursor(const std::string& text) const { return parse_cursor(text).has_value(); }

Result<std::unique_ptr<FlowReader>> RocksStore::read_flows(const FlowQuery& query) const {
  const auto cursor = query.cursor ? parse_cursor(*query.cursor) : std::string();
  if (!cursor) return bad_cursor();
  auto pass = readers_.enter();
  if (!pass) return being_recovered();
  auto reader = read_at_one_floor(
      floor_, [&](Time floor) { return FlowScan::open(*db_, floor, losses_, query, *cursor); });
  if (!reader) return reader.error();
  return std::unique_ptr<FlowReader>(
      std::make_unique<OpenReader>(*std::move(pass), *std::move(reader)));
}

Result<ListenerPage> RocksStore::listener_page(const Span& span, std::size_t limit,
                                               const std::optional<std::string>& cursor) const {
  const auto after = cursor ? parse_cursor(*cursor) : std::string();
  if (!after) return bad_cursor();
  const auto pass = readers_.enter();
  if (!pass) return being_recovered();
  return read_at_one_floor(floor_, [&](Time floor) {
    return scan_listeners(*db_, floor, losses_, span, limit, *after);
  });
}

Result<std::vector<Coverage>> RocksStore::coverage(const Span& span) const {
  const auto pass = readers_.enter();
  if (!pass) return being_recovered();
  Calendar known = calendar();
  auto found = known.coverage({Time{}, span.until});
  if (auto read = known.fault(); !read) return read.error();
  return tidy(std::move(found), {std::max(span.since, known.floor()), span.until});
}

/// Without room nothing is folded, which takes some; what goes makes some.
Result<void> RocksStore::maintain(Time now) {
  if (!db_ || is_broken_) return {};  // write() has said why
  auto worked = fold_and_drop(now);
  if (!worked) is_broken_ = is_broken_ || !db_->Resume().ok();
  return worked;
}

Result<void> RocksStore::fold_and_drop(Time now) {
  Calendar known = calendar();
  const bool has_room = room_.check(place_.dir()).has_value();
  const auto rolled = has_room ? roller_->work(known, now, writer_.window()) : Result<bool>(true);
  if (!rolled) return rolled.error().in("fold old windows");
  const bool may_drop = *rolled;
  if (auto dropped = may_drop ? drop_past(now) : Result<void>(); !dropped)
    return dropped.error().in("drop old windows");
  if (auto dropped = drop_excess(); !dropped) return dropped.error().in("keep to the size");
  return {};
}

Result<void> RocksStore::drop_past(Time now) {
  Calendar in = calendar();
  const auto oldest = in.find(in.floor(), any_window);
  if (!oldest || !is_past(*oldest, now, keeping_)) return in.fault();
  const auto kept =
      in.find(in.floor(), [&](const Window& window) { return !is_past(window, now, keeping_); });
  if (auto read = in.fault(); !read) return read;
  if (auto set = set_floor(kept ? kept->start : now - keeping_.retention); !set) return set;
  // Compactions that happen anyway do most of the work; a thirtieth of the time is worth one.
  if (floor_.get() - swept_ >= keeping_.retention / 30) sweep();
  return {};
}

Result<void> RocksStore::drop_excess() {
  const bool sweeping = sweep_ && !sweep_->done();
  const auto bytes = bytes_on_disk(*db_);
  const auto aside = place_.set_aside_databases().size();
  if (aside > 0 && bytes + place_.bytes_set_aside() > keeping_.max_bytes) {
    place_.keep_set_aside(aside - 1);
    note_set_aside();
  }
  if (sweeping || bytes <= keeping_.max_bytes) return {};
  Calendar in = calendar();
  const auto floor = floor_by_size(in.windows({in.floor(), Time::max()}), bytes, keeping_);
  if (auto read = in.fault(); !read) return read;
  if (!floor || *floor <= in.floor()) return {};
  if (auto set = set_floor(*floor); !set) return set;
  sweep();
  return {};
}

/// On disk first: what a compaction may leave out is what a restart will not look for, not even
/// after a power cut.
Result<void> RocksStore::set_floor(Time floor) {
  rocksdb::WriteBatch batch;
  put_meta(batch, floor_name, std::to_string(floor.time_since_epoch().count()));
  if (auto set = apply(batch, true); !set) return set;
  floor_.set(floor);
  return {};
}

void RocksStore::sweep() {
  if (sweep_ && !sweep_->done()) return;
  swept_ = floor_.get();
  sweep_.reset();  // joins the last one
  sweep_ = std::make_unique<Sweep>(*db_, swept_);
}

Result<void> RocksStore::compact() {
  if (!db_) return being_recovered();
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const auto status = db_->CompactRange(options, nullptr, nullptr);
  if (!status.ok()) return fault_of(status);
  return {};
}

StoreFigures RocksStore::figures() const {
  const auto pass = readers_.enter();
  if (!pass) return {.max_bytes = keeping_.max_bytes, .corrupt_records = losses_.get()};
  StoreFigures figures{.bytes = bytes_on_disk(*db_) + place_.bytes_set_aside(),
                       .max_bytes = keeping_.max_bytes,
                       .corrupt_records = losses_.get()};
  const auto oldest = calendar().find(Time{}, any_window);
  if (oldest) figures.oldest_window = oldest->start;
  return figures;
}

}  // namespace ttq
