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

constexpr std::string_view instance_name = "instance";
constexpr std::string_view floor_name = "floor";

bool any_window(const Window&) { return true; }

Result<void> apply(rocksdb::DB& db, rocksdb::WriteBatch& batch, bool sync = false) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  auto status = db.Write(options, &batch);
  // After a full disk RocksDB refuses to write, even when there is room again, until it is told to.
  if (!status.ok() && db.Resume().ok()) status = db.Write(options, &batch);
  if (!status.ok()) return fault_of(status);
  return {};
}

}  // namespace

Result<std::unique_ptr<RocksStore>> RocksStore::open(const std::filesystem::path& dir,
                                                     Keeping keeping) {
  const std::string context = "open store " + dir.string();
  std::unique_ptr<RocksStore> store(new RocksStore(keeping));
  auto database = open_database(dir, store->filter_);
  if (!database) return database.error().in(context);
  if (auto taken = store->take_up(*std::move(database)); !taken) return taken.error().in(context);
  return store;
}

Result<void> RocksStore::take_up(Database database) {
  lock_ = std::move(database.lock);
  db_ = std::move(database.db);
  writer_.emplace(*db_, losses_);
  roller_.emplace(*db_, keeping_, losses_);
  if (auto read = read_floor(); !read) return read;
  swept_ = floor_.get();
  return read_instance();
}

Result<void> RocksStore::read_floor() {
  const auto text = read_meta(*db_, floor_name);
  if (!text) return text.error();
  const auto milliseconds = parse_integer<Duration::rep>(text->value_or("0"));
  if (!milliseconds) return Fault{"the floor of the store is no number"};
  floor_.set(Time(Duration(*milliseconds)));
  return {};
}

Result<void> RocksStore::read_instance() {
  const auto text = read_meta(*db_, instance_name);
  if (!text) return text.error();
  instance_ = text->value_or(make_instance());
  if (*text) return {};
  rocksdb::WriteBatch batch;
  put_meta(batch, instance_name, instance_);
  return apply(*db_, batch, true);
}

RocksStore::~RocksStore() {
  if (!sweep_) return;
  rocksdb::CancelAllBackgroundWork(db_.get(), false);
  sweep_.reset();
}

Result<void> RocksStore::write(const WindowBatch& batch) {
  if (batch.window.length > hour) return Fault{"a window is longer than an hour"};
  if (batch.window.start < floor_.get()) {
    if (auto lowered = set_floor(batch.window.start); !lowered) return lowered;
  }
  const bool begins = batch.window != writer_->window();
  rocksdb::WriteBatch out;
  if (begins) {
    Calendar known = calendar();
    roller_->disturb(out, known, batch.window);
  }
  writer_->fill(out, batch);
  if (batch.coverage) {
    const std::string key = coverage_key(batch.coverage->span.since);
    out.Put(key, encode_coverage(key, *batch.coverage));
  }
  auto written = apply(*db_, out, begins);
  if (!written) writer_->forget();
  return written;
}

bool RocksStore::is_cursor(const std::string& text) const { return parse_cursor(text).has_value(); }

Result<std::unique_ptr<FlowReader>> RocksStore::read_flows(const FlowQuery& query) const {
  const auto cursor = query.cursor ? parse_cursor(*query.cursor) : std::string();
  if (!cursor) return bad_cursor();
  auto reader = read_at_one_floor(
      floor_, [&](Time floor) { return FlowScan::open(*db_, floor, losses_, query, *cursor); });
  if (!reader) return reader.error();
  return std::unique_ptr<FlowReader>(*std::move(reader));
}

Result<ListenerPage> RocksStore::listener_page(const Span& span, std::size_t limit,
                                               const std::optional<std::string>& cursor) const {
  const auto after = cursor ? parse_cursor(*cursor) : std::string();
  if (!after) return bad_cursor();
  return read_at_one_floor(floor_, [&](Time floor) {
    return scan_listeners(*db_, floor, losses_, span, limit, *after);
  });
}

Result<std::vector<Coverage>> RocksStore::coverage(const Span& span) const {
  Calendar known = calendar();
  auto found = known.coverage({Time{}, span.until});
  if (auto read = known.fault(); !read) return read.error();
  return tidy(std::move(found), {std::max(span.since, known.floor()), span.until});
}

Result<void> RocksStore::maintain(Time now) {
  Calendar known = calendar();
  const auto rolled = roller_->work(known, now, writer_->window());
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
  if (sweeping || bytes <= keeping_.max_bytes) return {};
  Calendar in = calendar();
  const auto floor = floor_by_size(in.windows({in.floor(), Time::max()}), bytes, keeping_);
  if (auto read = in.fault(); !read) return read;
  if (!floor || *floor <= in.floor()) return {};
  if (auto set = set_floor(*floor); !set) return set;
  sweep();
  return {};
}

/// On disk first: what a compaction may leave out is what a restart will not look for.
Result<void> RocksStore::set_floor(Time floor) {
  rocksdb::WriteBatch batch;
  put_meta(batch, floor_name, std::to_string(floor.time_since_epoch().count()));
  if (auto set = apply(*db_, batch); !set) return set;
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
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const auto status = db_->CompactRange(options, nullptr, nullptr);
  if (!status.ok()) return fault_of(status);
  return {};
}

StoreFigures RocksStore::figures() const {
  StoreFigures figures{.bytes = bytes_on_disk(*db_), .corrupt_records = losses_.get()};
  const auto oldest = calendar().find(Time{}, any_window);
  if (oldest) figures.oldest_window = oldest->start;
  return figures;
}

}  // namespace ttq
