// What a route answers, without the HTTP around it.
//
// An answer that is long comes in pieces: its first is the body, and the rest is made when the
// client has taken what there was. So an answer takes as much memory as one piece, however long it
// is and however slow its reader.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ttq/result.h"

namespace ttq {

class BodyPieces {
 public:
  virtual ~BodyPieces() = default;
  /// The next piece; empty: that was all. After a Fault it is not asked again.
  virtual Result<std::string> next() = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::unique_ptr<BodyPieces> rest;  ///< what follows the body; null: nothing
  bool is_for_now = false;           ///< refused, and may be asked again soon
};

/// {"error": {"code": …, "message": …}}
Response error_response(int status, std::string_view code, std::string_view message);
/// The same with 503: it may be asked again soon.
Response not_now(std::string_view code, std::string_view message);

}  // namespace ttq
