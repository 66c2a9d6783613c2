#include "api/refusal_book.h"

#include "model/spelling.h"

namespace ttq {
namespace {

constexpr Spellings<Refusal, 10> names{{
    {Refusal::too_many, "too_many"},
    {Refusal::made_room, "made_room"},
    {Refusal::too_large, "too_large"},
    {Refusal::malformed, "malformed"},
    {Refusal::too_slow, "too_slow"},
    {Refusal::slow_reader, "slow_reader"},
    {Refusal::busy, "busy"},
    {Refusal::stranger, "stranger"},
    {Refusal::bad_token, "bad_token"},
    {Refusal::no_tls, "no_tls"},
}};

}  // namespace

void RefusalBook::count(Refusal reason) {
  counts_.at(static_cast<std::size_t>(reason)).fetch_add(1, std::memory_order_relaxed);
}

RefusalBook::Counts RefusalBook::read() const {
  Counts counts;
  for (const auto& [reason, name] : names) {
    counts.emplace_back(name, count_of(reason));
  }
  return counts;
}

std::string RefusalBook::take_news(Moment now) {
  if (told_at_ != Moment{} && now - told_at_ < pause) return {};
  std::string news;
  Counts counts = read();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto fresh = counts[i].second - told_[i].second;
    if (fresh == 0) continue;
    news += (news.empty() ? "" : ", ") + std::to_string(fresh) + " " + counts[i].first;
  }
  if (news.empty()) return {};
  told_ = std::move(counts);
  told_at_ = now;
  return "HTTP clients were refused since this was last said: " + news;
}

}  // namespace ttq
