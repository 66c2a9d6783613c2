#include "ttq/value_reader.h"

#include "ttq/since_time.h"

namespace ttq {

void ValueReader::refuse(const std::string& name, const std::string& why) {
  if (!complaint_) complaint_ = name + ": " + why;
}

std::optional<std::string> ValueReader::text(const std::string& name) {
  const auto found = pieces_.values.find(name);
  if (found == pieces_.values.end()) return std::nullopt;
  if (found->second.empty()) refuse(name, "its value is empty");
  return found->second;
}

std::optional<Duration> ValueReader::duration(const std::string& name) {
  const auto typed = text(name);
  if (!typed) return std::nullopt;
  const auto value = parse_duration(*typed);
  if (value && *value > Duration(0)) return value;
  refuse(name, quote(*typed) + " is not a time like 500ms, 3s or 2m");
  return std::nullopt;
}

std::optional<Time> ValueReader::moment(const std::string& name, Time now) {
  const auto typed = text(name);
  if (!typed) return std::nullopt;
  const auto value = parse_since(*typed, now);
  if (!value) refuse(name, quote(*typed) + " is not a time like -1h, yesterday or 03:04");
  return value;
}

const Word* ValueReader::word(const std::string& name, std::span<const Word> words,
                              const Command& command) {
  const auto typed = text(name);
  if (!typed) return nullptr;
  const Word* found = find_word(words, *typed, command.group);
  if (found == nullptr) {
    refuse(name, quote(*typed) + " is not " + alternatives(texts_of(words, command.group)));
  }
  return found;
}

}  // namespace ttq
