/* Arrays and HDF5 files, dataset by dataset. A dataset is one difference, with its worst element. */
#include "data/json_writer.h"
#include "io/compare_internal.h"
#include "io/table.h"

#include <math.h>
#include <string.h>

static void place(char *where, size_t bytes, const char *prefix, const char *name) {
  (void)snprintf(where, bytes, "%.100s%s%.120s", prefix, prefix[0] ? ": " : "", name);
}

/* The provenance of HDF5 files, and keys as in JSON by the last part of the path. */
static bool is_ignored(const lg_comparison *c, const char *name) {
  const char *slash = strrchr(name, '/');
  if (strcmp(name, "general/source_script") == 0 || strcmp(name, "file_create_date") == 0) return true;
  return lg_compare_ignores(c, name) || lg_compare_ignores(c, slash ? slash + 1 : name);
}

static void compare_texts(lg_comparison *c, const lg_table_item *a, const lg_table_item *b, const char *where) {
  c->report.n_values++;
  if (a->text && b->text && strcmp(a->text, b->text) == 0) return;
  char text_a[80], text_b[80];
  (void)snprintf(text_a, sizeof text_a, "%.70s", a->text ? a->text : "numbers");
  (void)snprintf(text_b, sizeof text_b, "%.70s", b->text ? b->text : "numbers");
  lg_compare_differ(c, where, text_a, text_b);
}

static void compare_vectors(lg_comparison *c, const lg_table_item *a, const lg_table_item *b, const char *where) {
  char text_a[64], text_b[64], place_of[400];
  size_t different = 0, worst_at = 0;
  double worst = -1.0;
  if (a->n != b->n) {
    (void)snprintf(text_a, sizeof text_a, "%zu numbers", a->n);
    (void)snprintf(text_b, sizeof text_b, "%zu numbers", b->n);
    c->report.n_values++;
    lg_compare_differ(c, where, text_a, text_b);
    return;
  }
  for (size_t k = 0; k < a->n; k++) {
    if (lg_compare_numbers(c, a->x[k], b->x[k])) continue;
    const double d = fabs(a->x[k] - b->x[k]), delta = isnan(d) ? (double)INFINITY : d;
    different++;
    if (delta <= worst) continue;
    worst = delta;
    worst_at = k;
  }
  if (different == 0) return;
  (void)snprintf(place_of, sizeof place_of, "%s, %zu of %zu numbers, worst at %zu", where, different, a->n, worst_at);
  lg_format_double(a->x[worst_at], text_a);
  lg_format_double(b->x[worst_at], text_b);
  lg_compare_differ(c, place_of, text_a, text_b);
  c->report.n_different += different - 1; /* count values, not datasets */
}

static void compare_items(lg_comparison *c, const lg_table *a, const lg_table *b, const char *prefix) {
  char where[256];
  for (size_t k = 0; k < a->n; k++) {
    const lg_table_item *x = &a->items[k], *y = lg_table_find(b, x->name);
    if (is_ignored(c, x->name)) continue;
    place(where, sizeof where, prefix, x->name);
    if (!y) lg_compare_differ(c, where, "there", "missing");
    else if (x->text || y->text) compare_texts(c, x, y, where);
    else if (x->x && y->x) compare_vectors(c, x, y, where);
  }
  for (size_t k = 0; k < b->n; k++) {
    if (lg_table_find(a, b->items[k].name) || is_ignored(c, b->items[k].name)) continue;
    place(where, sizeof where, prefix, b->items[k].name);
    lg_compare_differ(c, where, "missing", "there");
  }
}

lg_status lg_compare_tables(lg_comparison *c, const char *path_a, const char *path_b, const char *prefix) {
  lg_table *a = NULL, *b = NULL;
  lg_status status = lg_table_read(c->ctx, path_a, &a);
  if (status != LG_OK) status = lg_fail_prefix(c->ctx, status, "%s: ", path_a);
  if (status == LG_OK && (status = lg_table_read(c->ctx, path_b, &b)) != LG_OK)
    status = lg_fail_prefix(c->ctx, status, "%s: ", path_b);
  if (status == LG_OK) compare_items(c, a, b, prefix);
  lg_table_destroy(c->ctx, a);
  lg_table_destroy(c->ctx, b);
  return status;
}
