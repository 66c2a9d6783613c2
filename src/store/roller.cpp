#include "store/roller.h"

#include <algorithm>

#include "store/chunk.h"
#include "store/keeping.h"
#include "store/tally.h"

namespace ttq {
namespace {

bool any_slot(const Slot&) { return true; }

bool is_over(const Window& whole_hour, Time now, const std::optional<Window>& open) {
  if (open && hour_of(*open) == whole_hour) return false;
  const bool was_left = open && open->start >= whole_hour.span().until;
  return was_left || now >= whole_hour.span().until + hour;
}

void delete_windows(rocksdb::WriteBatch& out, const std::vector<Slot>& windows) {
  for (const Slot& slot : windows) out.Delete(window_key(slot.window));
}

void delete_chunks(rocksdb::WriteBatch& out, RecordKind kind, const Span& span) {
  out.DeleteRange(chunk_key(kind, span.since, ""), chunk_key(kind, span.until, ""));
}

void join_coverage(rocksdb::WriteBatch& out, Calendar& calendar, const Span& span) {
  const auto before = calendar.coverage(span);
  for (const Coverage& coverage : before) out.Delete(coverage_key(coverage.span.since));
  for (const Coverage& coverage : tidy(before, {span.since, Time::max()})) {
    const std::string key = coverage_key(coverage.span.since);
    out.Put(key, encode_coverage(key, coverage));
  }
}

void put_hour(rocksdb::WriteBatch& out, const HourRecord& record) {
  const std::string key = hour_key(record.slot.window.start);
  out.Put(key, encode_hour(key, record));
}

/// The chunks of a bucket, met in the order of their keys.
class ChunkUpdater {
 public:
  ChunkUpdater(rocksdb::DB& db, RecordKind kind, Time bucket, std::string_view after)
      : kind_(kind), bucket_(bucket), at_(db.NewIterator({})) {
    at_->Seek(chunk_key(kind, bucket, after));
  }

  /// Puts the row into the chunk of that series, in the place of the one of its window. False: the
  /// chunk was corrupt, and is made anew.
  bool put(rocksdb::WriteBatch& out, std::string_view series, const Row& row) {
    const std::string key = chunk_key(kind_, bucket_, series);
    while (at_->Valid() && at_->key().compare(key) < 0) at_->Next();
    std::optional<std::vector<Row>> rows(std::in_place);
    if (at_->Valid() && at_->key() == rocksdb::Slice(key)) {
      rows = decode_chunk(key, at_->value().ToStringView());
    }
    const bool is_sound = rows.has_value();
    if (!is_sound) rows.emplace();
    std::erase_if(*rows, [&](const Row& old) { return old.window == row.window; });
    const auto place = std::find_if(rows->begin(), rows->end(),
                                    [&](const Row& other) { return row.window < other.window; });
    rows->insert(place, row);
    out.Put(key, encode_chunk(key, *rows));
    return is_sound;
  }

  /// What it could not read it would have made anew: nothing of it may be written.
  [[nodiscard]] rocksdb::Status status() const { return at_->status(); }

