// A fleet's certificates, as `ttq pki` makes them, in a directory of the test's own.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>

#include "store/scratch_dir.h"
#include "tls/authority.h"
#include "tls/credentials.h"

namespace ttq::test {

inline Time now_of_the_clock() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

inline void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::remove(path);
  std::ofstream(path) << text;
  std::filesystem::permissions(path, std::filesystem::perms(0600));
}

/// A CA, and whom it certifies. What is issued is valid for that many days from `made` on.
class Fleet {
 public:
  explicit Fleet(Time made = now_of_the_clock(), int days = 30)
      : made_(made), days_(days), ca_(created(scratch_.path() / "pki", made)) {}

  /// Credentials of a host; the directory.
  std::filesystem::path host(const std::string& name, const std::string& address) {
    return issue({Purpose::host, name, {Address::parse(address).value()}});
  }
  std::filesystem::path client(const std::string& name) {
    return issue({Purpose::client, name, {}});
  }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return scratch_.path() / name;
  }

 private:
  static Authority created(const std::filesystem::path& dir, Time made) {
    auto ca = Authority::create(dir, made);
    REQUIRE_MESSAGE(ca.has_value(), ca.error().message);
    return *std::move(ca);
  }
  std::filesystem::path issue(const Subject& subject) {
    const auto dir = path(subject.name);
    const auto issued = ca_.issue(subject, std::chrono::days(days_), dir, made_);
    REQUIRE_MESSAGE(issued.has_value(), issued.error().message);
    return dir;
  }

  ScratchDir scratch_;
  Time made_;
  int days_;
  Authority ca_;
};

inline std::shared_ptr<const ServerCredentials> server_of(const std::filesystem::path& dir) {
  auto loaded = ServerCredentials::load(dir);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message);
  return *std::move(loaded);
}

inline std::shared_ptr<const ClientCredentials> client_of(const std::filesystem::path& dir) {
  auto loaded = ClientCredentials::load(dir);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().message);
  return *std::move(loaded);
}

}  // namespace ttq::test
