#define _XOPEN_SOURCE 700
#include "app/serve/tar.h"

#include <string.h>

enum {
  AT_MODE = 100,
  AT_UID = 108,
  AT_GID = 116,
  AT_SIZE = 124,
  AT_TIME = 136,
  AT_SUM = 148,
  AT_KIND = 156,
  NAME = 100
};
static const uint64_t most_octal = 077777777777; /* 8 GiB */

size_t tar_padding(uint64_t bytes) { return (size_t)((TAR_BLOCK - bytes % TAR_BLOCK) % TAR_BLOCK); }

/* ---- write ------------------------------------------------------------------------------------------------------- */

static unsigned sum_of(const unsigned char *block) {
  unsigned sum = 0;
  for (int k = 0; k < TAR_BLOCK; k++) sum += k >= AT_SUM && k < AT_SUM + 8 ? ' ' : block[k];
  return sum;
}

static void octal(unsigned char *at, int digits, uint64_t value) {
  char words[32];
  (void)snprintf(words, sizeof words, "%0*llo", digits, (unsigned long long)value);
  memcpy(at, words, (size_t)digits + 1);
}

static void fill(unsigned char *block, const char *path, uint64_t bytes, int64_t modified_s, char kind) {
  memset(block, 0, TAR_BLOCK);
  memcpy(block, path, strlen(path) < NAME ? strlen(path) : NAME);
  octal(block + AT_MODE, 7, 0644);
  octal(block + AT_UID, 7, 0);
  octal(block + AT_GID, 7, 0);
  octal(block + AT_SIZE, 11, bytes <= most_octal ? bytes : 0);
  octal(block + AT_TIME, 11, modified_s > 0 ? (uint64_t)modified_s & most_octal : 0);
  block[AT_KIND] = (unsigned char)kind;
  memcpy(block + 257,
         "ustar\0"
         "00",
         8);
  char sum[8];
  (void)snprintf(sum, sizeof sum, "%06o", sum_of(block) & 0777777u);
  memcpy(block + AT_SUM, sum, 7);
  block[AT_SUM + 7] = ' ';
}

/* "27 path=…\n": the number counts itself. */
static size_t pax_record(char *out, size_t room, const char *key, const char *value) {
  const size_t n = strlen(key) + strlen(value) + 3;
  size_t digits = 1;
  char number[24];
  for (;;) {
    (void)snprintf(number, sizeof number, "%zu", n + digits);
    if (strlen(number) == digits) break;
    digits = strlen(number);
  }
  return (size_t)snprintf(out, room, "%s %s=%s\n", number, key, value);
}

size_t tar_head(const char *path, uint64_t bytes, int64_t modified_s, unsigned char out[TAR_HEAD]) {
  char records[2 * TAR_BLOCK + TAR_PATH] = "", size[24];
  size_t n = 0, at = 0;
  if (strlen(path) > NAME) n += pax_record(records, sizeof records, "path", path);
  if (bytes > most_octal) {
    (void)snprintf(size, sizeof size, "%llu", (unsigned long long)bytes);
    n += pax_record(records + n, sizeof records - n, "size", size);
  }
  if (n > 0) {
    fill(out, "pax", n, modified_s, 'x');
    at = TAR_BLOCK;
    memset(out + at, 0, n + tar_padding(n));
    memcpy(out + at, records, n);
    at += n + tar_padding(n);
  }
  fill(out + at, path, bytes, modified_s, '0');
  return at + TAR_BLOCK;
}

/* ---- read -------------------------------------------------------------------------------------------------------- */

bool tar_path_is_safe(const char *path) {
  if (!path[0] || strlen(path) >= TAR_PATH) return false;
  for (const char *at = path;;) {
    const size_t n = strcspn(at, "/");
    if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.')) return false;
    for (size_t k = 0; k < n; k++)
      if ((unsigned char)at[k] < 0x20 || at[k] == 0x7f) return false;
    if (!at[n]) return true;
    at += n + 1;
  }
}

static lg_status cut(lg_ctx *ctx) { return lg_fail(ctx, LG_ERR_FORMAT, "the archive is cut: its end is missing"); }

static lg_status skip(lg_ctx *ctx, tar_reader *r) {
  char buffer[8192];
  uint64_t left = r->left + r->padding;
  while (left > 0) {
    const size_t want = left < sizeof buffer ? (size_t)left : sizeof buffer;
    if (fread(buffer, 1, want, r->stream) != want) return cut(ctx);
    left -= want;
  }
  r->left = 0, r->padding = 0;
  return LG_OK;
}

