#include "ttracerd/config.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>

using namespace ttq;
using namespace std::chrono_literals;

namespace {

/// A directory with a ttracerd.toml, removed when it goes out of scope.
class ConfigDir {
 public:
  ConfigDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "config-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~ConfigDir() { std::filesystem::remove_all(root_); }
  ConfigDir(const ConfigDir&) = delete;
  ConfigDir& operator=(const ConfigDir&) = delete;

  ConfigDir& write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
    return *this;
  }
  [[nodiscard]] std::filesystem::path main() const { return root_ / "ttracerd.toml"; }

 private:
  std::filesystem::path root_;
};

/// What is wrong with this file; empty: nothing. The directory is left out.
std::string complaint(const std::string& text) {
  ConfigDir dir;
  dir.write("ttracerd.toml", text);
  Config config;
  const auto read = read_config(config, dir.main(), true);
  if (read) return "";
  const std::string message = read.error().message;
  return message.substr(message.find("ttracerd.toml"));
}

std::string setting_complaint(std::string_view name, std::string_view value) {
  Config config;
  const auto taken = set(config, name, value);
  return taken ? "" : taken.error().message;
}

}  // namespace

TEST_CASE("it runs with no file at all") {
  Config config;
  CHECK(read_config(config, "/nonexistent/ttracerd.toml", false));
  CHECK(check(config));
  CHECK(config.store == "/var/lib/ttracerd");
}

TEST_CASE("a file that was named must be there") {
  Config config;
  const auto read = read_config(config, "/nonexistent/ttracerd.toml", true);
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "/nonexistent/ttracerd.toml: no such file");
}

TEST_CASE("every key is read, with hyphens or underscores") {
  ConfigDir dir;
  dir.write("ttracerd.toml",
            "store = '/srv/t'\nlisten = ['unix:/run/a', '127.0.0.1:18870']\ninterval = '500ms'\n"
            "window = '30s'\nflush = '2s'\nretention = '7d'\nmax_size = '1GiB'\nprobe = 'netlink'\n"
            "host-name = 'web1'\nhost_id = 'id-1'\ninsecure = true\n");
  Config config;
  REQUIRE(read_config(config, dir.main(), true));
  CHECK(config.store == "/srv/t");
  CHECK(config.listen == std::vector<std::string>{"unix:/run/a", "127.0.0.1:18870"});
  CHECK(config.pace.interval == 500ms);
  CHECK(config.pace.window == 30s);
  CHECK(config.pace.flush == 2s);
  CHECK(config.keeping.retention == 7 * 24h);
  CHECK(config.keeping.max_bytes == 1ULL << 30);
  CHECK(config.host_name == "web1");
  CHECK(config.host_id == "id-1");
  CHECK(config.insecure);
}

TEST_CASE("what is printed reads back to the same") {
  Config config;
  config.host_name = "web1";
  config.pace.interval = 250ms;
  ConfigDir dir;
  dir.write("ttracerd.toml", print_config(config));
  Config again;
  REQUIRE(read_config(again, dir.main(), true));
  CHECK(print_config(again) == print_config(config));
}

TEST_CASE("a path is printed so that it can be read, whatever is in it") {
  for (const std::string path :
       {"/plain", "/it's", "/a \"b\" \\c", "/line\nend and '''", "/\x7f\x1b[31m", "/caf\u00e9"}) {
    CAPTURE(path);
    Config config;
    config.store = path;
    config.listen = {"unix:" + path};
    ConfigDir dir;
    dir.write("ttracerd.toml", print_config(config));
    Config again;
    REQUIRE(read_config(again, dir.main(), true));
    CHECK(again.store == path);
    CHECK(again.listen == config.listen);
  }
}

TEST_CASE("pieces in conf.d win over the file, the later name over the earlier") {
  ConfigDir dir;
  dir.write("ttracerd.toml", "interval = '1s'\nflush = '9s'\n")
      .write("conf.d/20-b.toml", "interval = '3s'\n")
      .write("conf.d/10-a.toml", "interval = '2s'\n")
      .write("conf.d/note.txt", "interval = '4s'\n");
  Config config;
  REQUIRE(read_config(config, dir.main(), true));
  CHECK(config.pace.interval == 3s);
  CHECK(config.pace.flush == 9s);
}

TEST_CASE("a mistake is told with its file, line and key") {
  CHECK(complaint("interval = '1s'\nintervall = '1s'\n") ==
        "ttracerd.toml:2: intervall: no such key; see ttracerd.toml(5)");
  CHECK(
      complaint("interval = 'soon'\n") ==
      "ttracerd.toml:1: interval: \"soon\" is not a duration from 100ms to 1h (such as 500ms, 1s, "
      "2h30m, 30d)");
  CHECK(complaint("\ninterval = 1.5\n") ==
        "ttracerd.toml:2: interval: must be a string, in quotes");
  CHECK(complaint("host_name = 7\n") == "ttracerd.toml:1: host_name: must be a string, in quotes");
  CHECK(complaint("max_size = 1073741824\ninsecure = true\n").empty());
  CHECK(complaint("interval = ['1s', '2s']\n") == "ttracerd.toml:1: interval: takes one value");
  CHECK(complaint("[section]\ninterval = '1s'\n") ==
        "ttracerd.toml:1: section: no such key; see ttracerd.toml(5)");
  CHECK(complaint("listen = ['nowhere']\n").starts_with("ttracerd.toml:1: listen: "));
  CHECK(complaint("interval = \n").starts_with("ttracerd.toml:1: "));
  CHECK(complaint("interval = '1s'\ninterval = '1s'\n").starts_with("ttracerd.toml:2: "));
}

