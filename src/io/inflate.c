/* zlib, with the context's memory, and for buffers of any length (its own counts are 32 bits wide). */
#include "io/inflate.h"

#include <limits.h>
#define ZLIB_CONST
#include <zlib.h>

static void *take(void *ctx, unsigned n, unsigned size) { return lg_alloc(ctx, n, size); }
static void give_back(void *ctx, void *p) { lg_free(ctx, p); }

static unsigned most(size_t left) { return left < UINT_MAX ? (unsigned)left : UINT_MAX; }

static lg_status unpack(lg_ctx *ctx, z_stream *s, const unsigned char *in, size_t n_in, unsigned char *out,
                        size_t n_out) {
  size_t read = 0, written = 0;
  int answer = Z_OK;
  unsigned char beyond; /* one byte more than announced must not come out */
  while (answer == Z_OK) {
    unsigned char *const to = written < n_out ? out + written : &beyond;
    const unsigned offered = most(n_in - read), room = written < n_out ? most(n_out - written) : 1;
    s->next_in = in + read, s->avail_in = offered;
    s->next_out = to, s->avail_out = room;
    answer = inflate(s, Z_NO_FLUSH);
    read += offered - s->avail_in, written += room - s->avail_out;
    if (written > n_out) return lg_fail(ctx, LG_ERR_FORMAT, "packed data are damaged: more comes out than announced");
  }
  if (answer == Z_MEM_ERROR) return lg_fail(ctx, LG_ERR_MEMORY, "no memory to unpack %zu bytes", n_out);
  if (answer != Z_STREAM_END)
    return lg_fail(ctx, LG_ERR_FORMAT, "packed data are damaged at byte %zu: %s", read,
                   answer == Z_BUF_ERROR ? "they end within a block"
                   : s->msg              ? s->msg
                                         : "a block of unknown kind");
  if (written != n_out)
    return lg_fail(ctx, LG_ERR_FORMAT, "packed data are damaged: %zu bytes come out, %zu were announced", written,
                   n_out);
  return LG_OK;
}

lg_status lg_inflate(lg_ctx *ctx, const unsigned char *in, size_t n_in, unsigned char *out, size_t n_out) {
  z_stream s = {.zalloc = take, .zfree = give_back, .opaque = ctx};
  const int raw = -MAX_WBITS; /* no zlib header: as zip holds it */
  if (inflateInit2(&s, raw) != Z_OK) return lg_fail(ctx, LG_ERR_MEMORY, "no memory to unpack %zu bytes", n_out);
  const lg_status status = unpack(ctx, &s, in, n_in, out, n_out);
  (void)inflateEnd(&s);
  return status;
}

uint32_t lg_crc32(const unsigned char *bytes, size_t n) { return (uint32_t)crc32_z(0, bytes, n); }
