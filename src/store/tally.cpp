#include "store/tally.h"

namespace ttq {
namespace {

constexpr std::uint8_t plain_note = 1;
constexpr std::uint8_t v6only_note = 2;

std::optional<Time> unless(Time seen, Time look) {
  if (seen == look) return std::nullopt;
  return seen;
}

/// Seen at the last look: so it stands, and will have been seen at the looks that follow, too.
bool is_at_look(Time last_seen, bool stands, const Slot& slot) {
  return stands && last_seen <= slot.last_look;
}

}  // namespace

Row row_of(const Tally& tally, const Slot& slot, std::uint8_t note) {
  return {.window = slot.window,
          .first_seen = unless(tally.first_seen, slot.first_look),
          .last_seen = unless(tally.last_seen, slot.last_look),
          .counts = tally.counts,
          .note = note,
          .owner = tally.owner,
          .traffic = tally.traffic};
}

Row row_of(const Flow& flow, const Slot& slot, std::string_view owner) {
  const bool stands = flow.connections.now > 0 || flow.connections.pending > 0;
  Row row{.window = slot.window,
          .first_seen = unless(flow.first_seen, slot.first_look),
          .last_seen = flow.last_seen,
          .counts = flow.connections,
          .note = static_cast<std::uint8_t>(flow.evidence),
          .owner = owner,
          .traffic = flow.traffic};
  if (is_at_look(flow.last_seen, stands, slot)) row.last_seen = std::nullopt;
  return row;
}

Row row_of(const Listener& listener, const Slot& slot, std::string_view owner) {
  Row row{.window = slot.window,
          .first_seen = unless(listener.first_seen, slot.first_look),
          .last_seen = listener.last_seen,
          .note = listener.v6only ? v6only_note : plain_note,
          .owner = owner};
  if (listener.last_seen == slot.last_look) row.last_seen = std::nullopt;
  return row;
}

}  // namespace ttq
