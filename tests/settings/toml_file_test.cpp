// What a file of settings says, and where.
#include "settings/toml_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "store/scratch_dir.h"

using namespace ttq;
using namespace ttq::test;

namespace {

constexpr const char* kinds[] = {"text", "truth", "number", "other"};

/// "2: via = text ssh" for each key, or the Fault without the directory.
std::string read(const std::string& text) {
  const ScratchDir dir;
  const auto file = dir.path() / "x.toml";
  std::ofstream(file) << text;
  const auto keys = read_toml_file(file);
  if (!keys) return keys.error().message.substr(dir.path().string().size() + 1);
  std::string printed;
  for (const TomlKey& key : keys->value()) {
    printed += std::to_string(key.line) + ": " + key.name + (key.is_list ? " [" : " =");
    for (const TomlValue& value : key.values) {
      printed += " " + std::string(kinds[static_cast<int>(value.kind)]) + " " + value.text;
    }
    printed += "\n";
  }
  return printed;
}

}  // namespace

TEST_CASE("each key has its line, and each value its text and how it was spelled") {
  CHECK(read("a = 'x'\n\nb = true\nc = 18_870\nd = ['y',\n  7]\n") ==
        "1: a = text x\n3: b = truth true\n4: c = number 18870\n5: d [ text y number 7\n");
}

TEST_CASE("what is no single value has no text") {
  CHECK(read("a = 1.5\nb = 2026-01-02\nd = [[1]]\n[c]\ne = 1\n") ==
        "1: a = other \n2: b = other \n4: c = other \n3: d [ other \n");
}

TEST_CASE("what is no TOML is told with its line") {
  CHECK(read("a = 'x'\nb = \n").starts_with("x.toml:2: "));
  CHECK(read("a = 'x'\na = 'y'\n").starts_with("x.toml:2: "));
}

TEST_CASE("no file is none, and one that cannot be read is a fault that says why") {
  const ScratchDir dir;
  CHECK_FALSE(read_toml_file(dir.path() / "none")->has_value());
  CHECK_FALSE(read_toml_file(dir.path() / "none/none")->has_value());
  CHECK(read_toml_file(dir.path()).error().message == dir.path().string() + ": Is a directory");
  std::ofstream(dir.path() / "long") << std::string((1U << 20U) + 1, '#');
  CHECK(read_toml_file(dir.path() / "long").error().message ==
        (dir.path() / "long").string() + ": it is too long for what it should be");
  CHECK(read_toml_file("/dev/null")->value().empty());
}

TEST_CASE("what nobody may ever write into, or what never ends, is not a file and not waited for") {
  const ScratchDir dir;
  const auto path = dir.path() / "x.toml";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(read_toml_file(path).error().message == path.string() + ": is not a file");
  std::filesystem::remove(path);
  REQUIRE(::mknod(path.c_str(), S_IFSOCK | 0600, 0) == 0);
  CHECK(read_toml_file(path).error().message == path.string() + ": is not a file");
  CHECK(read_toml_file("/dev/zero").error().message == "/dev/zero: is not a file");
}

TEST_CASE("a key of the file and an option of the command line differ by hyphens only") {
  CHECK(canonical_key("host-name") == "host_name");
  CHECK(canonical_key("host_name") == "host_name");
}
