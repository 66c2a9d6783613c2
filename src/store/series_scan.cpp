#include "store/series_scan.h"

#include "store/chunk.h"
#include "store/seal.h"

namespace ttq {
namespace {

Time bucket_of(RecordKind kind, const Window& window) {
  const bool is_fine = kind == RecordKind::fine_flow || kind == RecordKind::fine_listener;
  return is_fine ? fine_bucket(window) : coarse_bucket(window.start);
}

}  // namespace

SeriesScan::SeriesScan(rocksdb::DB& db, const rocksdb::Snapshot* snapshot, Losses& losses,
                       const ChunkKinds& kinds, const Frame& frame, std::string_view after)
    : db_(db), snapshot_(snapshot), losses_(losses), newest_(frame.newest) {
  add_sources(kinds.coarse, frame.coarse);
  add_sources(kinds.fine, frame.fine);
  for (auto& source : sources_) open(*source, after);
}

void SeriesScan::add_sources(RecordKind kind, const std::vector<Slot>& slots) {
  for (const Slot& slot : slots) {
    const Time bucket = bucket_of(kind, slot.window);
    const auto known = std::find_if(sources_.begin(), sources_.end(), [&](const auto& source) {
      return source->kind == kind && source->bucket == bucket;
    });
    if (known != sources_.end()) {
      (*known)->slots.push_back(slot);
    } else {
      sources_.push_back(std::make_unique<Source>());
      sources_.back()->kind = kind;
      sources_.back()->bucket = bucket;
      sources_.back()->slots = {slot};
    }
  }
}

/// What is read once is not worth a place in the cache of blocks.
void SeriesScan::open(Source& source, std::string_view after) {
  source.bound = chunk_key(source.kind, source.bucket + Duration(1), "");
  source.upper_bound = source.bound;
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  options.fill_cache = false;
  options.iterate_upper_bound = &source.upper_bound;
  source.at.reset(db_.NewIterator(options));
  source.at->Seek(chunk_key(source.kind, source.bucket, after));
  settle(source);
  if (!after.empty() && source.series == after) {
    source.at->Next();
    settle(source);
  }
}

/// Passes by what is no key of a chunk.
void SeriesScan::settle(Source& source) {
  for (; source.at->Valid(); source.at->Next()) {
    const auto key = decode_chunk_key(source.at->key().ToStringView());
    if (key) {
      source.series = key->series;
      return;
    }
    losses_.count(source.at->key().ToStringView());
  }
  source.series = {};
}

bool SeriesScan::next() {
  for (auto& source : sources_) {
    if (source->series.empty() || source->series != series_) continue;
    source->at->Next();
    settle(*source);
  }
  std::string_view least;
  for (const auto& source : sources_) {
    const bool is_less = least.empty() || source->series < least;
    if (!source->series.empty() && is_less) least = source->series;
  }
  series_ = least;
  return !least.empty();
}

Tally SeriesScan::add_up() {
  Tally sum;
  for (const auto& source : sources_) {
    if (source->series != series_) continue;
    Tally with_it = sum;
    if (add(*source, with_it)) {
      sum = with_it;
    } else {
      losses_.count(source->at->key().ToStringView());
    }
  }
  if (!sum.empty()) sum.settle(newest_);
  return sum;
}

/// Rows whose slots are not in the frame do not count. Both are sorted.
bool SeriesScan::add(const Source& source, Tally& tally) {
  const auto body = unseal(source.at->key().ToStringView(), source.at->value().ToStringView());
  if (!body) return false;
  auto slot = source.slots.begin();
  ChunkReader in(source.bucket, *body);
  while (in.next()) {
    const Window& window = in.row().window;
    while (slot != source.slots.end() && slot->window < window) ++slot;
    if (slot != source.slots.end() && slot->window == window) tally.add(in.row(), *slot);
  }
  return in.sound();
}

Result<void> SeriesScan::fault() const {
  for (const auto& source : sources_) {
    if (auto read = losses_.check(source->at->status()); !read) return read;
  }
  return {};
}

}  // namespace ttq
