#include "ttracerd/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "api/listen_address.h"
#include "base/text.h"
#include "settings/toml_file.h"
#include "tls/credentials.h"

namespace ttq {
namespace {

using namespace std::chrono_literals;

Result<Duration> duration_between(std::string_view text, Duration least, Duration most) {
  const auto length = parse_duration(text);
  if (!length || *length < least || *length > most) {
    return Fault{"\"" + clean(text, 64) + "\" is not a duration from " + print_duration(least) +
                 " to " + print_duration(most) + " (such as 500ms, 1s, 2h30m, 30d)"};
  }
  return *length;
}

constexpr std::array<std::pair<std::string_view, unsigned>, 3> size_units{
    {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}}};

/// "512MiB", "2GiB", "1048576" (bytes).
Result<std::uint64_t> size_in_bytes(std::string_view text) {
  std::string_view digits = text;
  unsigned shift = 0;
  for (const auto& [suffix, bits] : size_units) {
    if (!text.ends_with(suffix)) continue;
    digits.remove_suffix(suffix.size());
    shift = bits;
  }
  constexpr std::uint64_t least = 8ULL << 20;
  constexpr std::uint64_t most = 1ULL << 50;
  const auto count = parse_integer<std::uint64_t>(digits);
  if (!count || *count > (most >> shift) || (*count << shift) < least) {
    return Fault{"\"" + clean(text, 64) +
                 "\" is not a size of 8MiB or more, in KiB, MiB, GiB or bytes"};
  }
  return *count << shift;
}

/// In the largest unit that leaves no rest.
std::string print_size(std::uint64_t bytes) {
  for (const auto& [suffix, bits] : size_units) {
    const std::uint64_t count = bytes >> bits;
    if (count << bits == bytes) return std::to_string(count) + std::string(suffix);
  }
  return std::to_string(bytes);
}

/// "5%", "0.5%".
Result<double> share_of_cpu(std::string_view text) {
  const bool is_percentage = text.ends_with('%');
  double percent = 0;
  const char* end = text.data() + text.size() - (is_percentage ? 1 : 0);
  const auto [rest, error] = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
  if (!is_percentage || error != std::errc{} || rest != end ||
      !(percent >= 0.1 && percent <= 100)) {  // nor is it nan
    return Fault{"\"" + clean(text, 64) + "\" is not a share of a CPU from 0.1% to 100%"};
  }
  return percent / 100;
}

std::string print_share(double share) {
  std::ostringstream text;
  text << share * 100 << '%';
  return text.str();
}

template <class T>
Result<void> assign(T& place, Result<T> value) {
  if (!value) return value.error();
  place = std::move(*value);
  return {};
}

/// What a name or an id may be: it stands in JSON, tables and file names of others.
Result<void> assign_word(std::optional<std::string>& place, std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7F && c != '"' && c != '\\';
  });
  if (text.empty() || text.size() > 253 || !printable) {
    return Fault{
        "must be 1 to 253 printable ASCII characters without blanks, quotes and backslashes"};
  }
  place = std::string(text);
  return {};
}

Result<void> set_listen(Config& config, std::string_view text) {
  const auto address = parse_listen_address(text);
  if (!address) return address.error();
  config.listen.emplace_back(text);
  return {};
}

Result<void> set_store(Config& config, std::string_view text) {
  if (!text.starts_with('/')) return Fault{"must be an absolute path"};
  config.store = std::string(text);
  return {};
}

Result<void> set_tls(Config& config, std::string_view text) {
  if (!text.starts_with('/')) return Fault{"must be an absolute path"};
  config.tls = std::string(text);
  return {};
}

constexpr std::array<std::string_view, 3> probe_words{"auto", "netlink", "ebpf"};

Result<void> set_probe(Config& config, std::string_view text) {
  if (std::find(probe_words.begin(), probe_words.end(), text) == probe_words.end()) {
    return Fault{"must be " + alternatives(probe_words)};
  }
  config.probe = std::string(text);
  return {};
}

Result<void> set_insecure(Config& config, std::string_view text) {
  if (text != "true" && text != "false") return Fault{"must be true or false"};
  config.insecure = text == "true";
  return {};
}

struct Setting {
  std::string_view name;
  Result<void> (*set)(Config&, std::string_view);
  std::string (*print)(const Config&);
  std::span<const std::string_view> words{};
};

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7F; }

