// The text of a report of flows, in pieces of bounded size. The page ends where it was asked to, or
// before it becomes too long; then its cursor tells where to go on.
#pragma once

#include <memory>
#include <string>

#include "api/response.h"
#include "ttq/store.h"
#include "wire/report_json.h"

namespace ttq {

class FlowPieces final : public BodyPieces {
 public:
  static constexpr std::size_t piece_bytes = 128 << 10;
  static constexpr std::size_t page_bytes = 16 << 20;  ///< of JSON, before it is compressed

  /// `head` is the report without its flows.
  FlowPieces(const FlowReport& head, std::unique_ptr<FlowReader> reader,
             std::size_t most_bytes = page_bytes)
      : begun_(FlowReportWriter::begin(head)), reader_(std::move(reader)), left_(most_bytes) {}

  Result<std::string> next() override;
  [[nodiscard]] bool ended() const { return reader_ == nullptr; }

 private:
  void end(std::string& piece, const std::optional<std::string>& next);

  std::string begun_;  ///< of the next piece
  FlowReportWriter writer_;
  std::unique_ptr<FlowReader> reader_;  ///< null: all flows were printed
  std::size_t left_;                    ///< bytes of the page, behind the pieces so far
  bool has_flow_ = false;               ///< in the page: one it has, however long its head is
};

}  // namespace ttq
