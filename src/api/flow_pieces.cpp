#include "api/flow_pieces.h"

#include <utility>

namespace ttq {

Result<std::string> FlowPieces::next() {
  std::string piece = std::exchange(begun_, {});
  if (ended()) return piece;
  piece.reserve(piece_bytes + (4 << 10));
  while (piece.size() < piece_bytes) {
    const auto flow = reader_->read();
    if (!flow) return flow.error();
    if (*flow == nullptr) {
      piece += FlowReportWriter::end(reader_->next_page());
      reader_.reset();  // with what it holds of the store
      break;
    }
    writer_.add(piece, **flow);
  }
  return piece;
}

}  // namespace ttq
