/* DEFLATE, bit by bit: a block is stored, or coded by Huffman codes that are fixed or stand before it. */
#include "io/inflate.h"

#include <string.h>

enum { MOST_BITS = 15, LITERALS = 288, DISTANCES = 30, LENGTH_CODES = 19 };

typedef struct stream {
  const unsigned char *in;
  size_t n_in, at;
  unsigned char *out;
  size_t n_out, written;
  uint32_t bits; /* read but not used yet */
  unsigned n_bits;
  const char *error;
} stream;

/* A canonical code: how many symbols each length has, and the symbols in order of their codes. */
typedef struct code {
  uint16_t count[MOST_BITS + 1], symbol[LITERALS];
} code;

static unsigned take(stream *s, unsigned n) {
  while (s->n_bits < n) {
    if (s->at == s->n_in) {
      s->error = "it ends within a block";
      return 0;
    }
    s->bits |= (uint32_t)s->in[s->at++] << s->n_bits;
    s->n_bits += 8;
  }
  const unsigned value = s->bits & ((1u << n) - 1u);
  s->bits >>= n;
  s->n_bits -= n;
  return value;
}

/* False: more codes than there is room for, or (where more than one symbol is there) fewer. */
static bool build(code *c, const uint8_t *lengths, size_t n) {
  uint16_t first[MOST_BITS + 2] = {0};
  int left = 1;
  memset(c->count, 0, sizeof c->count);
  for (size_t k = 0; k < n; k++) c->count[lengths[k]]++;
  for (size_t b = 1; b <= MOST_BITS; b++) {
    left = 2 * left - c->count[b];
    if (left < 0) return false;
    first[b + 1] = (uint16_t)(first[b] + c->count[b]);
  }
  for (size_t k = 0; k < n; k++)
    if (lengths[k]) c->symbol[first[lengths[k]]++] = (uint16_t)k;
  const size_t used = n - c->count[0];
  return left == 0 || used == 0 || (used == 1 && c->count[1] == 1);
}

