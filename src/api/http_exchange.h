// One HTTP request in, one answer out: bytes to bytes.
//
// cpp-httplib parses the request and prints the answer, and that is all it does here. Its own
// server has a thread for each connection, an unbounded queue, time limits for each read only, and
// no UNIX sockets; so connections are http_server.h's, and the library meets a stream that is
// merely memory. Read in its source (0.11.4 and 0.41) and kept from it, because we do not serve
// them: Range (a regular expression over the header, and answers that multiply), Expect, Accept (a
// bad one would be refused by later versions alone) and Upgrade (its answer, where nothing speaks
// WebSocket, is one without a length); and Accept-Encoding, because it would compress with brotli's
// slowest level. gzip.h does.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/routes.h"
#include "api/turnstile.h"
#include "tls/tokens.h"

namespace ttq {

struct HttpAnswer {
  std::string bytes;
  bool close = false;                ///< no further request may follow on this connection
  std::unique_ptr<BodyPieces> rest;  ///< what follows the bytes; null: nothing
  bool is_chunked = false;           ///< how the rest is framed; else the connection's end ends it
  Turnstile::Pass pass;              ///< of a question that reads the store: until all was sent
  bool is_wrong_token = false;       ///< who tries others shall find it slow (penalty_book.h)
};

/// Bytes that go on with an answer.
struct HttpPiece {
  std::string bytes;
  bool is_last = false;
  bool is_broken = false;  ///< the answer cannot be finished, and must not look as if it were
};

/// What is answered where no request could be read, or none is wanted now (503).
HttpAnswer refuse(int status, std::string_view code, std::string_view message);

class HttpExchange {
 public:
  /// `routes` must outlive this, and this the answers. Of questions that read the store, `heavy`
  /// are answered at once; whoever comes then is told to come again.
  explicit HttpExchange(const Routes& routes, std::size_t heavy = 4);
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;
  ~HttpExchange();

  /// `head` is what RequestHead found to be one, so no body follows that anybody should read. May
  /// be called from several threads at once. A stranger may show a token of `tokens` (RFC 6750);
  /// null: none is taken.
  [[nodiscard]] HttpAnswer answer(std::string_view head, Standing standing,
                                  const TokenBook* tokens = nullptr) const;

  /// The next piece of the rest of an answer; the same from several threads.
  [[nodiscard]] static HttpPiece go_on(BodyPieces& rest, bool is_chunked);

 private:
  class Library;
  std::unique_ptr<Library> library_;
};

}  // namespace ttq
