/* Igor binary waves; see ibw.h. Offsets are those of the packed C structures of WaveMetrics' technical note 003. */
#include "io/ibw.h"

#include "io/bytes.h"

#include <math.h>

enum {
  IBW_COMPLEX = 1,
  IBW_FLOAT = 2,
  IBW_DOUBLE = 4,
  IBW_INT8 = 8,
  IBW_INT16 = 16,
  IBW_INT32 = 32,
  IBW_UNSIGNED = 64
};

/* Reads in the byte order of the file: turns the bytes, then as little-endian. */
typedef struct reader {
  lg_bytes b;
  bool big;
} reader;

static uint64_t get(reader *r, size_t at, unsigned width) {
  const uint64_t u = lg_bytes_unsigned(&r->b, at, width);
  if (!r->big) return u;
  uint64_t turned = 0;
  for (unsigned k = 0; k < width; k++) turned |= ((u >> (8 * k)) & 0xff) << (8 * (width - 1 - k));
  return turned;
}

static int16_t get_i16(reader *r, size_t at) {
  const uint16_t u = (uint16_t)get(r, at, 2);
  int16_t x;
  memcpy(&x, &u, sizeof x);
  return x;
}

static int32_t get_i32(reader *r, size_t at) {
  const uint32_t u = (uint32_t)get(r, at, 4);
  int32_t x;
  memcpy(&x, &u, sizeof x);
  return x;
}

static double get_f64(reader *r, size_t at) {
  const uint64_t u = get(r, at, 8);
  double x;
  memcpy(&x, &u, sizeof x);
  return x;
}

static double get_value(reader *r, size_t at, int type) {
  const bool is_unsigned = (type & IBW_UNSIGNED) != 0;
  switch (type & ~IBW_UNSIGNED) {
  case IBW_FLOAT: {
    const uint32_t u = (uint32_t)get(r, at, 4);
    float x;
    memcpy(&x, &u, sizeof x);
    return (double)x;
  }
  case IBW_DOUBLE:
    return get_f64(r, at);
  case IBW_INT8: {
    const unsigned u = (unsigned)get(r, at, 1);
    return is_unsigned || u < 128 ? (double)u : (double)u - 256.0;
  }
  case IBW_INT16:
    return is_unsigned ? (double)(uint16_t)get(r, at, 2) : (double)get_i16(r, at);
  default:
    return is_unsigned ? (double)(uint32_t)get(r, at, 4) : (double)get_i32(r, at);
  }
}

static unsigned width_of(int type) {
  switch (type & ~IBW_UNSIGNED) {
  case IBW_FLOAT:
  case IBW_INT32:
    return 4;
  case IBW_DOUBLE:
    return 8;
  case IBW_INT16:
    return 2;
  case IBW_INT8:
    return 1;
  default:
    return 0;
  }
}

/* Version and byte order; 0 when it is neither. */
static int version_of(const unsigned char *bytes, size_t n, bool *big) {
  static const int known[] = {1, 2, 3, 5};
  if (n < 8) return 0;
  const int little = bytes[0] | bytes[1] << 8, turned = bytes[1] | bytes[0] << 8;
  for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
    if (little == known[k]) {
      *big = false;
      return known[k];
    }
    if (turned == known[k]) {
      *big = true;
      return known[k];
    }
  }
  return 0;
}

/* Where the wave header begins, and where the numbers do. */
static size_t header_offset(int version) { return version == 5 ? 64 : version == 3 ? 20 : version == 2 ? 16 : 8; }
static size_t data_offset(int version) { return header_offset(version) + (version == 5 ? 320 : 110); }

bool lg_ibw_is(const unsigned char *bytes, size_t n) {
  bool big;
  const int version = version_of(bytes, n, &big);
  if (version == 0 || n < data_offset(version)) return false;
  reader r = {.b = {.data = bytes, .n = n}, .big = big};
  const int type = get_i16(&r, header_offset(version) + (version == 5 ? 16 : 0));
  return type == 0 || width_of(type & ~IBW_COMPLEX) > 0;
}

/* The header's 16-bit words must sum to 0. Version 1 has no sum. */
static bool sum_is_right(reader *r, int version) {
  if (version == 1) return true;
  unsigned sum = 0;
  const size_t end = version == 5 ? 64 + 320 : header_offset(version) + 110;
  for (size_t at = 0; at < end; at += 2) sum += (uint16_t)get(r, at, 2);
  return (sum & 0xffff) == 0;
}

