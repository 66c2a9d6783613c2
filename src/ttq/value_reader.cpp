#include "ttq/value_reader.h"

#include "ttq/since_time.h"

namespace ttq {

void ValueReader::refuse(const std::string& name, const std::string& why) {
  if (!complaint_) complaint_ = place_of(name) + ": " + why;
}

std::string ValueReader::place_of(const std::string& name) const {
  const auto kept = pieces_.kept.find(name);
  return is_typed(name) || kept == pieces_.kept.end() ? name : kept->second.place;
}

bool ValueReader::flag(const std::string& name) const {
  const auto kept = pieces_.kept.find(name);
  return is_typed(name) || (kept != pieces_.kept.end() && kept->second.text == "true");
}

std::optional<std::string> ValueReader::text(const std::string& name) {
  const auto typed = pieces_.values.find(name);
  const auto kept = pieces_.kept.find(name);
  std::optional<std::string> found;
  if (typed != pieces_.values.end()) {
    found = typed->second;
  } else if (kept != pieces_.kept.end()) {
    found = kept->second.text;
  }
  if (found && found->empty()) refuse(name, "its value is empty");
  return found;
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

const Word* ValueReader::word(const std::string& name, std::span<const Word> words, Group whose) {
  const auto typed = text(name);
  if (!typed) return nullptr;
  const Word* found = find_word(words, *typed, whose);
  if (found == nullptr) {
    refuse(name, quote(*typed) + " is not " + alternatives(texts_of(words, whose)));
  }
  return found;
}

}  // namespace ttq
