#include "ttq/words.h"

namespace ttq {

const Word* find_word(std::span<const Word> words, std::string_view text, Group group) {
  for (const Word& word : words) {
    if (word.text == text && meet(word.group, group)) return &word;
  }
  return nullptr;
}

std::vector<std::string_view> texts_of(std::span<const Word> words, Group group) {
  std::vector<std::string_view> texts;
  for (const Word& word : words) {
    if (meet(word.group, group)) texts.push_back(word.text);
  }
  return texts;
}

}  // namespace ttq
