// What the collector tells the server, as records.
//
// The two are one program in two processes (ttracerd/daemon.h), and this is all that passes between
// them, one way, on a SOCK_SEQPACKET socket (unix(7)): each message is a record, and the kernel
// keeps them apart.
//
//   record    := kind:1 ...              at most max_record_bytes
//   hello     := 1 v(version)            before all others
//   batch     := 2 window ...            a WindowBatch begins; one that has not ended is dropped
//   flows     := 3 flow...
//   removed   := 4 flow_key...
//   listeners := 5 listener...
//   end       := 6 v(count) v(count) v(count)      of the flows, removed and listeners it has
//   health    := 7 ... v(count) text...            the texts: degradations
//   addresses := 8 address...
//   farewell  := 9                       the collector ends, and means to
//
// layout.h says how each noun is laid down. Nothing here outlives the two processes, which were
// made of one file, so the version only guards against a mistake of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ttq/intake.h"
#include "ttq/result.h"

namespace ttq {

inline constexpr std::uint64_t relay_version = 3;
inline constexpr std::size_t max_record_bytes = 64U << 10U;
/// Of a batch, of each kind. More than a flow table has room for.
inline constexpr std::size_t max_batch_entries = 1U << 20U;

enum class RelayKind : std::uint8_t {
  hello = 1,
  batch = 2,
  flows = 3,
  removed = 4,
  listeners = 5,
  end = 6,
  health = 7,
  addresses = 8,
  farewell = 9,
};

/// Takes one record over. A Fault ends what is being told.
using SendRecord = std::function<Result<void>(std::string_view record)>;

std::string encode_hello();
std::string encode_health(const Health& health);
std::string encode_addresses(const std::vector<Address>& addresses);
std::string encode_farewell();
Result<void> tell_batch(const WindowBatch& batch, const SendRecord& send);

/// Puts records together again, and hands on what they tell.
class RecordReader {
 public:
  explicit RecordReader(Intake& intake) : intake_(intake) {}

  /// A Fault: it is none of ours, and nothing after it can be trusted.
  Result<void> read(std::string_view record);
  /// Whether the last record was the last.
  [[nodiscard]] bool has_ended() const { return has_ended_; }

 private:
  bool read_body(RelayKind kind, std::string_view body);
  bool read_hello(std::string_view body);
  bool begin_batch(std::string_view body);
  template <class Noun, class Lay>
  bool read_entries(std::string_view body, std::vector<Noun>& entries, Lay lay);
  bool end_batch(std::string_view body);
  bool read_health(std::string_view body);
  bool read_addresses(std::string_view body);

  Intake& intake_;
  bool is_greeted_ = false;
  bool has_ended_ = false;
  std::optional<WindowBatch> batch_;  ///< that has begun
};

}  // namespace ttq