 private:
  RecordKind kind_;
  Time bucket_;
  std::unique_ptr<rocksdb::Iterator> at_;
};

}  // namespace

Result<bool> Roller::work(Calendar& calendar, Time now, const std::optional<Window>& open) {
  const auto due = find_due(calendar, now);
  const auto record = due ? calendar.hour_at(due->start) : std::nullopt;
  Result<void> worked;
  if (record && !record->folded && !job_) {
    worked = fold(calendar, *record);
  } else {
    if (!job_) job_ = due ? make_job(calendar, *due) : find_job(calendar, now, open);
    worked = job_ ? advance(calendar) : calendar.fault();
  }
  if (!worked) return worked.error();
  return !due;
}

/// One that the floor cuts is left as it is: folded, it would begin below the floor.
std::optional<Window> Roller::find_due(Calendar& calendar, Time now) const {
  const auto oldest = calendar.find_unfolded(calendar.floor(), [&](const Slot& slot) {
    return hour_of(slot.window).start >= calendar.floor();
  });
  if (!oldest || !may_fold(hour_of(oldest->window), now, keeping_)) return std::nullopt;
  return hour_of(oldest->window);
}

std::optional<Roller::Job> Roller::find_job(Calendar& calendar, Time now,
                                            const std::optional<Window>& open) {
  for (;;) {
    const auto slot = calendar.find_unfolded(rolled_until_, any_slot);
    if (!slot || !is_over(hour_of(slot->window), now, open)) return std::nullopt;
    const Window whole_hour = hour_of(slot->window);
    const bool is_cut = whole_hour.start < calendar.floor();
    if (!is_cut && !calendar.hour_at(whole_hour.start)) return make_job(calendar, whole_hour);
    rolled_until_ = whole_hour.span().until;
  }
}

std::optional<Roller::Job> Roller::make_job(Calendar& calendar, const Window& whole_hour) const {
  Job job{.windows = calendar.unfolded(whole_hour.span())};
  if (job.windows.empty()) return std::nullopt;
  if (const auto earlier = calendar.hour_at(whole_hour.start)) {
    job.hour = earlier->slot;
    job.is_folded = true;
    return job;
  }
  job.hour = {whole_hour, Time::max(), Time::min()};
  for (const Slot& slot : job.windows) {
    job.hour.first_look = std::min(job.hour.first_look, slot.first_look);
    job.hour.last_look = std::max(job.hour.last_look, slot.last_look);
  }
  return job;
}

Result<void> Roller::fold(Calendar& calendar, const HourRecord& record) {
  const Span span = record.slot.window.span();
  rocksdb::WriteBatch out;
  put_hour(out, {record.slot, true});
  delete_windows(out, calendar.unfolded(span));
  delete_chunks(out, RecordKind::fine_listener, span);
  delete_chunks(out, RecordKind::fine_flow, span);
  join_coverage(out, calendar, span);
  if (auto read = calendar.fault(); !read) return read;
  return losses_.check(db_.Write({}, &out));
}

Result<void> Roller::advance(Calendar& calendar) {
  rocksdb::WriteBatch out;
  Job job = *job_;
  auto done = roll_up(out, job);
  const bool goes_on = done && *done && job.kinds.fine == RecordKind::fine_listener;
  if (goes_on) {
    job.kinds = flow_chunks;
    job.after.clear();
    done = roll_up(out, job);
  }
  if (!done) return done.error();
  if (*done) finish(out, calendar, job);
  if (auto read = calendar.fault(); !read) return read;
  if (auto written = losses_.check(db_.Write({}, &out)); !written) return written;
  job_ = *done ? std::nullopt : std::optional(std::move(job));
  return {};
}

Result<bool> Roller::roll_up(rocksdb::WriteBatch& out, Job& job) {
  Frame frame{.fine = job.windows, .newest = job.windows.back().window};
  if (job.is_folded) frame.coarse = {job.hour};
  SeriesScan scan(db_, nullptr, losses_, job.kinds, frame, job.after);
  ChunkUpdater coarse(db_, job.kinds.coarse, coarse_bucket(job.hour.window.start), job.after);
  const bool is_flow = job.kinds.fine == RecordKind::fine_flow;
  bool is_done = true;
  for (std::size_t n = 0; scan.next(); ++n) {
    is_done = n < piece_series;
    if (!is_done) break;
    const Tally sum = scan.add_up();
    job.after = scan.series();
    if (sum.empty()) continue;
    const Row row = row_of(sum, job.hour, is_flow ? sum.best_note : sum.latest_note);
    if (!coarse.put(out, scan.series(), row)) scan.count_loss();
    if (!job.is_folded) continue;
    for (const Slot& slot : job.windows) {
      out.Delete(chunk_key(job.kinds.fine, fine_bucket(slot.window), scan.series()));
    }
  }
  if (auto read = scan.fault(); !read) return read.error();
  if (auto read = losses_.check(coarse.status()); !read) return read.error();
  return is_done;
}

void Roller::finish(rocksdb::WriteBatch& out, Calendar& calendar, const Job& job) {
  if (!job.is_folded) return put_hour(out, {job.hour, false});
  delete_windows(out, job.windows);
  join_coverage(out, calendar, job.hour.window.span());
}

void Roller::disturb(rocksdb::WriteBatch& out, Calendar& calendar, const Window& window) {
  const Window whole_hour = hour_of(window);
  rolled_until_ = std::min(rolled_until_, whole_hour.start);
  if (job_ && job_->hour.window == whole_hour) job_.reset();
  const auto record = calendar.hour_at(whole_hour.start);
  if (record && !record->folded) out.Delete(hour_key(whole_hour.start));
}

}  // namespace ttq
