/* NumPy's .npz: a zip archive of .npy files, stored or deflated; see table.h. */
#include "io/bytes.h"
#include "io/inflate.h"
#include "io/table.h"

#include <string.h>

/* APPNOTE.TXT of zip: end of central directory, then a record for each member, which says where it is. */
enum { END_BYTES = 22, RECORD_BYTES = 46, LOCAL_BYTES = 30, MOST_COMMENT = 65535, MOST_MEMBERS = 1000 };
static const uint32_t end_sign = 0x06054b50, record_sign = 0x02014b50, local_sign = 0x04034b50;
static const size_t most_bytes = (size_t)1 << 30; /* unpacked, all members together */

typedef struct member {
  char name[128];
  unsigned method, flags;
  uint32_t crc;
  size_t packed, unpacked, local;
} member;

bool lg_npz_is(const unsigned char *bytes, size_t n) { return n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0; }

static bool find_end(lg_bytes *b, size_t *at) {
  const size_t least = b->n > END_BYTES + MOST_COMMENT ? b->n - END_BYTES - MOST_COMMENT : 0;
  for (size_t k = b->n - END_BYTES + 1; k-- > least;)
    if (lg_bytes_u32(b, k) == end_sign) {
      *at = k;
      return true;
    }
  return false;
}

static lg_status read_record(lg_ctx *ctx, lg_bytes *b, size_t *at, member *m) {
  const size_t name = lg_bytes_u16(b, *at + 28), extra = lg_bytes_u16(b, *at + 30), comment = lg_bytes_u16(b, *at + 32);
  if (lg_bytes_u32(b, *at) != record_sign || b->outside)
    return lg_fail(ctx, LG_ERR_FORMAT, "the archive's list of members is damaged at byte %zu", *at);
  m->flags = lg_bytes_u16(b, *at + 8);
  m->method = lg_bytes_u16(b, *at + 10);
  m->crc = lg_bytes_u32(b, *at + 16);
  m->packed = lg_bytes_u32(b, *at + 20);
  m->unpacked = lg_bytes_u32(b, *at + 24);
  m->local = lg_bytes_u32(b, *at + 42);
  lg_bytes_text(b, *at + RECORD_BYTES, name, m->name, sizeof m->name);
  *at += RECORD_BYTES + name + extra + comment;
  if (b->outside) return lg_fail(ctx, LG_ERR_FORMAT, "the archive's list of members is cut off");
  if (m->packed == 0xffffffff || m->unpacked == 0xffffffff || m->local == 0xffffffff)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: members beyond 4 GB are not read", m->name);
  return LG_OK;
}

/* Its bytes, to be freed. */
static lg_status unpack(lg_ctx *ctx, lg_bytes *b, const member *m, unsigned char **out) {
  *out = NULL;
  if (m->flags & 1) return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s is encrypted", m->name);
  if (m->method != 0 && m->method != 8)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "%s: packed by method %u; stored and deflated members are read", m->name,
                   m->method);
  const size_t data = m->local + LOCAL_BYTES + lg_bytes_u16(b, m->local + 26) + lg_bytes_u16(b, m->local + 28);
  if (lg_bytes_u32(b, m->local) != local_sign || b->outside || !lg_bytes_holds(b, data, m->packed))
    return lg_fail(ctx, LG_ERR_FORMAT, "%s is not where the archive says", m->name);
  /* no code is shorter than one bit, no copy longer than 258 bytes */
  if (m->method == 0 ? m->unpacked != m->packed : m->unpacked / 1040 > m->packed)
    return lg_fail(ctx, LG_ERR_FORMAT, "%s: %zu bytes cannot become %zu", m->name, m->packed, m->unpacked);
  unsigned char *bytes = lg_alloc(ctx, m->unpacked, 1);
  if (!bytes) return LG_ERR_MEMORY;
  lg_status status = LG_OK;
  if (m->method == 0) memcpy(bytes, b->data + data, m->unpacked);
  else status = lg_inflate(ctx, b->data + data, m->packed, bytes, m->unpacked);
  if (status == LG_OK && lg_crc32(bytes, m->unpacked) != m->crc)
    status = lg_fail(ctx, LG_ERR_FORMAT, "its checksum is another; the file is damaged");
  if (status != LG_OK) {
    lg_free(ctx, bytes);
    return lg_fail_prefix(ctx, status, "%s", m->name);
  }
  *out = bytes;
  return LG_OK;
}

/* The items of one array, by its name: "train_x", "train_x.shape"; fields of a structured one "train_x.t_ms". */
static lg_status take_member(lg_ctx *ctx, const char *member_name, const unsigned char *bytes, size_t n,
                             lg_table *table) {
  lg_table one = {0};
  char name[300];
  const size_t length = strlen(member_name), stem = length > 4 ? length - 4 : 0; /* without .npy */
  lg_status status = lg_table_parse_npy(ctx, bytes, n, &one);
  for (size_t k = 0; status == LG_OK && k < one.n; k++) {
    lg_table_item *from = &one.items[k];
    const bool plain = strcmp(from->name, "array") == 0 && lg_table_find(&one, "shape");
    (void)snprintf(name, sizeof name, "%.*s%s%.120s", (int)stem, member_name, plain ? "" : ".",
                   plain ? "" : from->name);
    lg_table_item *to = lg_table_add(ctx, table, name, strlen(name));
    if (!to) status = LG_ERR_MEMORY;
    else {
      to->n = from->n;
      to->x = from->x;
      to->text = from->text;
      from->x = NULL;
      from->text = NULL;
    }
  }
  if (status != LG_OK && status != LG_ERR_MEMORY) status = lg_fail_prefix(ctx, status, "%s", member_name);
  lg_table_clear(ctx, &one);
  return status;
}

static bool is_array(const char *name) {
  const size_t n = strlen(name);
  return n > 4 && strcmp(name + n - 4, ".npy") == 0;
}

lg_status lg_table_parse_npz(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table) {
  lg_bytes b = {.data = bytes, .n = n};
  size_t at = 0, total = 0, found = 0;
  (void)snprintf(table->format, sizeof table->format, "NPZ");
  if (!lg_npz_is(bytes, n) || n < END_BYTES || !find_end(&b, &at))
    return lg_fail(ctx, LG_ERR_FORMAT, "this is no .npz archive, or its end is cut off");
  const size_t n_members = lg_bytes_u16(&b, at + 10);
  at = lg_bytes_u32(&b, at + 16);
  if (n_members > MOST_MEMBERS)
    return lg_fail(ctx, LG_ERR_LIMIT, "the archive has %zu members; up to %d are read", n_members, MOST_MEMBERS);
  for (size_t k = 0; k < n_members; k++) {
    member m;
    unsigned char *array = NULL;
    lg_status status = read_record(ctx, &b, &at, &m);
    if (status != LG_OK) return status;
    if (!is_array(m.name)) continue;
    total += m.unpacked;
    if (total > most_bytes) return lg_fail(ctx, LG_ERR_LIMIT, "more than %zu bytes would be unpacked", most_bytes);
    status = unpack(ctx, &b, &m, &array);
    if (status == LG_OK) status = take_member(ctx, m.name, array, m.unpacked, table);
    lg_free(ctx, array);
    if (status != LG_OK) return status;
    found++;
  }
  return found ? LG_OK : lg_fail(ctx, LG_ERR_FORMAT, "a zip archive without NumPy arrays (.npy members)");
}
