/*
 * Everything of an HDF5 file that is a number, a vector or a text. The file is walked inside the sandbox; the child
 * answers with items (kind, name, count, payload), which are checked like any foreign file. See table.h.
 */
#include "io/bytes.h"
#include "io/h5_sandbox.h"
#include "io/table.h"

#include <string.h>

enum { MAX_DEPTH = 12, MAX_OBJECTS = 20000, MAX_TEXT = 1 << 20, NAME_BYTES = 512, HEAD_BYTES = 16 };
enum { KIND_NUMBERS = 1, KIND_TEXT = 2 };
static const size_t max_answer = (size_t)1 << 32;

/* ---- in the child ------------------------------------------------------------------------------------- */

typedef struct walk {
  lg_ctx *ctx;
  lg_h5 *h5;
  unsigned char *bytes;
  size_t n, room;
  size_t objects;
  int depth;
  char path[NAME_BYTES];
  char *text; /* (MAX_TEXT) */
  lg_status status;
} walk;

static unsigned char *reserve(walk *w, size_t more) {
  if (more > max_answer || w->n > max_answer - more) {
    w->status = lg_fail(w->ctx, LG_ERR_LIMIT, "the file holds more than %zu bytes of numbers", max_answer);
    return NULL;
  }
  if (w->n + more > w->room) {
    size_t room = w->room ? w->room : 4096;
    while (room < w->n + more) room *= 2;
    unsigned char *grown = lg_realloc(w->ctx, w->bytes, w->n, room, 1);
    if (!grown) {
      w->status = LG_ERR_MEMORY;
      return NULL;
    }
    w->bytes = grown;
    w->room = room;
  }
  w->n += more;
  return w->bytes + w->n - more;
}

static bool put_head(walk *w, uint32_t kind, const char *name, uint64_t count) {
  const uint32_t length = (uint32_t)strlen(name);
  unsigned char *at = reserve(w, HEAD_BYTES + length);
  if (!at) return false;
  memcpy(at, &kind, 4);
  memcpy(at + 4, &length, 4);
  memcpy(at + 8, &count, 8);
  memcpy(at + HEAD_BYTES, name, length);
  return true;
}

static void put_text(walk *w, const char *name, const char *text) {
  const size_t length = strlen(text);
  if (!put_head(w, KIND_TEXT, name, length)) return;
  unsigned char *at = reserve(w, length);
  if (at && length) memcpy(at, text, length);
}

static void put_vector(walk *w, hid_t at, const char *name, const char *path) {
  hid_t dataset = -1;
  size_t n = 0;
  double *x = NULL;
  if (lg_h5_open_vector(w->ctx, w->h5, at, name, path, H5T_INTEGER, H5T_FLOAT, &dataset, &n) != LG_OK) return;
  x = lg_alloc(w->ctx, n ? n : 1, sizeof *x);
  if (!x) w->status = LG_ERR_MEMORY;
  else w->status = lg_h5_read_vector(w->ctx, dataset, path, H5T_NATIVE_DOUBLE, 0, n, x);
  (void)H5Dclose(dataset);
  if (w->status == LG_OK && put_head(w, KIND_NUMBERS, path, n)) {
    unsigned char *to = reserve(w, n * sizeof *x);
    if (to && n) memcpy(to, x, n * sizeof *x);
  }
  lg_free(w->ctx, x);
}

static void put_dataset(walk *w, hid_t at, const char *name) {
  double one;
  if (lg_h5_dataset_text(w->h5, at, name, w->text, MAX_TEXT)) {
    put_text(w, w->path, w->text);
  } else if (lg_h5_dataset_number(w->h5, at, name, &one)) {
    unsigned char *to = put_head(w, KIND_NUMBERS, w->path, 1) ? reserve(w, sizeof one) : NULL;
    if (to) memcpy(to, &one, sizeof one);
  } else {
    put_vector(w, at, name, w->path);
  }
}

static herr_t visit(hid_t group, const char *name, const H5L_info_t *info, void *user) {
  walk *w = user;
  const size_t before = strlen(w->path), length = strlen(name);
  if (info->type == H5L_TYPE_EXTERNAL || before + length + 2 > sizeof w->path) return 0;
  if (++w->objects > MAX_OBJECTS) {
    w->status = lg_fail(w->ctx, LG_ERR_LIMIT, "more than %d objects in the file", MAX_OBJECTS);
    return -1;
  }
  (void)snprintf(w->path + before, sizeof w->path - before, "%s%s", before ? "/" : "", name);
  const hid_t object = lg_h5_object(w->h5, group, name);
  if (object >= 0) {
    if (H5Iget_type(object) == H5I_DATASET) {
      put_dataset(w, group, name);
    } else if (H5Iget_type(object) == H5I_GROUP && info->type == H5L_TYPE_HARD && w->depth < MAX_DEPTH) {
      w->depth++;
      (void)H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, w);
      w->depth--;
    }
    (void)H5Oclose(object);
  }
  w->path[before] = '\0';
  return w->status == LG_OK ? 0 : -1;
}

