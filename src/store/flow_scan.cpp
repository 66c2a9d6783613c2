#include "store/flow_scan.h"

#include "base/text.h"
#include "store/calendar.h"
#include "store/owner_codec.h"
#include "store/paging.h"

namespace ttq {
namespace {

constexpr std::uint8_t v6only_note = 2;

/// Whether flows of this key can match, as far as the key tells.
bool may_match(const FlowQuery& query, const FlowKey& key) {
  return (!query.role || *query.role == key.role) &&
         (!query.proto || *query.proto == key.listen.proto) &&
         (!query.port || *query.port == key.listen.port) &&
         (!query.peer || *query.peer == key.peer());
}

std::optional<Listener> listener_of(std::string_view series, const Tally& sum) {
  const auto key = decode_listener_series(series);
  if (!key) return std::nullopt;
  auto owner = decode_owner(sum.owner, key->process);
  if (!owner || sum.latest_note > v6only_note) return std::nullopt;
  return Listener{.endpoint = key->endpoint,
                  .netns = key->netns,
                  .owner = *std::move(owner),
                  .v6only = sum.latest_note == v6only_note,
                  .first_seen = sum.first_seen,
                  .last_seen = sum.last_seen};
}

}  // namespace

/// The snapshot is needed only until all iterators are open: each of them keeps what it saw.
Result<std::unique_ptr<FlowScan>> FlowScan::open(rocksdb::DB& db, Time floor, Losses& losses,
                                                 const FlowQuery& query, std::string_view after) {
  rocksdb::ManagedSnapshot snapshot(&db);
  Calendar calendar(db, snapshot.snapshot(), floor, losses);
  const Frame frame = calendar.frame(query.span);
  if (auto read = calendar.fault(); !read) return read.error();
  return std::unique_ptr<FlowScan>(
      new FlowScan(db, snapshot.snapshot(), losses, frame, query, after));
}

Result<const Flow*> FlowScan::read() {
  while (!next_page_ && scan_.next()) {
    const auto key = decode_flow_series(scan_.series());
    if (!key) scan_.count_loss();
    if (!key || !may_match(query_, *key) || !take(*key)) continue;
    if (given_ == query_.limit) {
      next_page_ = cursor();
      break;
    }
    ++given_;
    series_ = scan_.series();
    return &flow_;
  }
  if (auto scanned = scan_.fault(); !scanned) return scanned.error();
  return nullptr;
}

std::string FlowScan::cursor() const { return to_hex(series_); }

bool FlowScan::take(const FlowKey& key) {
  const Tally sum = scan_.add_up();
  if (sum.empty()) return false;
  if (!take_owner(sum.owner, key.process)) {
    scan_.count_loss();
    return false;
  }
  flow_.key = key;
  flow_.connections = sum.counts;
  flow_.traffic = sum.traffic;
  flow_.first_seen = sum.first_seen;
  flow_.last_seen = sum.last_seen;
  flow_.evidence = static_cast<Evidence>(sum.best_note);
  return matches(query_, flow_);
}

/// Neighbours have the same owner as a rule.
bool FlowScan::take_owner(std::string_view bytes, const ProcessKey& key) {
  const bool is_same = bytes == owner_ && key == flow_.key.process;
  if (is_same) return true;
  owner_.clear();
  auto owner = decode_owner(bytes, key);
  if (!owner) return false;
  flow_.owner = *std::move(owner);
  owner_ = bytes;
  return true;
}

Result<ListenerPage> scan_listeners(rocksdb::DB& db, Time floor, Losses& losses, const Span& span,
                                    std::size_t limit, std::string_view after) {
  rocksdb::ManagedSnapshot snapshot(&db);
  Calendar calendar(db, snapshot.snapshot(), floor, losses);
  const Frame frame = calendar.frame(span);
  if (auto read = calendar.fault(); !read) return read.error();
  SeriesScan scan(db, snapshot.snapshot(), losses, listener_chunks, frame, after);
  ListenerPage page;
  while (!page.next && scan.next()) {
    const Tally sum = scan.add_up();
    if (sum.empty()) continue;
    auto listener = listener_of(scan.series(), sum);
    if (listener) {
      add_to_page(page, limit, *std::move(listener));
    } else {
      scan.count_loss();
    }
  }
  if (auto read = scan.fault(); !read) return read.error();
  return page;
}

}  // namespace ttq
