#include "store/rocks_store.h"

#include <rocksdb/convenience.h>

#include <algorithm>

#include "base/text.h"
#include "store/instance.h"
#include "store/keeping.h"
#include "store/paging.h"

namespace ttq {
namespace {

constexpr std::string_view instance_name = "instance";
constexpr std::string_view floor_name = "floor";

bool any_window(const Window&) { return true; }

/// Whether flows of this key can match, as far as the key tells.
bool may_match(const FlowQuery& query, const FlowKey& key) {
  const FlowQuery by_key{
      .role = query.role, .proto = query.proto, .port = query.port, .peer = query.peer};
  return matches(by_key, Flow{.key = key});
}

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
  folder_.emplace(*db_, keeping_);
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
  const bool begins = batch.window != window_;
  if (begins) begin_window(batch.window);
  if (batch.window.start < floor_.get()) {
    if (auto lowered = set_floor(batch.window.start); !lowered) return lowered;
  }
  rocksdb::WriteBatch out;
  put_window(out, batch.window);
  for (const FlowKey& key : batch.removed) remove(out, key);
  for (const Flow& flow : batch.flows) put(out, flow);
  for (const Listener& listener : batch.listeners) put(out, listener);
  if (batch.coverage) {
    const std::string key = coverage_key(batch.coverage->span.since);
    out.Put(key, encode_coverage(key, *batch.coverage));
  }
  return apply(*db_, out, begins);
}

void RocksStore::begin_window(const Window& window) {
  std::string ignored;
  window_ = window;
  inherited_.clear();
  inherits_ = db_->Get({}, window_key(window), &ignored).ok();
}

std::optional<std::string> RocksStore::inherited(const std::string& key) {
  if (!inherits_) return std::nullopt;
  auto [at, is_new] = inherited_.try_emplace(key);
  std::string value;
  if (is_new && db_->Get({}, key, &value).ok()) at->second = std::move(value);
  return at->second;
}

void RocksStore::put(rocksdb::WriteBatch& batch, const Flow& flow) {
  const std::string key = record_key(flow_series(flow.key), *window_);
  const auto before = inherited(key);
  auto sum = before ? decode_flow(key, *before) : std::nullopt;
  if (sum) absorb(*sum, flow);
  batch.Put(key, encode_flow(key, sum ? *sum : flow));
}

void RocksStore::put(rocksdb::WriteBatch& batch, const Listener& listener) {
  const std::string key = record_key(listener_series(listener), *window_);
  const auto before = inherited(key);
  auto sum = before ? decode_listener(key, *before) : std::nullopt;
  if (sum) absorb(*sum, listener);
  batch.Put(key, encode_listener(key, sum ? *sum : listener));
}

void RocksStore::remove(rocksdb::WriteBatch& batch, const FlowKey& flow) {
  const std::string key = record_key(flow_series(flow), *window_);
  if (const auto before = inherited(key)) {
    batch.Put(key, *before);
  } else {
    batch.Delete(key);
  }
}

bool RocksStore::is_cursor(const std::string& text) const { return parse_cursor(text).has_value(); }

Result<FlowPage> RocksStore::flows(const FlowQuery& query) const {
  const auto cursor = query.cursor ? parse_cursor(*query.cursor) : std::string();
  if (!cursor) return bad_cursor();
  RecordReader in = reader();
  FlowPage page;
  const auto frame = in.frame(query.span);
  bool more = frame && in.seek_series(RecordKind::flow, *cursor);
  for (; more; more = in.next_series()) {
    const auto key = decode_flow_series(in.series());
    if (key && !may_match(query, *key)) continue;
    auto flow = in.add_up<Flow>(*frame);
    if (flow && !add_to_page(page, query, *std::move(flow))) break;
  }
  if (auto read = in.fault(); !read) return read.error();
  return page;
}

Result<std::vector<Listener>> RocksStore::listeners(const Span& span) const {
  RecordReader in = reader();
  std::vector<Listener> found;
  const auto frame = in.frame(span);
  bool more = frame && in.seek_series(RecordKind::listener, "");
  for (; more; more = in.next_series()) {
    auto listener = in.add_up<Listener>(*frame);
    if (listener) found.push_back(*std::move(listener));
  }
  if (auto read = in.fault(); !read) return read.error();
  return found;
}

Result<std::vector<Coverage>> RocksStore::coverage(const Span& span) const {
  RecordReader in = reader();
  auto found = in.coverage({Time{}, span.until});
  if (auto read = in.fault(); !read) return read.error();
  return tidy(std::move(found), {std::max(span.since, in.floor()), span.until});
}

Result<void> RocksStore::maintain(Time now) {
  if (auto folded = folder_->work(reader(), now); !folded) {
    return folded.error().in("fold old windows");
  }
  if (auto dropped = drop_past(now); !dropped) return dropped.error().in("drop old windows");
  if (auto dropped = drop_excess(); !dropped) return dropped.error().in("keep to the size");
  return {};
}

Result<void> RocksStore::drop_past(Time now) {
  RecordReader in = reader();
  const auto oldest = in.find_window(in.floor(), any_window);
  const auto kept = in.find_window(
      in.floor(), [&](const Window& window) { return !is_past(window, now, keeping_); });
  if (auto read = in.fault(); !read) return read;
  if (oldest == kept) return {};
  if (auto set = set_floor(kept ? kept->start : now - keeping_.retention); !set) return set;
  // Compactions that happen anyway do most of the work; a thirtieth of the time is worth one.
  if (floor_.get() - swept_ >= keeping_.retention / 30) sweep();
  return {};
}

Result<void> RocksStore::drop_excess() {
  const bool sweeping = sweep_ && !sweep_->done();
  const auto bytes = bytes_on_disk(*db_);
  if (sweeping || bytes <= keeping_.max_bytes) return {};
  RecordReader in = reader();
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
  sweep_ = std::make_unique<Sweep>(*db_);
}

StoreFigures RocksStore::figures() const {
  StoreFigures figures{.bytes = bytes_on_disk(*db_), .corrupt_records = losses_.get()};
  const auto oldest = reader().find_window(Time{}, any_window);
  if (oldest) figures.oldest_window = oldest->start;
  return figures;
}

}  // namespace ttq
