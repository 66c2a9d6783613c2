#include "api/flow_pieces.h"

#include <algorithm>
#include <utility>

namespace ttq {
namespace {

/// More than a flow and the end of its page: its four strings have 255 bytes at most (clean()), and
/// no byte of them becomes more than six.
constexpr std::size_t longest_flow = 64 << 10;

}  // namespace

Result<std::string> FlowPieces::next() {
  std::string piece = std::exchange(begun_, {});
  if (ended()) return piece;
  piece.reserve(piece_bytes + (4 << 10));
  while (!ended() && piece.size() < piece_bytes) {
    const bool is_full = has_flow_ && piece.size() + longest_flow > left_;
    const std::optional<std::string> here =
        is_full ? std::optional(reader_->cursor()) : std::nullopt;
    const auto flow = reader_->read();
    if (!flow) return flow.error();
    if (*flow == nullptr) {
      end(piece, reader_->next_page());
    } else if (is_full) {
      end(piece, here);  // where the flow would not fit, the next page begins with it
    } else {
      writer_.add(piece, **flow);
      has_flow_ = true;
    }
  }
  left_ -= std::min(left_, piece.size());
  return piece;
}

void FlowPieces::end(std::string& piece, const std::optional<std::string>& next) {
  piece += FlowReportWriter::end(next);
  reader_.reset();  // with what it holds of the store
}

}  // namespace ttq
