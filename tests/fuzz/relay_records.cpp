// What the collector tells the server: records, each with its length before it (two bytes,
// big-endian), as the socket would keep them apart.
#include "fuzz.h"
#include "relay/heard.h"
#include "relay/records.h"

using namespace ttq;

namespace {

/// A batch that was understood is told again, and understood as the same.
void check_batch(const WindowBatch& batch) {
  test::Heard heard;
  RecordReader reader(heard);
  fuzz::require(reader.read(encode_hello()).has_value(), "a greeting is understood");
  const auto told = tell_batch(batch, [&](std::string_view record) { return reader.read(record); });
  fuzz::require(told.has_value(), "what was understood can be told");
  fuzz::require(heard.batches.size() == 1 && test::same(heard.batches.front(), batch),
                "a batch is told as it was");
}

/// Figures too; they are compared as bytes, since one may be no number (NaN).
void check_health(const Health& health) {
  test::Heard heard;
  RecordReader reader(heard);
  fuzz::require(reader.read(encode_hello()).has_value(), "a greeting is understood");
  const std::string told = encode_health(health);
  fuzz::require(reader.read(told).has_value(), "figures that were understood can be told");
  fuzz::require(encode_health(heard.healths.front()) == told, "figures are told as they were");
}

}  // namespace

void fuzz::feed(std::string_view bytes) {
  test::Heard heard;
  RecordReader reader(heard);
  while (!bytes.empty()) {
    const std::size_t high = take_byte(bytes);
    const std::size_t length = high << 8U | take_byte(bytes);
    if (!reader.read(take(bytes, length))) break;
  }
  for (const WindowBatch& batch : heard.batches) check_batch(batch);
  for (const Health& health : heard.healths) check_health(health);
}
