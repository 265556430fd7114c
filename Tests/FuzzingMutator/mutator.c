// Changes inputs for libFuzzer. Half of the changes are libFuzzer's own. The others write numbers
// that readers may trust wrongly (sizes, counts and offsets near the limits of their types, or near
// the size of the input) over bytes of the input. After either, the checksums of PNG chunks, tar
// headers and indexes are made right again in most inputs, so that changes reach the code behind
// the check.
#include "mutator.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Provided by libFuzzer: changes the bytes and returns their new count, at most `limit`.
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t limit);
// Called by libFuzzer in the place of its own mutations.
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t limit, unsigned seed);

// A generator of random numbers (xorshift, Marsaglia 2003), so that a seed gives the same change.
static uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

// A number that is easily handled wrongly, given the number of `width` bytes that was there.
static uint64_t dangerous_number(uint32_t *state, uint64_t old, unsigned width, size_t count) {
  const uint64_t all = width == 8 ? UINT64_MAX : ((uint64_t)1 << (8 * width)) - 1;
  const uint64_t small = next_random(state) % 9;
  switch (next_random(state) % 9) {
    case 0:
      return small;
    case 1:
      return all - small;  // the largest unsigned numbers
    case 2:
      return (all >> 1) - small;  // the largest signed numbers
    case 3:
      return (all >> 1) + 1 + small;  // the smallest signed numbers
    case 4:
      return count - small;  // the size of the input
    case 5:
      return count + small;
    case 6:
      return old + small;
    case 7:
      return old - small;
    default:
      return (uint64_t)1 << (next_random(state) % (8 * width));  // powers of two
  }
}

// Writes a dangerous number of 1, 2, 4 or 8 bytes at a random place.
static void change_number(uint32_t *state, uint8_t *bytes, size_t count) {
  unsigned width = 1u << (next_random(state) % 4);
  while (width > count) width /= 2;
  const bool is_big_endian = next_random(state) % 2;
  uint8_t *place = bytes + next_random(state) % (count - width + 1);
  uint64_t old = 0;
  for (unsigned i = 0; i < width; i++)
    old |= (uint64_t)place[i] << 8 * (is_big_endian ? width - 1 - i : i);
  const uint64_t new = dangerous_number(state, old, width, count);
  for (unsigned i = 0; i < width; i++)
    place[i] = (uint8_t)(new >> 8 * (is_big_endian ? width - 1 - i : i));
}

// Writes decimal digits over digits, as text formats and octal fields of tar headers have them.
static void change_digits(uint32_t *state, uint8_t *bytes, size_t count) {
  const size_t start = next_random(state) % count;
  for (size_t i = 0; i < count; i++) {
    uint8_t *place = bytes + (start + i) % count;
    if (*place < '0' || *place > '9') continue;
    // The digits from here to the end of the number.
    while (place < bytes + count && *place >= '0' && *place <= '9')
      *place++ = "0123456789979797"[next_random(state) % 16];
    return;
  }
}

static uint32_t crc32_of(const uint8_t *bytes, size_t count) {
  // The CRC of PNG chunks: PNG specification, annex D.
  uint32_t sum = UINT32_MAX;
  for (size_t i = 0; i < count; i++) {
    sum ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) sum = sum & 1 ? sum >> 1 ^ 0xEDB88320 : sum >> 1;
  }
  return ~sum;
}

static void repair_png(uint8_t *bytes, size_t count) {
  for (size_t position = 8; count - position >= 12;) {
    const uint8_t *length = bytes + position;
    const size_t size = (size_t)length[0] << 24 | length[1] << 16 | length[2] << 8 | length[3];
    if (size > count - position - 12) return;
    const uint32_t sum = crc32_of(bytes + position + 4, size + 4);
    uint8_t *field = bytes + position + 8 + size;
    for (int i = 0; i < 4; i++) field[i] = (uint8_t)(sum >> (24 - 8 * i));
    position += size + 12;
  }
}

static void repair_tar(uint8_t *bytes, size_t count) {
  for (size_t position = 0; count - position >= 512; position += 512) {
    uint8_t *header = bytes + position;
    // Blocks of contents are told from headers by the format's name.
    if (memcmp(header + 257, "ustar", 5) != 0) continue;
    memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) sum += header[i];
    for (int i = 0; i < 6; i++) header[148 + i] = (uint8_t)('0' + (sum >> 3 * (5 - i)) % 8);
    header[154] = 0;
  }
}

// The size of the file and the hash of an index, as Sources/Search/IndexHeader.swift has them.
static void repair_index(uint8_t *bytes, size_t count) {
  const size_t header = 128, hashed = 120, file_size = 64, description_size = 48;
  uint64_t description = 0;
  for (int i = 0; i < 8; i++) {
    bytes[file_size + i] = (uint8_t)((uint64_t)count >> 8 * i);
    description |= (uint64_t)bytes[description_size + i] << 8 * i;
  }
  if (description > count - header) return;
  uint64_t hash = 0xCBF29CE484222325;
  for (size_t i = 0; i < header + description; i++)
    if (i < hashed || i >= header) hash = (hash ^ bytes[i]) * 0x100000001B3;
  for (int i = 0; i < 8; i++) bytes[hashed + i] = (uint8_t)(hash >> 8 * i);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t limit, unsigned seed) {
  uint32_t state = seed | 1;
  const uint32_t kind = next_random(&state) % 8;
  if (count == 0 || kind < 4) {
    count = LLVMFuzzerMutate(bytes, count, limit);
  } else {
    for (uint32_t changes = 1 + next_random(&state) % 3; changes > 0; changes--) {
      if (kind < 7)
        change_number(&state, bytes, count);
      else
        change_digits(&state, bytes, count);
    }
  }
  if (next_random(&state) % 8 == 0) return count;
  if (count >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0) repair_png(bytes, count);
  if (count >= 128 && memcmp(bytes, "\211ALX", 4) == 0) repair_index(bytes, count);
  if (count >= 512) repair_tar(bytes, count);
  return count;
}
