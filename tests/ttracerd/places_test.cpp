#include "ttracerd/places.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/unique_fd.h"

using namespace ttq;
namespace fs = std::filesystem;

namespace {

/// Of root's, and removed afterwards.
class Root {
 public:
  Root() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  ~Root() { fs::remove_all(path_); }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  [[nodiscard]] fs::path operator/(const char* name) const { return fs::path(path_) / name; }

 private:
  std::string path_ = (fs::temp_directory_path() / "places-XXXXXX").string();
};

struct stat about(const fs::path& path) {
  struct stat file {};
  REQUIRE(::lstat(path.c_str(), &file) == 0);
  return file;
}

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

void make_socket(const fs::path& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.string().copy(name.sun_path, sizeof name.sun_path - 1);
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
}

/// None where it cannot be tried.
std::optional<Identity> nobody() {
  if (::geteuid() == 0) return find_identity("nobody", "no such group");
  MESSAGE("skipped: takes root");
  return std::nullopt;
}

}  // namespace

TEST_CASE("a store's directory is made, and nobody else may look in") {
  const Root root;
  const fs::path dir = root / "a/b/store";
  REQUIRE(prepare_store(dir, std::nullopt));
  CHECK((about(dir).st_mode & 07777) == 0750);
  CHECK(about(dir).st_uid == ::geteuid());
  CHECK(prepare_store(dir, std::nullopt));
}

TEST_CASE("where a directory cannot be made it says which and why") {
  const Root root;
  touch(root / "file");
  const auto prepared = prepare_store(root / "file/store", std::nullopt);
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().message ==
        "make the directory " + (root / "file/store").string() + ": Not a directory");
}

TEST_CASE("a store of root's becomes its user's, and so does an empty directory") {
  const auto user = nobody();
  if (!user) return;
  const Root root;
  touch(root / "store/CURRENT");
  touch(root / "store/000004.log");
  for (const fs::path& dir : {root / "store", root / "empty"}) {
    REQUIRE(prepare_store(dir, user));
    CHECK(about(dir).st_uid == user->uid);
    CHECK(about(dir).st_gid == user->gid);
  }
  CHECK(about(root / "store/000004.log").st_uid == user->uid);
}

TEST_CASE("a directory that is no store stays as it is") {
  const auto user = nobody();
  if (!user) return;
  const Root root;
  touch(root / "etc/passwd");
  REQUIRE(prepare_store(root / "etc", user));
  REQUIRE(prepare_socket_directory(root / "etc", user));
  CHECK(about(root / "etc").st_uid == 0);
  CHECK(about(root / "etc/passwd").st_uid == 0);
}

TEST_CASE("what others could have put there is not given away") {
  const auto user = nobody();
  if (!user) return;
  const Root root;
  touch(root / "store/CURRENT");
  touch(root / "others/CURRENT");
  REQUIRE(::chmod((root / "store").c_str(), 0777) == 0);
  REQUIRE(::lchown((root / "others").c_str(), 1, 1) == 0);
  REQUIRE(prepare_store(root / "store", user));
  REQUIRE(prepare_store(root / "others", user));
  CHECK(about(root / "store/CURRENT").st_uid == 0);
  CHECK(about(root / "others/CURRENT").st_uid == 0);
}

TEST_CASE("a link is given away itself, and not what it points to") {
  const auto user = nobody();
  if (!user) return;
  const Root root;
  touch(root / "secret");
  touch(root / "store/CURRENT");
  fs::create_symlink(root / "secret", root / "store/link");
  REQUIRE(prepare_store(root / "store", user));
  CHECK(about(root / "store/link").st_uid == user->uid);
  CHECK(about(root / "secret").st_uid == 0);
}

TEST_CASE("a directory of sockets becomes the user's") {
  const auto user = nobody();
  if (!user) return;
  const Root root;
  fs::create_directory(root / "run");
  make_socket(root / "run/api.sock");
  REQUIRE(prepare_socket_directory(root / "run", user));
  CHECK(about(root / "run").st_uid == user->uid);
  CHECK(about(root / "run/api.sock").st_uid == user->uid);
}

TEST_CASE("what root keeps among the credentials the daemon's group may read") {
  const auto user = nobody();
  if (!user) return;
  const Root root;
  touch(root / "tls/key.pem");
  touch(root / "tls/other");
  REQUIRE(::chmod((root / "tls").c_str(), 0700) == 0);
  REQUIRE(::chmod((root / "tls/key.pem").c_str(), 0600) == 0);
  REQUIRE(::chmod((root / "tls/other").c_str(), 0600) == 0);
  REQUIRE(prepare_credentials(root / "tls", user));
  CHECK(about(root / "tls").st_gid == user->gid);
  CHECK((about(root / "tls").st_mode & 07777) == 0750);
  CHECK(about(root / "tls/key.pem").st_uid == 0);
  CHECK(about(root / "tls/key.pem").st_gid == user->gid);
  CHECK((about(root / "tls/key.pem").st_mode & 07777) == 0640);
  CHECK(about(root / "tls/other").st_gid == 0);
}

TEST_CASE("a key that is a link, or another group's, stays as it is") {
  const auto user = nobody();
  if (!user) return;
  const Root root;
  touch(root / "secret");
  REQUIRE(::chmod((root / "secret").c_str(), 0600) == 0);
  touch(root / "tls/ca.pem");
  REQUIRE(::lchown((root / "tls/ca.pem").c_str(), 0, 1) == 0);
  REQUIRE(::chmod((root / "tls/ca.pem").c_str(), 0600) == 0);
  fs::create_symlink(root / "secret", root / "tls/key.pem");
  REQUIRE(prepare_credentials(root / "tls", user));
  CHECK((about(root / "secret").st_mode & 07777) == 0600);
  CHECK((about(root / "tls/ca.pem").st_mode & 07777) == 0600);
}
