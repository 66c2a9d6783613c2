#include "ttq/kept.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "settings/toml_file.h"
#include "ttq/places.h"

namespace ttq {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 12> kept_options{
    "--output",  "--socket",      "--peer-port", "--via",   "--tls",      "--host-timeout",
    "--timeout", "--concurrency", "--max-hosts", "--allow", "--no-color", "--pki"};

bool is_path(const OptionRow& row) { return row.value == "PATH" || row.value == "DIR"; }

const OptionRow* find_row(const std::string& key) {
  for (const OptionRow* row : kept_rows()) {
    if (key_of(*row) == canonical_key(key)) return row;
  }
  return nullptr;
}

/// Where a relative path would lead depends on where ttq is started.
Result<std::string> absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  if (!path.starts_with("~/")) return Fault{"must be an absolute path, or begin with ~/"};
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return Fault{"~ is nowhere: HOME is not set"};
  return home + path.substr(1);
}

Result<std::string> text_of(const OptionRow& row, const TomlValue& value) {
  const bool is_flag = row.value.empty();
  if (is_flag && value.kind != TomlKind::truth) return Fault{"must be true or false"};
  if (!is_flag && value.kind != TomlKind::text && value.kind != TomlKind::number) {
    return Fault{row.is_list() ? "must be a string in quotes, or a list of them"
                               : "must be a string, in quotes, or a whole number"};
  }
  return is_path(row) && !value.text.empty() ? absolute(value.text) : value.text;
}

/// Of a list all elements, as they would be typed in one word.
Result<KeptValue> value_of(const OptionRow& row, const TomlKey& key, const fs::path& file) {
  if (key.is_list && !row.is_list())
    return fault_at(file, key.line, key.name + ": takes one value");
  KeptValue kept{"", fault_at(file, key.line, key.name).message};
  for (const TomlValue& value : key.values) {
    const auto text = text_of(row, value);
    if (!text) return fault_at(file, value.line, key.name + ": " + text.error().message);
    kept.text += (kept.text.empty() ? "" : ",") + *text;
  }
  return kept;
}

}  // namespace

std::vector<const OptionRow*> kept_rows() {
  std::vector<const OptionRow*> rows;
  for (const OptionRow& row : option_rows()) {
    const bool is_kept =
        std::find(kept_options.begin(), kept_options.end(), row.name()) != kept_options.end();
    if (is_kept) rows.push_back(&row);
  }
  return rows;
}

std::string key_of(const OptionRow& row) { return canonical_key(row.name().substr(2)); }

Result<KeptValues> read_kept_values(const fs::path& file) {
  const auto keys = read_toml_file(file);
  if (!keys) return keys.error();
  KeptValues values;
  if (!*keys) return values;
  for (const TomlKey& key : **keys) {
    const OptionRow* row = find_row(key.name);
    if (row == nullptr) {
      return fault_at(file, key.line, clean(key.name, 64) + ": no such key; see ttq.toml(5)");
    }
    auto value = value_of(*row, key, file);
    if (!value) return value.error();
    values.insert_or_assign(row->name(), *std::move(value));
  }
  return values;
}

std::vector<fs::path> usual_files() {
  std::vector<fs::path> files{"/etc/ttq/ttq.toml"};
  if (const auto own = config_directory()) files.push_back(*own / "ttq.toml");
  return files;
}

}  // namespace ttq