/// As TOML spells a string. Not by toml++, which puts a text with a line end between three quotes,
/// even where there are three in it.
std::string quoted(const std::string& text) {
  const bool is_plain =
      text.find('\'') == std::string::npos && std::none_of(text.begin(), text.end(), is_control);
  if (is_plain) return "'" + text + "'";
  std::string spelled = "\"";
  for (const char& c : text) {
    if (c == '"' || c == '\\') spelled += '\\';
    spelled +=
        is_control(static_cast<unsigned char>(c)) ? "\\u00" + to_hex({&c, 1}) : std::string(1, c);
  }
  return spelled + '"';
}

std::string print_listen(const Config& config) {
  std::string list;
  for (const auto& address : config.listen) list += (list.empty() ? "" : ", ") + quoted(address);
  return "[" + list + "]";
}

template <Duration Pace::*member>
std::string print_pace(const Config& config) {
  return quoted(print_duration(config.pace.*member));
}

std::string print_optional(const std::optional<std::string>& text) {
  return text ? quoted(*text) : "";
}

/// The one table of settings: set, printed, listed and completed from here.
constexpr std::array<Setting, 16> settings{{
    {"store", set_store, [](const Config& c) { return quoted(c.store.string()); }},
    {"listen", set_listen, print_listen},
    {"interval",
     [](Config& c, std::string_view v) {
       return assign(c.pace.interval, duration_between(v, 100ms, 1h));
     },
     print_pace<&Pace::interval>},
    {"window",
     [](Config& c, std::string_view v) {
       return assign(c.pace.window, duration_between(v, 1s, 1h));
     },
     print_pace<&Pace::window>},
    {"flush",
     [](Config& c, std::string_view v) {
       return assign(c.pace.flush, duration_between(v, 100ms, 1h));
     },
     print_pace<&Pace::flush>},
    {"reconcile",
     [](Config& c, std::string_view v) {
       return assign(c.pace.reconcile, duration_between(v, 100ms, 1h));
     },
     print_pace<&Pace::reconcile>},
    {"retention",
     [](Config& c, std::string_view v) {
       return assign(c.keeping.retention, duration_between(v, 1h, 24h * 3650));
     },
     [](const Config& c) { return quoted(print_duration(c.keeping.retention)); }},
    {"max_size",
     [](Config& c, std::string_view v) { return assign(c.keeping.max_bytes, size_in_bytes(v)); },
     [](const Config& c) { return quoted(print_size(c.keeping.max_bytes)); }},
    {"cpu_budget",
     [](Config& c, std::string_view v) { return assign(c.cpu_budget, share_of_cpu(v)); },
     [](const Config& c) { return quoted(print_share(c.cpu_budget)); }},
    {"probe", set_probe, [](const Config& c) { return quoted(c.probe); }, probe_words},
    {"host_name", [](Config& c, std::string_view v) { return assign_word(c.host_name, v); },
     [](const Config& c) { return print_optional(c.host_name); }},
    {"host_id", [](Config& c, std::string_view v) { return assign_word(c.host_id, v); },
     [](const Config& c) { return print_optional(c.host_id); }},
    {"user", [](Config& c, std::string_view v) { return assign_word(c.user, v); },
     [](const Config& c) { return print_optional(c.user); }},
    {"group", [](Config& c, std::string_view v) { return assign_word(c.group, v); },
     [](const Config& c) { return print_optional(c.group); }},
    {"tls", set_tls, [](const Config& c) { return c.tls ? quoted(c.tls->string()) : ""; }},
    {"insecure", set_insecure,
     [](const Config& c) { return std::string(c.insecure ? "true" : "false"); }},
}};

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : settings) {
    if (setting.name == canonical_key(name)) return &setting;
  }
  return nullptr;
}

/// As `set` takes it: a string, but for what TOML has a type of its own for.
bool is_spelled_right(const std::string& key, TomlKind kind) {
  return kind == TomlKind::text || (kind == TomlKind::truth && key == "insecure") ||
         (kind == TomlKind::number && key == "max_size");
}

Result<void> take_value(Config& config, const std::filesystem::path& file, const TomlKey& key,
                        const TomlValue& value) {
  if (!is_spelled_right(canonical_key(key.name), value.kind)) {
    return fault_at(file, value.line, key.name + ": must be a string, in quotes");
  }
  auto taken = set(config, key.name, value.text);
  return taken ? taken : fault_at(file, value.line, key.name + ": " + taken.error().message);
}

