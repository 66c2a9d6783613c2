#include "store/folder.h"

#include <algorithm>

#include "store/database.h"
#include "store/keeping.h"

namespace ttq {
namespace {

std::string encode(std::string_view key, const Flow& flow) { return encode_flow(key, flow); }
std::string encode(std::string_view key, const Listener& listener) {
  return encode_listener(key, listener);
}

/// Replaces the series' short windows of the hour by one. Returns how many records were read.
template <class Record>
std::size_t fold_windows(RecordReader& reader, rocksdb::WriteBatch& batch, const Window& whole_hour,
                         const Window& newest) {
  Sum<Record> sum;
  std::vector<Window> folded;
  reader.each<Record>(whole_hour.span(), [&](const Window& window, Record record) {
    sum.add(window, std::move(record));
    folded.push_back(window);
  });
  if (std::none_of(folded.begin(), folded.end(), is_short)) return folded.size();
  for (const Window& window : folded) batch.Delete(record_key(reader.series(), window));
  const std::string key = record_key(reader.series(), whole_hour);
  batch.Put(key, encode(key, *std::move(sum).take(newest)));
  return folded.size();
}

void delete_short_windows(RecordReader& reader, rocksdb::WriteBatch& batch, const Span& span) {
  for (const Window& window : reader.windows(span)) {
    if (is_short(window)) batch.Delete(window_key(window));
  }
}

void fold_coverage(RecordReader& reader, rocksdb::WriteBatch& batch, const Span& span) {
  const auto before = reader.coverage(span);
  for (const Coverage& coverage : before) batch.Delete(coverage_key(coverage.span.since));
  for (const Coverage& coverage : tidy(before, {span.since, Time::max()})) {
    const std::string key = coverage_key(coverage.span.since);
    batch.Put(key, encode_coverage(key, coverage));
  }
}

}  // namespace

/// An hour that the floor cuts is left as it is: folded, it would begin below the floor.
std::optional<Folder::Job> Folder::find_job(RecordReader& reader, Time now) const {
  const auto oldest = reader.find_window(reader.floor(), [&](const Window& window) {
    return is_short(window) && hour_of(window).start >= reader.floor();
  });
  if (!oldest || !may_fold(hour_of(*oldest), now, keeping_)) return std::nullopt;
  const Window whole_hour = hour_of(*oldest);
  return Job{.whole_hour = whole_hour, .newest = reader.windows(whole_hour.span()).back()};
}

template <class Record>
bool Folder::fold_kind(RecordReader& reader, rocksdb::WriteBatch& batch, Job& job,
                       std::size_t& budget) {
  for (bool more = reader.seek_series(job.kind, job.after); more; more = reader.next_series()) {
    if (budget == 0) return false;
    const auto read = 1 + fold_windows<Record>(reader, batch, job.whole_hour, job.newest);
    budget -= std::min(budget, read);
    job.after = reader.series();
  }
  return true;
}

bool Folder::advance(RecordReader& reader, rocksdb::WriteBatch& batch, Job& job) {
  std::size_t budget = piece_records;
  if (job.kind == RecordKind::listener) {
    if (!fold_kind<Listener>(reader, batch, job, budget)) return false;
    job.kind = RecordKind::flow;
    job.after.clear();
  }
  return fold_kind<Flow>(reader, batch, job, budget);
}

Result<void> Folder::work(RecordReader reader, Time now) {
  if (job_ && job_->whole_hour.start < reader.floor()) job_.reset();
  if (!job_) job_ = find_job(reader, now);
  if (!job_) return {};
  rocksdb::WriteBatch batch;
  put_window(batch, job_->whole_hour);
  Job job = *job_;
  const bool finished = advance(reader, batch, job);
  if (finished) {
    delete_short_windows(reader, batch, job.whole_hour.span());
    fold_coverage(reader, batch, job.whole_hour.span());
  }
  if (auto read = reader.fault(); !read) return read;
  const auto status = db_.Write({}, &batch);
  if (!status.ok()) return fault_of(status);
  job_ = finished ? std::nullopt : std::optional(std::move(job));
  return {};
}

}  // namespace ttq
