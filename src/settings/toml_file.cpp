#include "settings/toml_file.h"

#include <toml++/toml.h>

#include <algorithm>

#include "base/small_file.h"
#include "base/text.h"

namespace ttq {
namespace {

TomlValue value_of(const toml::node& node) {
  TomlValue value{TomlKind::other, "", node.source().begin.line};
  if (const auto* text = node.as_string()) {
    value.kind = TomlKind::text;
    value.text = text->get();
  } else if (const auto* truth = node.as_boolean()) {
    value.kind = TomlKind::truth;
    value.text = truth->get() ? "true" : "false";
  } else if (const auto* number = node.as_integer()) {
    value.kind = TomlKind::number;
    value.text = std::to_string(number->get());
  }
  return value;
}

TomlKey key_of(std::string name, const toml::node& node) {
  TomlKey key{std::move(name), node.source().begin.line, node.is_array(), {}};
  const auto* list = node.as_array();
  if (list == nullptr) {
    key.values.push_back(value_of(node));
    return key;
  }
  for (const toml::node& element : *list) key.values.push_back(value_of(element));
  return key;
}

/// The libraries of the distributions are built with exceptions, and they stop here.
Result<toml::table> parse(const std::string& text, const std::filesystem::path& file) {
  try {
    return toml::parse(text, file.string());
  } catch (const toml::parse_error& error) {
    return fault_at(file, error.source().begin.line, clean(error.description()));
  }
}

}  // namespace

Result<std::optional<std::vector<TomlKey>>> read_toml_file(const std::filesystem::path& file) {
  using Keys = std::optional<std::vector<TomlKey>>;
  const auto text = read_small_file_if_any(file);
  if (!text) return text.error();
  if (!*text) return Keys();
  const auto table = parse(**text, file);
  if (!table) return table.error();
  std::vector<TomlKey> keys;
  for (const auto& [key, node] : *table) keys.push_back(key_of(std::string(key.str()), node));
  return Keys(std::move(keys));
}

std::string canonical_key(std::string_view name) {
  std::string spelled(name);
  std::replace(spelled.begin(), spelled.end(), '-', '_');
  return spelled;
}

Fault fault_at(const std::filesystem::path& file, std::size_t line, std::string_view what) {
  return Fault{file.string() + ":" + std::to_string(line) + ": " + std::string(what)};
}

}  // namespace ttq
