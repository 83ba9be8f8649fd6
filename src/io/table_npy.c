/* NumPy arrays (numpy/lib/format.py, versions 1 to 3): numbers only, never objects; see table.h. */
#include "io/bytes.h"
#include "io/table.h"

#include <string.h>

enum { MAX_HEADER = 1 << 20, MAX_FIELDS = 4096 };

typedef struct field {
  char kind; /* f, i, u, b */
  unsigned width;
  bool big;
  size_t offset; /* in a row */
} field;

typedef struct npy {
  const char *text; /* the header: a Python literal */
  size_t n, data;
  size_t row_bytes, n_rows, n_fields;
  field *fields;
  bool structured;
} npy;

bool lg_npy_is(const unsigned char *bytes, size_t n) { return n >= 10 && memcmp(bytes, "\x93NUMPY", 6) == 0; }

static const char *find(const npy *a, const char *word) {
  const size_t length = strlen(word);
  for (size_t k = 0; k + length <= a->n; k++)
    if (memcmp(a->text + k, word, length) == 0) return a->text + k + length;
  return NULL;
}

static const char *skip(const npy *a, const char *at) {
  while (at < a->text + a->n && (*at == ' ' || *at == '\n' || *at == ',')) at++;
  return at;
}

/* A quoted word; *at moves behind it. */
static bool word(const npy *a, const char **at, const char **begin, size_t *length) {
  const char *end = a->text + a->n, *p = skip(a, *at);
  if (p >= end || (*p != '\'' && *p != '"')) return false;
  const char *close = memchr(p + 1, *p, (size_t)(end - p) - 1);
  if (!close) return false;
  *begin = p + 1;
  *length = (size_t)(close - p) - 1;
  *at = close + 1;
  return true;
}

/* "<f8", "|u1", "i4" */
static bool type_of(const char *text, size_t n, field *f) {
  f->big = n > 0 && text[0] == '>';
  if (n > 0 && strchr("<>|=", text[0])) {
    text++;
    n--;
  }
  if (n != 2) return false;
  f->kind = text[0];
  f->width = (unsigned)(text[1] - '0');
  if (f->kind == 'f') return f->width == 4 || f->width == 8;
  if (f->kind == 'b') return f->width == 1;
  return (f->kind == 'i' || f->kind == 'u') && (f->width == 1 || f->width == 2 || f->width == 4 || f->width == 8);
}

static lg_status refuse_type(lg_ctx *ctx, const char *text, size_t n) {
  char shown[24];
  (void)snprintf(shown, sizeof shown, "%.*s", (int)(n < 20 ? n : 20), text);
  lg_one_line(shown);
  if (memchr(text, 'O', n))
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the array holds Python objects (a pickle is code): it is never read");
  return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the element type '%s' is not read; numbers f4 f8 i1-i8 u1-u8 b1 are", shown);
}

static lg_status add_field(lg_ctx *ctx, npy *a, lg_table *table, const char *name, size_t name_bytes, const char *type,
                           size_t type_bytes) {
  if (a->n_fields == MAX_FIELDS) return lg_fail(ctx, LG_ERR_FORMAT, "more than %d fields", MAX_FIELDS);
  field *f = &a->fields[a->n_fields];
  if (!type_of(type, type_bytes, f)) return refuse_type(ctx, type, type_bytes);
  f->offset = a->row_bytes;
  a->row_bytes += f->width;
  if (!lg_table_add(ctx, table, name, name_bytes)) return LG_ERR_MEMORY;
  a->n_fields++;
  return LG_OK;
}

/* 'descr': '<f8'   or   'descr': [('t_ms', '<f8'), …] */
static lg_status read_type(lg_ctx *ctx, npy *a, lg_table *table) {
  const char *at = find(a, "'descr':"), *end = a->text + a->n, *name, *type;
  size_t name_bytes, type_bytes;
  if (!at) return lg_fail(ctx, LG_ERR_FORMAT, "the header has no 'descr'");
  at = skip(a, at);
  if (at < end && *at != '[') {
    if (!word(a, &at, &type, &type_bytes)) return lg_fail(ctx, LG_ERR_FORMAT, "the element type is not readable");
    return add_field(ctx, a, table, "array", 5, type, type_bytes);
  }
  a->structured = true;
  at++;
  for (;;) {
    at = skip(a, at);
    if (at < end && *at == ']') break;
    if (at >= end || *at++ != '(' || !word(a, &at, &name, &name_bytes) || !word(a, &at, &type, &type_bytes))
      return lg_fail(ctx, LG_ERR_FORMAT, "field %zu of the header is not a name with a type", a->n_fields);
    at = skip(a, at);
    if (at >= end || *at++ != ')')
      return lg_fail(ctx, LG_ERR_UNSUPPORTED, "field %zu of the header is an array of its own", a->n_fields);
    const lg_status status = add_field(ctx, a, table, name, name_bytes, type, type_bytes);
    if (status != LG_OK) return status;
  }
  return a->n_fields ? LG_OK : lg_fail(ctx, LG_ERR_FORMAT, "the array has no fields");
}

