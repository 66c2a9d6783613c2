// Bearer tokens, for those who may ask and have no certificate.
//
// A daemon keeps a file of them, one in a line: NAME sha256:HEX, the SHA-256 of the token as it is
// presented. A token is 32 random bytes, which nobody guesses however fast a hash is: so no salt
// and no slow hash, and whoever reads the file has not got a token.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ttq/result.h"

namespace ttq {

/// "ttq_" and 64 hex digits.
Result<std::string> make_token();

/// "NAME sha256:HEX", without a line end. REQUIRES: is_token_name(name).
Result<std::string> print_token_line(std::string_view name, std::string_view token);

/// Whose a token may be: 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'.
bool is_token_name(std::string_view name);

/// Whose tokens are accepted. Never changes, so several threads may ask it at once.
class TokenBook {
 public:
  TokenBook() = default;

  /// Lines as above; empty ones and those that begin with '#' are left out. At most 1,024 tokens,
  /// each with a name of its own. A Fault names the line and what is wrong with it, and no hash.
  static Result<TokenBook> parse(std::string_view text);

  /// Whose token that is; none: nobody's. Takes as long whichever it is, and whether or not it is
  /// one. More than 256 bytes are nobody's.
  [[nodiscard]] std::optional<std::string> owner_of(std::string_view token) const;

  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  using Hash = std::array<unsigned char, 32>;
  struct Entry {
    std::string name;
    Hash hash;
  };

  static Result<Entry> parse_line(std::string_view line);
  Result<void> add(Entry entry);

  std::vector<Entry> entries_;
};

}  // namespace ttq
