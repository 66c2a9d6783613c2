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

void WindowWriter::fill(rocksdb::WriteBatch& out, const WindowBatch& batch) {
  if (window() != batch.window) begin(out, batch);
  slot_->last_look = std::max(slot_->last_look, batch.last_look);
  const std::string key = window_key(batch.window);
  out.Put(key, encode_window(key, *slot_));
  apply(out, RecordKind::fine_listener, edits_of_listeners(batch));
  apply(out, RecordKind::fine_flow, edits_of_flows(batch));
}

void WindowWriter::begin(rocksdb::WriteBatch& out, const WindowBatch& batch) {
  slot_ = Slot{batch.window, first_look_of(batch), batch.last_look};
  inherited_.clear();
  const std::string key = window_key(batch.window);
  std::string value;
  if (!db_.Get({}, key, &value).ok()) return;
  const auto earlier = decode_window(key, value);
  if (!earlier) return losses_.count(key);
  slot_->first_look = earlier->first_look;
  slot_->last_look = std::max(slot_->last_look, earlier->last_look);
  inherit(out, RecordKind::fine_listener, *earlier);
  inherit(out, RecordKind::fine_flow, *earlier);
}

void WindowWriter::inherit(rocksdb::WriteBatch& out, RecordKind kind, const Slot& earlier) {
  const std::string bucket = chunk_key(kind, fine_bucket(earlier.window), "");
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator({}));
  for (at->Seek(bucket); at->Valid() && at->key().starts_with(bucket); at->Next()) {
    const std::string key = at->key().ToString();
    auto rows = decode_chunk(key, at->value().ToStringView());
    if (!rows) continue;  // whoever reads it, counts it
    const auto row = find(*rows, earlier.window);
    if (row == rows->end() || row->window != earlier.window) continue;
    const bool stood = !row->last_seen;
    if (stood) row->last_seen = earlier.last_look;
    inherited_[key] = encode_chunk(key, {*row});
    if (stood) out.Put(key, encode_chunk(key, *rows));
  }
}

std::vector<WindowWriter::Edit> WindowWriter::edits_of_flows(const WindowBatch& batch) const {
  std::vector<Edit> edits;
  edits.reserve(batch.removed.size() + batch.flows.size());
  for (const FlowKey& key : batch.removed) edits.push_back({flow_series(key), std::nullopt, ""});
  for (const Flow& flow : batch.flows) {
    edits.push_back({flow_series(flow.key), row_of(flow, *slot_, ""), encode_owner(flow.owner)});
  }
  return edits;
}

std::vector<WindowWriter::Edit> WindowWriter::edits_of_listeners(const WindowBatch& batch) const {
  std::vector<Edit> edits;
  for (const Listener& listener : batch.listeners) {
    edits.push_back(
        {listener_series(listener), row_of(listener, *slot_, ""), encode_owner(listener.owner)});
  }
  return edits;
}

/// Edits and chunks are in one order, so that nearly every chunk is the next one.
void WindowWriter::apply(rocksdb::WriteBatch& out, RecordKind kind, std::vector<Edit> edits) {
  if (edits.empty()) return;
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& a, const Edit& b) { return a.series < b.series; });
  const Time bucket = fine_bucket(slot_->window);
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator({}));
  at->Seek(chunk_key(kind, bucket, edits.front().series));
  for (std::size_t n = 0; n < edits.size(); ++n) {
    Edit& edit = edits[n];
    const bool is_overruled = n + 1 < edits.size() && edits[n + 1].series == edit.series;
    if (is_overruled) continue;
    const std::string key = chunk_key(kind, bucket, edit.series);
    if (at->Valid() && at->key().compare(key) < 0) at->Next();
    if (at->Valid() && at->key().compare(key) < 0) at->Seek(key);
    if (edit.row) edit.row->owner = edit.owner;
    const bool is_there = at->Valid() && at->key() == rocksdb::Slice(key);
    put(out, key, is_there ? at->value().ToStringView() : std::string_view(), edit.row);
  }
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