static unsigned decode(stream *s, const code *c) {
  int value = 0, first = 0, index = 0;
  for (size_t b = 1; b <= MOST_BITS; b++) {
    value |= (int)take(s, 1);
    if (s->error) return 0;
    const int count = c->count[b];
    if (value - count < first) return c->symbol[index + (value - first)];
    index += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  s->error = "a code means nothing";
  return 0;
}

static void put(stream *s, const unsigned char *from, size_t n) {
  if (n > s->n_out - s->written) {
    s->error = "more comes out than was announced";
    return;
  }
  for (size_t k = 0; k < n; k++) s->out[s->written++] = from[k]; /* may overlap: forwards, byte by byte */
}

static void stored(stream *s) {
  s->bits = 0;
  s->n_bits = 0;
  if (s->n_in - s->at < 4) {
    s->error = "it ends within a block";
    return;
  }
  const unsigned char *h = s->in + s->at;
  const size_t n = (size_t)h[0] | (size_t)h[1] << 8, inverse = (size_t)h[2] | (size_t)h[3] << 8;
  s->at += 4;
  if ((n ^ 0xffff) != inverse) s->error = "the length of a stored block is damaged";
  else if (n > s->n_in - s->at) s->error = "it ends within a block";
  else {
    put(s, s->in + s->at, n);
    s->at += n;
  }
}

/* Base and extra bits of lengths (257 …) and distances. */
static unsigned length_of(stream *s, unsigned symbol) {
  static const uint16_t base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                  31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  static const uint8_t extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                  2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  if (symbol - 257 >= sizeof base / sizeof *base) {
    s->error = "a length that does not exist";
    return 0;
  }
  return base[symbol - 257] + take(s, extra[symbol - 257]);
}

static unsigned distance_of(stream *s, unsigned symbol) {
  if (symbol >= DISTANCES) {
    s->error = "a distance that does not exist";
    return 0;
  }
  const unsigned extra = symbol < 4 ? 0 : (symbol - 2) / 2;
  const unsigned base = symbol < 4 ? symbol + 1 : ((2u + (symbol & 1u)) << extra) + 1u;
  return base + take(s, extra);
}

static void coded(stream *s, const code *literals, const code *distances) {
  while (!s->error) {
    const unsigned symbol = decode(s, literals);
    if (s->error || symbol == 256) return;
    if (symbol < 256) {
      const unsigned char byte = (unsigned char)symbol;
      put(s, &byte, 1);
      continue;
    }
    const size_t length = length_of(s, symbol);
    const unsigned which = s->error ? 0 : decode(s, distances);
    const size_t distance = s->error ? 0 : distance_of(s, which);
    if (s->error) return;
    if (distance > s->written) s->error = "a copy from before the beginning";
    else put(s, s->out + s->written - distance, length);
  }
}

static void fixed(stream *s) {
  uint8_t lengths[LITERALS];
  code literals, distances;
  for (size_t k = 0; k < LITERALS; k++) lengths[k] = k < 144 ? 8 : k < 256 ? 9 : k < 280 ? 7 : 8;
  (void)build(&literals, lengths, LITERALS);
  for (size_t k = 0; k < DISTANCES; k++) lengths[k] = 5; /* two codes stay without meaning */
  (void)build(&distances, lengths, DISTANCES);
  coded(s, &literals, &distances);
}

/* Lengths of n codes, themselves coded, with repeats. */
static void read_lengths(stream *s, const code *c, uint8_t *lengths, size_t n) {
  for (size_t k = 0; k < n && !s->error;) {
    const unsigned symbol = decode(s, c);
    if (s->error) return;
    if (symbol < 16) {
      lengths[k++] = (uint8_t)symbol;
      continue;
    }
    if (symbol == 16 && k == 0) {
      s->error = "a repeat of nothing";
      return;
    }
    const uint8_t value = symbol == 16 ? lengths[k - 1] : 0;
    size_t times = symbol == 16 ? 3 + take(s, 2) : symbol == 17 ? 3 + take(s, 3) : 11 + take(s, 7);
    if (times > n - k) s->error = "more lengths than codes";
    while (!s->error && times-- > 0) lengths[k++] = value;
  }
}

static void dynamic(stream *s) {
  static const uint8_t order[LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  uint8_t lengths[LITERALS + 32] = {0}, first[LENGTH_CODES] = {0};
  code c, literals, distances;
  const size_t n_literals = take(s, 5) + 257, n_distances = take(s, 5) + 1, n_first = take(s, 4) + 4;
  if (s->error) return;
  if (n_literals > 286 || n_distances > DISTANCES) {
    s->error = "more codes than there are";
    return;
  }
  for (size_t k = 0; k < n_first; k++) first[order[k]] = (uint8_t)take(s, 3);
  if (!s->error && !build(&c, first, LENGTH_CODES)) s->error = "codes that do not fit together";
  if (!s->error) read_lengths(s, &c, lengths, n_literals + n_distances);
  if (s->error) return;
  if (lengths[256] == 0 || !build(&literals, lengths, n_literals) ||
      !build(&distances, lengths + n_literals, n_distances))
    s->error = "codes that do not fit together";
  else coded(s, &literals, &distances);
}

lg_status lg_inflate(lg_ctx *ctx, const unsigned char *in, size_t n_in, unsigned char *out, size_t n_out) {
  stream s = {.in = in, .n_in = n_in, .out = out, .n_out = n_out};
  for (bool last = false; !last && !s.error;) {
    last = take(&s, 1) != 0;
    const unsigned kind = s.error ? 0 : take(&s, 2);
    if (s.error) break;
    if (kind == 0) stored(&s);
    else if (kind == 1) fixed(&s);
    else if (kind == 2) dynamic(&s);
    else s.error = "a block of unknown kind";
  }
  if (!s.error && s.written != n_out) s.error = "less comes out than was announced";
  return s.error ? lg_fail(ctx, LG_ERR_FORMAT, "packed data are damaged at byte %zu: %s", s.at, s.error) : LG_OK;
}

uint32_t lg_crc32(const unsigned char *bytes, size_t n) {
  static const uint32_t nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  uint32_t crc = 0xffffffff;
  for (size_t k = 0; k < n; k++) {
    crc ^= bytes[k];
    crc = crc >> 4 ^ nibble[crc & 15];
    crc = crc >> 4 ^ nibble[crc & 15];
  }
  return ~crc;
}
