// Keys of the store, and the cursors that are made of them.
#include "base/text.h"
#include "fuzz.h"
#include "store/keys.h"
#include "store/paging.h"

using namespace ttq;

namespace {

void check_chunk_key(std::string_view bytes) {
  const auto where = decode_chunk_key(bytes);
  if (!where) return;
  fuzz::require(chunk_key(where->kind, where->bucket, where->series) == bytes,
                "the key of a chunk is put together as it was taken apart");
  const auto flow = decode_flow_series(where->series);
  fuzz::require(!flow || flow_series(*flow).size() == where->series.size(),
                "a series is as long as any other");
}

void check_series(std::string_view bytes) {
  if (const auto flow = decode_flow_series(bytes)) {
    const std::string encoded = flow_series(*flow);
    fuzz::require(decode_flow_series(encoded) == *flow, "a flow comes back from its series");
    fuzz::require(parse_cursor(to_hex(encoded)) == encoded, "a series is a cursor");
  }
  if (const auto listener = decode_listener_series(bytes)) {
    fuzz::require(!decode_flow_series(bytes), "a series is of one kind");
    const Address& address = listener->endpoint.address;
    fuzz::require(Address::parse(address.print()) == address, "an address can be printed");
  }
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  if (const auto window = decode_window_key(bytes)) {
    require(window_key(*window) == bytes, "a window comes back from its key");
    require(fine_bucket(*window) <= window->start, "a bucket begins before what is in it");
  }
  if (const auto since = decode_coverage_key(bytes)) {
    require(coverage_key(*since) == bytes, "a coverage comes back from its key");
  }
  if (const auto start = decode_hour_key(bytes)) {
    require(hour_key(*start) == bytes, "an hour comes back from its key");
    require(coarse_bucket(*start) <= *start, "a bucket begins before what is in it");
  }
  check_chunk_key(bytes);
  check_series(bytes);
  if (const auto series = parse_cursor(std::string(bytes))) {
    require(decode_flow_series(*series).has_value(), "a cursor names a flow");
  }
}
