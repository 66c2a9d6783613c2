#include "tls/tokens.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/text.h"
#include "tls/openssl.h"

namespace ttq {
namespace {

constexpr std::string_view token_prefix = "ttq_";
constexpr std::string_view hash_prefix = "sha256:";
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t longest_token = 256;
constexpr std::size_t longest_name = 64;
constexpr std::size_t most_tokens = 1024;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

/// SHA-256; false: OpenSSL could not, for want of memory.
bool hash(std::string_view token, std::array<unsigned char, hash_bytes>& hash) {
  return EVP_Digest(token.data(), token.size(), hash.data(), nullptr, EVP_sha256(), nullptr) == 1;
}

template <class Bytes>
std::string_view as_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<std::string> make_token() {
  std::array<unsigned char, 32> secret;
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return openssl_fault("no random bytes for a token");
  }
  return std::string(token_prefix) + to_hex(as_text(secret));
}

Result<std::string> print_token_line(std::string_view name, std::string_view token) {
  std::array<unsigned char, hash_bytes> hashed;
  if (!hash(token, hashed)) return openssl_fault("cannot hash a token");
  return std::string(name) + " " + std::string(hash_prefix) + to_hex(as_text(hashed));
}

bool is_token_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

Result<TokenBook> TokenBook::parse(std::string_view text) {
  TokenBook book;
  std::size_t number = 0;
  for (const auto whole : split(text, '\n')) {
    ++number;
    const auto line = trim(whole);
    if (line.empty() || line.front() == '#') continue;
    auto entry = parse_line(line);
    const auto added = entry ? book.add(std::move(*entry)) : entry.error();
    if (!added) return added.error().in("line " + std::to_string(number));
  }
  return book;
}

/// What is wrong is said without the line's own words: somebody may have put a token there.
Result<TokenBook::Entry> TokenBook::parse_line(std::string_view line) {
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  const auto name = line.substr(0, end);
  const auto hashed = trim(line.substr(end));
  if (hashed.empty()) return Fault{"it is not NAME sha256:HEX"};
  if (!is_token_name(name)) {
    return Fault{"the name is not 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"};
  }
  if (!hashed.starts_with(hash_prefix)) {
    return Fault{"after the name there is no sha256:HEX, as `ttq pki token` prints it"};
  }
  const auto bytes = from_hex(hashed.substr(hash_prefix.size()));
  if (!bytes || bytes->size() != hash_bytes) {
    return Fault{"after sha256: there are not 64 hex digits and nothing else"};
  }
  Entry entry{std::string(name), {}};
  std::copy(bytes->begin(), bytes->end(), entry.hash.begin());
  return entry;
}

Result<void> TokenBook::add(Entry entry) {
  if (entries_.size() == most_tokens) {
    return Fault{"more than " + std::to_string(most_tokens) + " tokens"};
  }
  for (const Entry& other : entries_) {
    if (other.name == entry.name) return Fault{entry.name + " has a token already"};
    if (other.hash == entry.hash) return Fault{"this is the token of " + other.name + " already"};
  }
  entries_.push_back(std::move(entry));
  return {};
}

std::optional<std::string> TokenBook::owner_of(std::string_view token) const {
  Hash presented;
  if (token.size() > longest_token || !hash(token, presented)) return std::nullopt;
  const Entry* owner = nullptr;
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(entry.hash.data(), presented.data(), presented.size()) == 0) owner = &entry;
  }
  if (owner == nullptr) return std::nullopt;
  return owner->name;
}

}  // namespace ttq