static lg_status from_octal(lg_ctx *ctx, const unsigned char *at, size_t room, uint64_t *value) {
  *value = 0;
  size_t k = 0;
  while (k < room && at[k] == ' ') k++;
  for (; k < room && at[k] >= '0' && at[k] <= '7'; k++) {
    if (*value > UINT64_MAX / 16) return lg_fail(ctx, LG_ERR_FORMAT, "a number of the archive is too large");
    *value = 8 * *value + (uint64_t)(at[k] - '0');
  }
  if (k < room && at[k] != ' ' && at[k] != 0) return lg_fail(ctx, LG_ERR_FORMAT, "a number of the archive is none");
  return LG_OK;
}

static lg_status read_block(lg_ctx *ctx, tar_reader *r, unsigned char *block, bool *end) {
  uint64_t sum;
  const size_t n = fread(block, 1, TAR_BLOCK, r->stream);
  if (n != TAR_BLOCK) return cut(ctx);
  *end = true;
  for (int k = 0; k < TAR_BLOCK && *end; k++) *end = block[k] == 0;
  if (*end) return LG_OK;
  const lg_status status = from_octal(ctx, block + AT_SUM, 8, &sum);
  if (status != LG_OK || sum != sum_of(block) || memcmp(block + 257, "ustar", 5) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "this is no tar archive, or it is damaged (a header's checksum is wrong)");
  return LG_OK;
}

/* path= and size= of an extended header; anything else does not matter here. */
static lg_status read_pax(lg_ctx *ctx, tar_reader *r, uint64_t bytes, char path[TAR_PATH], uint64_t *size) {
  char text[4 * TAR_BLOCK];
  if (bytes >= sizeof text)
    return lg_fail(ctx, LG_ERR_FORMAT, "an extended header of %llu bytes", (unsigned long long)bytes);
  const size_t n = (size_t)bytes + tar_padding(bytes);
  if (fread(text, 1, n, r->stream) != n) return cut(ctx);
  text[bytes] = 0;
  for (char *at = text; *at;) {
    const size_t line = strcspn(at, "\n");
    char *key = memchr(at, ' ', line);
    if (!key || at[line] != '\n') return lg_fail(ctx, LG_ERR_FORMAT, "an extended header is damaged");
    at[line] = 0;
    unsigned long long value;
    if (strncmp(key + 1, "path=", 5) == 0) (void)snprintf(path, TAR_PATH, "%s", key + 6);
    if (strncmp(key + 1, "size=", 5) == 0 && sscanf(key + 6, "%llu", &value) == 1) *size = value;
    at += line + 1;
  }
  return LG_OK;
}

lg_status tar_next(lg_ctx *ctx, tar_reader *r, bool *found) {
  unsigned char block[TAR_BLOCK];
  char long_path[TAR_PATH] = "";
  uint64_t size = UINT64_MAX, bytes;
  bool end;
  *found = false;
  lg_status status = skip(ctx, r);
  while (status == LG_OK) {
    status = read_block(ctx, r, block, &end);
    if (status != LG_OK || end) return status;
    status = from_octal(ctx, block + AT_SIZE, 12, &bytes);
    if (status != LG_OK) return status;
    if (block[AT_KIND] == 'x') {
      status = read_pax(ctx, r, bytes, long_path, &size);
      continue;
    }
    if (block[AT_KIND] == '5' || block[AT_KIND] == 'g') { /* folders and remarks: of no matter */
      r->left = bytes, r->padding = tar_padding(bytes);
      status = skip(ctx, r);
      continue;
    }
    if (block[AT_KIND] != '0' && block[AT_KIND] != 0)
      return lg_fail(ctx, LG_ERR_FORMAT, "the archive holds something that is no file (kind '%c')", block[AT_KIND]);
    char prefix[156], name[NAME + 1];
    (void)snprintf(prefix, sizeof prefix, "%.155s", (const char *)block + 345);
    (void)snprintf(name, sizeof name, "%.100s", (const char *)block);
    if (long_path[0]) (void)snprintf(r->path, sizeof r->path, "%s", long_path);
    else (void)snprintf(r->path, sizeof r->path, "%s%s%s", prefix, prefix[0] ? "/" : "", name);
    if (!tar_path_is_safe(r->path)) return lg_fail(ctx, LG_ERR_FORMAT, "a path of the archive leads out of it");
    r->bytes = r->left = size != UINT64_MAX ? size : bytes;
    r->padding = tar_padding(r->bytes);
    *found = true;
    return LG_OK;
  }
  return status;
}

lg_status tar_read(lg_ctx *ctx, tar_reader *r, void *buffer, size_t room, size_t *n) {
  const size_t want = r->left < room ? (size_t)r->left : room;
  *n = want ? fread(buffer, 1, want, r->stream) : 0;
  r->left -= *n;
  return *n == want ? LG_OK : cut(ctx);
}
