// The text of a report of flows, in pieces of bounded size.
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

  /// `head` is the report without its flows.
  FlowPieces(const FlowReport& head, std::unique_ptr<FlowReader> reader)
      : begun_(FlowReportWriter::begin(head)), reader_(std::move(reader)) {}

  Result<std::string> next() override;
  [[nodiscard]] bool ended() const { return reader_ == nullptr; }

 private:
  std::string begun_;  ///< of the next piece
  FlowReportWriter writer_;
  std::unique_ptr<FlowReader> reader_;  ///< null: all flows were printed
};

}  // namespace ttq