/* 'shape': (12, 3) — n_rows is the product. */
static lg_status read_shape(lg_ctx *ctx, npy *a, lg_table *table) {
  const char *at = find(a, "'shape':"), *end = a->text + a->n;
  char shape[64] = "";
  size_t dims = 0, used = 0;
  at = at ? skip(a, at) : NULL;
  if (!at || at >= end || *at++ != '(') return lg_fail(ctx, LG_ERR_FORMAT, "the header has no 'shape'");
  a->n_rows = 1;
  for (;; dims++) {
    size_t size = 0;
    at = skip(a, at);
    if (at < end && *at == ')') break;
    if (at >= end || *at < '0' || *at > '9' || dims == 8) return lg_fail(ctx, LG_ERR_FORMAT, "the shape is damaged");
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
      if (size > SIZE_MAX / 16) return lg_fail(ctx, LG_ERR_FORMAT, "the shape is larger than any file");
      size = 10 * size + (size_t)(*at - '0');
    }
    if (!lg_mul_size(a->n_rows, size, &a->n_rows)) return lg_fail(ctx, LG_ERR_FORMAT, "the shape overflows");
    const int n = snprintf(shape + used, sizeof shape - used, "%s%zu", dims ? " x " : "", size);
    used += n > 0 && (size_t)n < sizeof shape - used ? (size_t)n : 0;
  }
  if (a->structured && dims != 1)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "a structured array of %zu dimensions; one is read", dims);
  if (dims > 1 && find(a, "'fortran_order': True"))
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, "the array is in Fortran order; save it with numpy.ascontiguousarray");
  if (a->structured) return LG_OK;
  lg_table_item *item = lg_table_add(ctx, table, "shape", 5);
  if (!item) return LG_ERR_MEMORY;
  item->text = lg_strdup(ctx, shape);
  return item->text ? LG_OK : LG_ERR_MEMORY;
}

static double value_of(lg_bytes *b, size_t at, const field *f) {
  uint64_t u = lg_bytes_unsigned(b, at, f->width);
  if (f->big) {
    uint64_t turned = 0;
    for (unsigned k = 0; k < f->width; k++) turned |= ((u >> (8 * k)) & 0xff) << (8 * (f->width - 1 - k));
    u = turned;
  }
  if (f->kind == 'f' && f->width == 4) {
    const uint32_t bits = (uint32_t)u;
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
  }
  if (f->kind == 'f') {
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
  }
  if (f->kind != 'i' || f->width == 0) return (double)u;
  const uint64_t sign = (uint64_t)1 << (8 * f->width - 1);
  return u & sign ? -(double)(((~u) & (sign - 1)) + 1) : (double)u;
}

static lg_status find_header(lg_ctx *ctx, lg_bytes *b, npy *a) {
  const unsigned version = b->data[6];
  if (version < 1 || version > 3)
    return lg_fail(ctx, LG_ERR_UNSUPPORTED, ".npy of version %u; 1 to 3 are read", version);
  const size_t start = version == 1 ? 10 : 12;
  const uint64_t length = lg_bytes_unsigned(b, 8, version == 1 ? 2 : 4);
  if (b->outside || length > MAX_HEADER || length > b->n - start)
    return lg_fail(ctx, LG_ERR_FORMAT, "the header announces %llu bytes, the file has %zu", (unsigned long long)length,
                   b->n);
  a->text = (const char *)b->data + start;
  a->n = (size_t)length;
  a->data = start + (size_t)length;
  return LG_OK;
}

lg_status lg_table_parse_npy(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table) {
  lg_status status = LG_OK;
  lg_bytes b = {.data = bytes, .n = n};
  npy a = {0};
  size_t needed;
  (void)snprintf(table->format, sizeof table->format, "NPY");
  if (!lg_npy_is(bytes, n)) return lg_fail(ctx, LG_ERR_FORMAT, "this is not a .npy file");
  LG_NEW(ctx, a.fields, MAX_FIELDS);
  LG_TRY(find_header(ctx, &b, &a));
  LG_TRY(read_type(ctx, &a, table));
  LG_TRY(read_shape(ctx, &a, table));
  if (!lg_mul_size(a.n_rows, a.row_bytes, &needed) || needed > n - a.data) {
    status =
        lg_fail(ctx, LG_ERR_FORMAT, "the header announces %zu rows of %zu bytes, the file has %zu; it is truncated",
                a.n_rows, a.row_bytes, n - a.data);
    goto done;
  }
  for (size_t k = 0; k < a.n_fields; k++) {
    lg_table_item *item = &table->items[k];
    LG_NEW(ctx, item->x, a.n_rows ? a.n_rows : 1);
    item->n = a.n_rows;
    for (size_t r = 0; r < a.n_rows; r++)
      item->x[r] = value_of(&b, a.data + r * a.row_bytes + a.fields[k].offset, &a.fields[k]);
  }
done:
  lg_free(ctx, a.fields);
  return status;
}