TEST_CASE("every setting refuses what it cannot mean") {
  const std::pair<const char*, std::vector<const char*>> table[] = {
      {"store", {"", "relative/path"}},
      {"listen", {"", "nowhere", "127.0.0.1", "127.0.0.1:99999", "unix:", "host:80", "[::1]"}},
      {"interval", {"", "0s", "99ms", "2h", "1", "-1s"}},
      {"window", {"", "0s", "2h", "999ms"}},
      {"flush", {"", "0s", "2h"}},
      {"retention", {"", "59m", "1"}},
      {"max_size", {"", "7MiB", "-1", "1TiB", "99999999999999999999", "512 MiB"}},
      {"probe", {"", "magic"}},
      {"reconcile", {"", "0s", "2h"}},
      {"cpu_budget", {"", "5", "%", "0%", "0.01%", "101%", "-1%", "5 %", "nan%", "1e1%"}},
      {"host_name", {"", "two words", "a\nb", "a\"b"}},
      {"host_id", {"", "two words"}},
      {"user", {"", "two words"}},
      {"group", {"", "two words"}},
      {"tls", {"", "relative/path"}},
      {"insecure", {"", "yes", "1"}},
  };
  for (const auto& row : table) {
    for (const char* value : row.second) {
      CAPTURE(row.first);
      CAPTURE(value);
      const std::string message = setting_complaint(row.first, value);
      CHECK_FALSE(message.empty());
      CHECK(message.find('\n') == std::string::npos);
    }
  }
  CHECK(std::size(table) == setting_names().size());
}

TEST_CASE("settings that do not fit together are refused") {
  const auto check_with = [](auto change) {
    Config config;
    change(config);
    const auto checked = check(config);
    return checked ? std::string() : checked.error().message;
  };
  CHECK(check_with([](Config& c) { c.pace.window = 7s; }) == "window: 7s does not divide an hour");
  CHECK(check_with([](Config& c) { c.pace.interval = 2min; }) ==
        "interval: is longer than a window");
  CHECK(check_with([](Config& c) { c.pace.flush = 2min; }) == "flush: is longer than a window");
}

TEST_CASE("an address that others can reach needs credentials, or a word of consent") {
  Config config;
  config.listen = {"0.0.0.0:18870"};
  CHECK_FALSE(check(config));
  config.insecure = true;
  CHECK(check(config));
  config.tls = "/etc/somewhere";
  CHECK(check(config).error().message.starts_with("insecure: "));
  config.insecure = false;
  CHECK(check(config));
  config.tls.reset();
  config.listen = {"127.0.0.1:18870", "[::1]:18870", "unix:/run/a"};
  CHECK(check(config));
}

TEST_CASE("credentials that a service manager has put somewhere are taken") {
  ConfigDir dir;
  ::setenv("CREDENTIALS_DIRECTORY", dir.main().parent_path().c_str(), 1);
  CHECK(tls_directory({}) != dir.main().parent_path());
  dir.write("certificate.pem", "");
  CHECK(tls_directory({}) == dir.main().parent_path());
  Config config;
  config.insecure = true;
  CHECK_FALSE(tls_directory(config));
  config.insecure = false;
  config.tls = "/etc/somewhere";
  CHECK(tls_directory(config) == "/etc/somewhere");
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("the file of the package has every key, and with its marks taken away says what is so") {
  std::ifstream file(CONFIG_OF_THE_PACKAGE);
  std::string text;
  std::vector<std::string> keys;
  for (std::string line; std::getline(file, line);) {
    const bool is_key = line.starts_with('#') && line.find(" = ") != std::string::npos &&
                        !line.starts_with("# ") && !line.starts_with("##");
    CHECK((is_key || line.empty() || line.starts_with('#')));
    if (!is_key) continue;
    keys.push_back(line.substr(1, line.find(' ') - 1));
    text += line.substr(1) + '\n';
  }
  const auto names = setting_names();
  CHECK(std::set<std::string>(keys.begin(), keys.end()) ==
        std::set<std::string>(names.begin(), names.end()));
  CHECK(keys.size() == names.size());
  ConfigDir dir;
  Config config;
  REQUIRE(read_config(config, dir.write("ttracerd.toml", text).main(), true));
  for (const auto name : names) {
    const std::string usual = print_setting(Config{}, name);
    if (!usual.empty()) CHECK(print_setting(config, name) == usual);
  }
}

TEST_CASE("every word that a setting may be is taken, and another is refused with all of them") {
  for (const auto name : setting_names()) {
    for (const auto word : setting_words(name)) CHECK(setting_complaint(name, word).empty());
  }
  CHECK(setting_words("probe").size() == 3);
  CHECK(setting_complaint("probe", "magic") == "must be auto, netlink or ebpf");
}
