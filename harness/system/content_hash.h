// A 64-bit hash of a file's content, to tell files apart; no protection against forgery.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace dispatchbench {

/// Every step is a bijection of the hash so far, so two texts of one length that differ in a single word
/// never have the same hash.
inline std::uint64_t content_hash(std::string_view bytes) {
  std::uint64_t hash = 0x9e3779b97f4a7c15 ^ bytes.size();
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0xbf58476d1ce4e5b9;
    hash ^= hash >> 32;
  };
  std::uint64_t word = 0;
  std::size_t at = 0;
  for (; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    mix(word);
  }
  word = 0;
  if (at < bytes.size()) std::memcpy(&word, bytes.data() + at, bytes.size() - at);
  mix(word);
  mix(0);
  return hash;
}

} // namespace dispatchbench