/* The order of the columns of a trace: the attribute `columns`, texts of variable length, joined by commas. */
static void put_columns(walk *w, hid_t root) {
  size_t n;
  if (lg_h5_attribute_texts(root, "columns", LG_TABLE_MAX_ITEMS, w->text, MAX_TEXT, &n))
    put_text(w, "@columns", w->text);
}

static lg_status dump(lg_ctx *ctx, lg_h5 *h5, const void *user, unsigned char **bytes, size_t *n) {
  (void)user;
  walk w = {.ctx = ctx, .h5 = h5, .text = lg_alloc(ctx, MAX_TEXT, 1)};
  if (!w.text) return LG_ERR_MEMORY;
  const hid_t root = lg_h5_object(h5, h5->file, "/");
  if (root >= 0) {
    put_columns(&w, root);
    if (H5Literate(root, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &w) < 0 && w.status == LG_OK)
      w.status = lg_fail(ctx, LG_ERR_FORMAT, "the HDF5 structure is damaged");
    (void)H5Oclose(root);
  }
  lg_free(ctx, w.text);
  *bytes = w.bytes;
  *n = w.n;
  return w.status;
}

/* ---- in the caller ------------------------------------------------------------------------------------ */

static lg_status broken(lg_ctx *ctx) { return lg_fail(ctx, LG_ERR_FORMAT, "the list of datasets is damaged"); }

static lg_status take(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table) {
  for (size_t at = 0; at < n;) {
    uint32_t kind, length;
    uint64_t count;
    if (n - at < HEAD_BYTES) return broken(ctx);
    memcpy(&kind, bytes + at, 4);
    memcpy(&length, bytes + at + 4, 4);
    memcpy(&count, bytes + at + 8, 8);
    at += HEAD_BYTES;
    if (length > n - at || length >= NAME_BYTES) return broken(ctx);
    lg_table_item *item = lg_table_add(ctx, table, (const char *)bytes + at, length);
    if (!item) return LG_ERR_LIMIT;
    at += length;
    if (kind == KIND_NUMBERS) {
      if (count > (n - at) / sizeof(double)) return broken(ctx);
      item->x = lg_alloc(ctx, count ? (size_t)count : 1, sizeof *item->x);
      if (!item->x) return LG_ERR_MEMORY;
      item->n = (size_t)count;
      if (count) memcpy(item->x, bytes + at, (size_t)count * sizeof *item->x);
      at += (size_t)count * sizeof *item->x;
    } else if (kind == KIND_TEXT) {
      if (count > n - at) return broken(ctx);
      item->text = lg_alloc(ctx, (size_t)count + 1, 1);
      if (!item->text) return LG_ERR_MEMORY;
      memcpy(item->text, bytes + at, (size_t)count);
      lg_one_line(item->text);
      at += (size_t)count;
    } else {
      return broken(ctx);
    }
  }
  return LG_OK;
}

/* Columns of a trace first, in their order; the text "@columns" goes. */
static void put_in_order(lg_ctx *ctx, lg_table *table) {
  if (table->n == 0 || strcmp(table->items[0].name, "@columns") != 0 || !table->items[0].text) return;
  lg_table_item order = table->items[0];
  size_t placed = 0;
  memmove(table->items, table->items + 1, (table->n - 1) * sizeof *table->items);
  table->n--;
  for (char *at = order.text; at && *at;) {
    char *comma = strchr(at, ',');
    if (comma) *comma = '\0';
    for (size_t k = placed; k < table->n; k++) {
      if (strcmp(table->items[k].name, at) != 0) continue;
      const lg_table_item found = table->items[k];
      memmove(table->items + placed + 1, table->items + placed, (k - placed) * sizeof *table->items);
      table->items[placed++] = found;
      break;
    }
    at = comma ? comma + 1 : NULL;
  }
  lg_free(ctx, order.name);
  lg_free(ctx, order.text);
}

lg_status lg_table_parse_h5(lg_ctx *ctx, const unsigned char *bytes, size_t n, lg_table *table) {
  lg_status status = LG_OK;
  unsigned char *answer = NULL;
  size_t n_answer = 0;
  (void)snprintf(table->format, sizeof table->format, "HDF5");
  LG_TRY(lg_h5_sandbox(ctx, dump, NULL, bytes, n, max_answer, &answer, &n_answer));
  LG_TRY(take(ctx, answer, n_answer, table));
  put_in_order(ctx, table);
done:
  lg_free(ctx, answer);
  return status;
}
