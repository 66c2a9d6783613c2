#include "store/window_writer.h"

#include <algorithm>

#include "store/codec.h"
#include "store/owner_codec.h"
#include "store/tally.h"

namespace ttq {
namespace {

/// The first look of a window is when all that stood at its beginning was first seen in it.
Time first_look_of(const WindowBatch& batch) {
  Time first = std::max(batch.last_look, batch.window.start);
  const auto note = [&](Time seen) {
    if (seen >= batch.window.start) first = std::min(first, seen);
  };
  for (const Flow& flow : batch.flows) note(flow.first_seen);
  for (const Listener& listener : batch.listeners) note(listener.first_seen);
  return first;
}

std::vector<Row>::iterator find(std::vector<Row>& rows, const Window& window) {
  return std::lower_bound(rows.begin(), rows.end(), window,
                          [](const Row& row, const Window& w) { return row.window < w; });
}

void replace(std::vector<Row>& rows, const Window& window, const std::optional<Row>& row) {
  auto at = find(rows, window);
  if (at != rows.end() && at->window == window) at = rows.erase(at);
  if (row) rows.insert(at, *row);
}

}  // namespace

Result<void> WindowWriter::fill(rocksdb::WriteBatch& out, const WindowBatch& batch) {
  if (window() != batch.window) {
    if (auto begun = begin(batch); !begun) {
      slot_.reset();
      return begun;
    }
  }
  for (const auto& [key, value] : first_) {
    value.empty() ? out.Delete(key) : out.Put(key, value);
  }
  slot_->last_look = std::max(slot_->last_look, batch.last_look);
  const std::string key = window_key(batch.window);
  out.Put(key, encode_window(key, *slot_));
  std::vector<Edit<Listener>> listeners;
  for (const Listener& listener : batch.listeners) {
    listeners.push_back({listener_series(listener), &listener});
  }
  if (auto put = apply(out, RecordKind::fine_listener, std::move(listeners)); !put) return put;
  std::vector<Edit<Flow>> flows;
  flows.reserve(batch.removed.size() + batch.flows.size());
  for (const FlowKey& removed : batch.removed) flows.push_back({flow_series(removed), nullptr});
  for (const Flow& flow : batch.flows) flows.push_back({flow_series(flow.key), &flow});
  return apply(out, RecordKind::fine_flow, std::move(flows));
}

Result<void> WindowWriter::begin(const WindowBatch& batch) {
  slot_ = Slot{batch.window, first_look_of(batch), batch.last_look};
  inherited_.clear();
  first_.clear();
  is_written_ = false;
  const auto is_resumed = resume(batch);
  if (!is_resumed) return is_resumed.error();
  const std::string key = window_key(batch.window);
  std::string value;
  const auto status = db_->Get({}, key, &value);
  if (status.IsNotFound()) return {};
  if (!status.ok()) return losses_.check(status);
  const auto earlier = decode_window(key, value);
  if (!earlier) {
    losses_.count(key);
    return {};
  }
  slot_->first_look = earlier->first_look;
  slot_->last_look = std::max(slot_->last_look, earlier->last_look);
  for (const auto kind : {RecordKind::fine_listener, RecordKind::fine_flow}) {
    auto read = *is_resumed ? clear(kind, batch.window) : inherit(kind, *earlier);
    if (!read) return read;
  }
  return {};
}

Result<bool> WindowWriter::resume(const WindowBatch& batch) {
  const Counting counting{batch.window, batch.counting};
  const std::string first = counting_key();
  bool is_known = false;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  for (at->Seek(first); at->Valid() && at->key().starts_with(first); at->Next()) {
    const std::string key = at->key().ToString();
    const std::string value = at->value().ToString();
    if (key == first) {
      is_known = batch.counting != 0 && decode_counting(key, value) == counting;
    } else if (is_known) {
      inherited_[std::string(carried_chunk_key(key))] = value;
    } else {
      first_[key] = "";
    }
  }
  if (!is_known) first_[first] = encode_counting(first, counting);
  if (auto read = losses_.check(at->status()); !read) return read.error();
  return is_known;
}

Result<void> WindowWriter::for_each(
    RecordKind kind, const Window& window,
    const std::function<void(const std::string&, std::vector<Row>&, Row&)>& visit) {
  const std::string bucket = chunk_key(kind, fine_bucket(window), "");
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  for (at->Seek(bucket); at->Valid() && at->key().starts_with(bucket); at->Next()) {
    const std::string key = at->key().ToString();
    auto rows = decode_chunk(key, at->value().ToStringView());
    if (!rows) continue;  // whoever reads it, counts it
    const auto row = find(*rows, window);
    if (row != rows->end() && row->window == window) visit(key, *rows, *row);
  }
  return losses_.check(at->status());
}

Result<void> WindowWriter::inherit(RecordKind kind, const Slot& earlier) {
  const auto visit = [&](const std::string& key, std::vector<Row>& rows, Row& row) {
    const bool stood = !row.last_seen;
    if (stood) row.last_seen = earlier.last_look;
    inherited_[key] = encode_chunk(key, {row});
    if (stood) first_[key] = encode_chunk(key, rows);
    first_[carried_key(key)] = inherited_[key];
  };
  return for_each(kind, earlier.window, visit);
}

Result<void> WindowWriter::clear(RecordKind kind, const Window& window) {
  const auto visit = [&](const std::string& key, std::vector<Row>& rows, Row& /*row*/) {
    replace(rows, window, with_inherited(key, std::nullopt));
    first_[key] = rows.empty() ? "" : encode_chunk(key, rows);
  };
  return for_each(kind, window, visit);
}

/// Edits and chunks are in one order, so that nearly every chunk is the next one.
template <class Record>
Result<void> WindowWriter::apply(rocksdb::WriteBatch& out, RecordKind kind,
                                 std::vector<Edit<Record>> edits) {
  if (edits.empty()) return {};
  std::stable_sort(edits.begin(), edits.end(),
                   [](const auto& a, const auto& b) { return a.series < b.series; });
  const Time bucket = fine_bucket(slot_->window);
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
  at->Seek(chunk_key(kind, bucket, edits.front().series));
  for (std::size_t n = 0; n < edits.size(); ++n) {
    const auto& [series, record] = edits[n];
    const bool is_overruled = n + 1 < edits.size() && edits[n + 1].series == series;
    if (is_overruled) continue;
    const std::string key = chunk_key(kind, bucket, series);
    if (at->Valid() && at->key().compare(key) < 0) at->Next();
    if (at->Valid() && at->key().compare(key) < 0) at->Seek(key);
    const bool is_there = at->Valid() && at->key() == rocksdb::Slice(key);
    const auto chunk = is_there ? at->value().ToStringView() : std::string_view();
    const std::string owner = record ? encode_owner(record->owner) : std::string();
    put(out, key, chunk, record ? std::optional(row_of(*record, *slot_, owner)) : std::nullopt);
    if (!at->status().ok()) break;
  }
  return losses_.check(at->status());
}

/// `chunk` is what was there; empty: nothing.
void WindowWriter::put(rocksdb::WriteBatch& out, const std::string& key, std::string_view chunk,
                       const std::optional<Row>& row) {
  auto rows = chunk.empty() ? std::vector<Row>() : decode_chunk(key, chunk);
  if (!rows) {
    losses_.count(key);
    rows.emplace();
  }
  replace(*rows, slot_->window, with_inherited(key, row));
  if (rows->empty()) {
    out.Delete(key);
  } else {
    out.Put(key, encode_chunk(key, *rows));
  }
}

std::optional<Row> WindowWriter::with_inherited(const std::string& key,
                                                const std::optional<Row>& row) const {
  const auto earlier = inherited_.find(key);
  if (earlier == inherited_.end()) return row;
  const auto rows = decode_chunk(key, earlier->second);
  if (!rows || !row) return rows ? std::optional(rows->front()) : row;
  Tally sum;
  sum.add(rows->front(), *slot_);
  sum.add(*row, *slot_);
  const bool is_flow = is_kind(key, RecordKind::fine_flow);
  Row both = row_of(sum, *slot_, is_flow ? sum.best_note : sum.latest_note);
  both.last_seen = row->last_seen ? std::optional(sum.last_seen) : std::nullopt;
  return both;
}

}  // namespace ttq
