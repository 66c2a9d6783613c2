// The files of a database, for tests that must do what the store never does.
#pragma once

#include <doctest/doctest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/rocks_store.h"

namespace ttq::test {

inline std::unique_ptr<rocksdb::DB> raw(const std::filesystem::path& dir) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, dir.string(), &db);
  REQUIRE_MESSAGE(status.ok(), status.ToString());
  return std::unique_ptr<rocksdb::DB>(db);
}

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::map<std::string, std::string> all_files(const std::filesystem::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    files[entry.path().filename().string()] = contents(entry.path());
  }
  return files;
}

inline std::vector<std::filesystem::path> files_like(const std::filesystem::path& dir,
                                                     std::string_view part) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    const bool is_like = entry.path().filename().string().find(part) != std::string::npos;
    if (is_like) found.push_back(entry.path());
  }
  return found;
}

inline std::string fault_of_opening(const std::filesystem::path& dir) {
  const auto store = RocksStore::open(dir, {});
  REQUIRE_FALSE(store.has_value());
  return store.error().message;
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace ttq::test
