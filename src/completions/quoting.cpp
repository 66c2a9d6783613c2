#include "completions/quoting.h"

#include "base/text.h"

namespace ttq {

std::string quoted_for_sh(std::string_view text) {
  return "'" + replace_all(text, "'", R"('\'')") + "'";
}

std::string quoted_for_fish(std::string_view text) { return "'" + escaped(text, R"('\)") + "'"; }

std::string escaped(std::string_view text, std::string_view special) {
  std::string written;
  for (const char& c : text) {
    if (special.find(c) != special.npos) written += '\\';
    written += c;
  }
  return written;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

}  // namespace ttq
