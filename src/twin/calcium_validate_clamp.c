/* Row 9: a gate under a given course of calcium, u(t), beside a tight implicit integration of its equations. */
#include "calcium/gate_clamp.h"
#include "io/table.h"
#include "twin/calcium_validate_internal.h"

#include <math.h>
#include <string.h>

/* The protocol's name of every row: lg_table_read keeps columns of numbers only. */
static lg_status read_names(lg_ctx *ctx, const char *path, char (*names)[32], size_t n) {
  FILE *f = fopen(path, "r");
  char line[512];
  size_t k = 0;
  if (!f) return lg_fail(ctx, LG_ERR_IO, "%s: cannot be opened", path);
  if (!fgets(line, sizeof line, f)) line[0] = '\0';
  while (k < n && fgets(line, sizeof line, f)) {
    const size_t length = strcspn(line, ",");
    (void)snprintf(names[k++], 32, "%.*s", (int)(length < 31 ? length : 31), line);
  }
  (void)fclose(f);
  return k == n ? LG_OK : lg_fail(ctx, LG_ERR_FORMAT, "%s: %zu rows, %zu expected", path, k, n);
}

typedef struct columns {
  const double *t, *u, *udot, *open;
  const double *states[3]; /* o2, c1, c2: where a protocol begins */
  size_t n;
} columns;

static lg_status find_columns(lg_ctx *ctx, const char *path, const lg_table *table, columns *c) {
  static const char *const names[] = {"t_s", "u_uM", "dudt_uM_per_s", "P", "o2", "c1", "c2"};
  const double **const into[] = {&c->t, &c->u, &c->udot, &c->open, &c->states[0], &c->states[1], &c->states[2]};
  for (size_t k = 0; k < 7; k++) {
    const lg_table_item *item = lg_table_find(table, names[k]);
    if (!item || !item->x) return lg_fail(ctx, LG_ERR_FORMAT, "%s: a column %s is missing", path, names[k]);
    *into[k] = item->x;
    c->n = item->n;
  }
  return LG_OK;
}

static lg_status compare(const validation *v, const calcium_gate *gate, const char *name, const columns *all,
                         size_t from, size_t n) {
  lg_status status = LG_OK;
  double *open = NULL;
  double worst = 0.0, highest = 0.0;
  char what[80];
  LG_NEW(v->ctx, open, n);
  double states[3];
  for (size_t k = 0; k < 3; k++) states[k] = all->states[k][from];
  LG_TRY(lg_calcium_clamp(v->ctx, gate, n, all->t + from, all->u + from, all->udot + from, 1e-12, states, open));
  for (size_t k = 0; k < n; k++) {
    worst = fmax(worst, fabs(open[k] - all->open[from + k]));
    highest = fmax(highest, open[k]);
  }
  (void)snprintf(what, sizeof what, "P under %s: highest, and largest difference", name);
  lg_validation_figure(v, (lg_merit){.row = 9,
                                     .what = what,
                                     .value = highest,
                                     .wanted = highest,
                                     .unit = "",
                                     .error = worst,
                                     .error_unit = "",
                                     .must = 1e-6,
                                     .goal = 1e-8});
done:
  lg_free(v->ctx, open);
  return status;
}

lg_status lg_validate_clamp(const validation *v) {
  lg_status status = LG_OK;
  lg_table *table = NULL;
  char(*names)[32] = NULL;
  char path[4096];
  columns all = {.n = 0};
  if (!lg_validation_wants(v, 9)) return LG_OK;
  (void)snprintf(path, sizeof path, "%s/ryr_clamp.csv", v->what->folder);
  LG_TRY(lg_table_read(v->ctx, path, &table));
  LG_TRY(find_columns(v->ctx, path, table, &all));
  LG_NEW(v->ctx, names, all.n + 1);
  LG_TRY(read_names(v->ctx, path, names, all.n));
  const calcium_constants constants = lg_calcium_constants_default();
  const calcium_gate gate = lg_calcium_gate_kl(&constants);
  for (size_t from = 0, to; from < all.n; from = to) {
    for (to = from + 1; to < all.n && strcmp(names[to], names[from]) == 0;) to++;
    LG_TRY(compare(v, &gate, names[from], &all, from, to - from));
  }
done:
  lg_free(v->ctx, names);
  lg_table_destroy(v->ctx, table);
  return status;
}