static double to_ms(const char *unit) { return strcmp(unit, "ms") == 0 ? 1.0 : strcmp(unit, "us") == 0 ? 1e-3 : 1e3; }

/* Shape and axis of version 5 (up to four dimensions) or of the older header (one). */
static lg_status read_shape(lg_ctx *ctx, reader *r, lg_ibw_wave *w, int *type) {
  const size_t h = header_offset(w->version);
  int64_t points, rows;
  double step, start;
  if (w->version == 5) {
    points = get_i32(r, h + 12);
    *type = get_i16(r, h + 16);
    lg_bytes_text(&r->b, h + 28, 32, w->name, sizeof w->name);
    rows = get_i32(r, h + 68);
    step = get_f64(r, h + 84);
    start = get_f64(r, h + 116);
    lg_bytes_text(&r->b, h + 148, 4, w->unit, sizeof w->unit);
    lg_bytes_text(&r->b, h + 152, 4, w->x_unit, sizeof w->x_unit);
  } else {
    *type = get_i16(r, h);
    lg_bytes_text(&r->b, h + 6, 20, w->name, sizeof w->name);
    lg_bytes_text(&r->b, h + 34, 4, w->unit, sizeof w->unit);
    lg_bytes_text(&r->b, h + 38, 4, w->x_unit, sizeof w->x_unit);
    points = rows = get_i32(r, h + 42);
    step = get_f64(r, h + 48);
    start = get_f64(r, h + 56);
  }
  if (points <= 0 || rows <= 0 || points % rows != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "the wave has %lld points in rows of %lld; it is empty or damaged",
                   (long long)points, (long long)rows);
  w->n = (size_t)rows;
  w->n_columns = (size_t)(points / rows);
  w->dt_ms = step * to_ms(w->x_unit);
  w->t0_ms = start * to_ms(w->x_unit);
  if (!(w->dt_ms >= 1e-4 && w->dt_ms <= 1e4) || !isfinite(w->t0_ms))
    return lg_fail(ctx, LG_ERR_FORMAT, "the sampling interval is %g ms, allowed are 0.0001 to 10000 ms", w->dt_ms);
  return LG_OK;
}

lg_status lg_ibw_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_ibw_wave *wave) {
  lg_status status = LG_OK;
  reader r = {.b = {.data = bytes, .n = n}};
  int type = 0;
  *wave = (lg_ibw_wave){0};
  wave->version = version_of(bytes, n, &r.big);
  if (wave->version == 0) return lg_fail(ctx, LG_ERR_FORMAT, "this is not an Igor binary wave");
  const size_t data = data_offset(wave->version);
  if (n < data)
    return lg_fail(ctx, LG_ERR_FORMAT, "the file has %zu bytes, the header of an Igor wave (version %d) needs %zu", n,
                   wave->version, data);
  if (!sum_is_right(&r, wave->version))
    return lg_fail(ctx, LG_ERR_FORMAT, "the checksum of the header is wrong: the file is damaged");
  LG_TRY(read_shape(ctx, &r, wave, &type));
  if (type == 0 || type & IBW_COMPLEX)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the wave '%s' is %s, real numbers are needed", wave->name,
                   type == 0 ? "text" : "complex");
  const unsigned width = width_of(type);
  if (width == 0) return lg_fail(ctx, LG_ERR_FORMAT, "the wave '%s' has the unknown type %d", wave->name, type);
  size_t points;
  if (!lg_mul_size(wave->n, wave->n_columns, &points) || points > (n - data) / width)
    return lg_fail(
        ctx, LG_ERR_FORMAT,
        "the header announces %zu × %zu values of %u bytes, but the file has only %zu bytes; it is truncated, "
        "copy it again",
        wave->n, wave->n_columns, width, n);
  LG_NEW(ctx, wave->values, points);
  for (size_t k = 0; k < points; k++) wave->values[k] = get_value(&r, data + k * width, type);
done:
  return status;
}

void lg_ibw_destroy(lg_ctx *ctx, lg_ibw_wave *wave) {
  lg_free(ctx, wave->values);
  wave->values = NULL;
}