Result<void> take_key(Config& config, const std::filesystem::path& file, const TomlKey& key) {
  if (find_setting(key.name) == nullptr) {
    return fault_at(file, key.line, clean(key.name, 64) + ": no such key; see ttracerd.toml(5)");
  }
  clear_list(config, key.name);
  if (key.is_list && canonical_key(key.name) != "listen") {
    return fault_at(file, key.line, key.name + ": takes one value");
  }
  for (const TomlValue& value : key.values) {
    if (auto taken = take_value(config, file, key, value); !taken) return taken;
  }
  return {};
}

/// Whether it is there.
Result<bool> read_file(Config& config, const std::filesystem::path& file) {
  const auto keys = read_toml_file(file);
  if (!keys) return keys.error();
  if (!*keys) return false;
  for (const TomlKey& key : **keys) {
    if (auto taken = take_key(config, file, key); !taken) return taken.error();
  }
  return true;
}

}  // namespace

std::vector<std::string_view> setting_names() {
  std::vector<std::string_view> names;
  for (const Setting& setting : settings) names.push_back(setting.name);
  return names;
}

Result<void> set(Config& config, std::string_view name, std::string_view value) {
  const Setting* setting = find_setting(name);
  return setting != nullptr ? setting->set(config, value) : Fault{"no such setting"};
}

std::string print_setting(const Config& config, std::string_view name) {
  const Setting* setting = find_setting(name);
  return setting != nullptr ? setting->print(config) : "";
}

std::span<const std::string_view> setting_words(std::string_view name) {
  const Setting* setting = find_setting(name);
  return setting != nullptr ? setting->words : std::span<const std::string_view>();
}

void clear_list(Config& config, std::string_view name) {
  if (name == "listen") config.listen.clear();
}

Result<void> read_config(Config& config, const std::filesystem::path& file, bool required) {
  const auto there = read_file(config, file);
  if (!there) return there.error();
  if (!*there && required) return Fault{file.string() + ": no such file"};
  std::error_code ignored;
  std::vector<std::filesystem::path> pieces;
  for (const auto& entry :
       std::filesystem::directory_iterator(file.parent_path() / "conf.d", ignored)) {
    if (entry.path().extension() == ".toml") pieces.push_back(entry.path());
  }
  std::sort(pieces.begin(), pieces.end());
  for (const auto& piece : pieces) {
    const auto read = read_file(config, piece);
    if (!read) return read.error();
    if (!*read) return Fault{piece.string() + ": no such file"};  // a link that leads nowhere
  }
  return {};
}

Result<void> check(const Config& config) {
  const Pace& pace = config.pace;
  if (Duration(1h) % pace.window != Duration(0)) {
    return Fault{"window: " + print_duration(pace.window) + " does not divide an hour"};
  }
  if (pace.interval > pace.window) return Fault{"interval: is longer than a window"};
  if (pace.flush > pace.window) return Fault{"flush: is longer than a window"};
  const bool by_tls = tls_directory(config).has_value();
  if (config.tls && config.insecure) {
    return Fault{"insecure: means neither encryption nor credentials, and tls asks for both"};
  }
  for (const std::string& text : config.listen) {
    const auto address = parse_listen_address(text);
    if (!address) return Fault{"listen: " + address.error().message};
    if (address->is_public() && !config.insecure && !by_tls) {
      return Fault{
          "listen: " + text +
          " can be reached from other hosts: make credentials with `ttq pki` (ttq-pki(1)), "
          "or say --insecure if your network keeps strangers out"};
    }
  }
  return {};
}

std::optional<std::filesystem::path> tls_directory(const Config& config) {
  if (config.tls || config.insecure) return config.tls;
  const char* given = std::getenv("CREDENTIALS_DIRECTORY");
  for (const std::filesystem::path usual : {given != nullptr ? given : "", usual_tls}) {
    std::error_code denied;
    if (usual.is_absolute() && std::filesystem::exists(usual / certificate_file, denied)) {
      return usual;
    }
  }
  return std::nullopt;
}

std::string print_config(const Config& config) {
  std::string text;
  for (const Setting& setting : settings) {
    const std::string value = setting.print(config);
    text += value.empty() ? "# " + std::string(setting.name) + " is found out at start\n"
                          : std::string(setting.name) + " = " + value + "\n";
  }
  return text;
}

}  // namespace ttq
