/* Edges and spikes of SONATA, parsed in the sandbox. */
#include "io/sonata.h"

#include "io/h5_sandbox.h"

#include <math.h>
#include <string.h>

/* ---- in the child ---------------------------------------------------------------------------------- */

enum { MOST_NAMES = 16, NAME_BYTES = 96, MOST_BYTES = 1 << 30 };

typedef struct names {
  size_t n;
  char of[MOST_NAMES][NAME_BYTES];
} names;

static herr_t collect(hid_t group, const char *name, const H5L_info_t *info, void *user) {
  names *list = user;
  (void)group, (void)info;
  if (list->n < MOST_NAMES) (void)snprintf(list->of[list->n++], NAME_BYTES, "%s", name);
  return 0;
}

/* The group of a population below "/edges" or "/spikes". */
static lg_status open_population(lg_ctx *ctx, lg_h5 *h5, const char *below, const char *population, hid_t *out) {
  names list = {0};
  char all[400] = "";
  lg_status status = LG_OK;
  const hid_t group = lg_h5_object(h5, h5->file, below);
  if (group < 0) return lg_fail(ctx, LG_ERR_FORMAT, "there is no group %s: not SONATA of this kind", below);
  (void)H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, collect, &list);
  const char *name = population ? population : list.n == 1 ? list.of[0] : NULL;
  *out = name ? lg_h5_object(h5, group, name) : -1;
  if (*out < 0) {
    for (size_t k = 0; k < list.n && strlen(all) < 250; k++) {
      const size_t used = strlen(all);
      (void)snprintf(all + used, sizeof all - used, "%s%.60s", k ? ", " : "", list.of[k]);
    }
    status = population
                 ? lg_fail(ctx, LG_ERR_FORMAT, "%s has no population \"%.60s\"; it has %s", below, population, all)
                 : lg_fail(ctx, LG_ERR_FORMAT, "%s has several populations; name one of %s", below, all);
  }
  (void)H5Gclose(group);
  return status;
}

/* A whole vector; *n must agree unless it is SIZE_MAX. Where `may_lack` and it is not there: *x stays NULL. */
static lg_status read_all(lg_ctx *ctx, lg_h5 *h5, hid_t at, const char *name, bool whole, bool may_lack, size_t *n,
                          void **x) {
  hid_t dataset = -1;
  size_t count = 0;
  lg_status status = LG_OK;
  *x = NULL;
  if (may_lack && !lg_h5_has(h5, at, name)) return LG_OK;
  LG_TRY(lg_h5_open_vector(ctx, h5, at, name, name, H5T_INTEGER, whole ? H5T_INTEGER : H5T_FLOAT, &dataset, &count));
  if (*n != SIZE_MAX && count != *n)
    LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s has %zu items, %zu were expected", name, count, *n));
  *n = count;
  *x = lg_alloc(ctx, count, 8);
  if (!*x) status = LG_ERR_MEMORY;
  else if (count > 0)
    status = lg_h5_read_vector(ctx, dataset, name, whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, 0, count, *x);
done:
  if (dataset >= 0) (void)H5Dclose(dataset);
  return status;
}

static lg_status node_number(lg_ctx *ctx, const char *what, int64_t id, uint32_t *out) {
  if (id < 0 || id >= UINT32_MAX)
    return lg_fail(ctx, LG_ERR_RANGE, "%s %lld is outside 0 … 4294967294", what, (long long)id);
  *out = (uint32_t)id;
  return LG_OK;
}

typedef struct columns {
  int64_t *from, *to, *index;
  double *weight, *delay;
  size_t n, n_group;
} columns;

static lg_status fill_edges(lg_ctx *ctx, const columns *c, lg_sonata_edge *edges) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < c->n; k++) {
    const int64_t at = c->index ? c->index[k] : (int64_t)k;
    LG_TRY(node_number(ctx, "source_node_id", c->from[k], &edges[k].from));
    LG_TRY(node_number(ctx, "target_node_id", c->to[k], &edges[k].to));
    const bool there = at >= 0 && (size_t)at < c->n_group;
    if ((c->weight || c->delay) && !there)
      LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "edge_group_index[%zu] is %lld; group 0 has %zu items", k, (long long)at,
                     c->n_group));
    edges[k].weight = c->weight ? c->weight[at] : (double)NAN;
    edges[k].delay_ms = c->delay ? c->delay[at] : (double)NAN;
  }
done:
  return status;
}

static lg_status read_edges(lg_ctx *ctx, lg_h5 *h5, const void *user, unsigned char **bytes, size_t *n) {
  const char *name = user; /* may be NULL */
  columns c = {.n = SIZE_MAX, .n_group = SIZE_MAX};
  hid_t population = -1, group = -1;
  lg_sonata_edge *edges = NULL;
  void *x[5] = {NULL};
  lg_status status = LG_OK;
  LG_TRY(open_population(ctx, h5, "/edges", name, &population));
  if (lg_h5_has(h5, population, "1"))
    LG_TRY(lg_fail(ctx, LG_ERR_UNSUPPORTED, "the edges stand in several groups; one, \"0\", is read"));
  LG_TRY(read_all(ctx, h5, population, "source_node_id", true, false, &c.n, &x[0]));
  LG_TRY(read_all(ctx, h5, population, "target_node_id", true, false, &c.n, &x[1]));
  LG_TRY(read_all(ctx, h5, population, "edge_group_index", true, true, &c.n, &x[2]));
  if (lg_h5_has(h5, population, "0")) group = lg_h5_object(h5, population, "0");
  if (group >= 0) {
    LG_TRY(read_all(ctx, h5, group, "syn_weight", false, true, &c.n_group, &x[3]));
    LG_TRY(read_all(ctx, h5, group, "delay", false, true, &c.n_group, &x[4]));
  }
  c.from = x[0], c.to = x[1], c.index = x[2], c.weight = x[3], c.delay = x[4];
  LG_NEW(ctx, edges, c.n);
  LG_TRY(fill_edges(ctx, &c, edges));
  *bytes = (unsigned char *)edges;
  *n = c.n * sizeof *edges;
  edges = NULL;
done:
  for (size_t k = 0; k < 5; k++) lg_free(ctx, x[k]);
  lg_free(ctx, edges);
  if (group >= 0) (void)H5Oclose(group);
  if (population >= 0) (void)H5Oclose(population);
  return status;
}

static lg_status read_spikes(lg_ctx *ctx, lg_h5 *h5, const void *user, unsigned char **bytes, size_t *n) {
  const char *name = user; /* may be NULL */
  hid_t at = -1, top = -1;
  lg_sonata_spike *spikes = NULL;
  void *t = NULL, *ids = NULL;
  size_t count = SIZE_MAX;
  lg_status status = LG_OK;
  top = lg_h5_object(h5, h5->file, "/spikes");
  if (top >= 0 && lg_h5_has(h5, top, "timestamps")) at = lg_h5_object(h5, h5->file, "/spikes");
  else LG_TRY(open_population(ctx, h5, "/spikes", name, &at));
  LG_TRY(read_all(ctx, h5, at, "timestamps", false, false, &count, &t));
  LG_TRY(read_all(ctx, h5, at, lg_h5_has(h5, at, "gids") ? "gids" : "node_ids", true, false, &count, &ids));
  LG_NEW(ctx, spikes, count);
  for (size_t k = 0; k < count; k++) {
    spikes[k].t_ms = ((const double *)t)[k];
    LG_TRY(node_number(ctx, "node_ids", ((const int64_t *)ids)[k], &spikes[k].cell));
  }
  *bytes = (unsigned char *)spikes;
  *n = count * sizeof *spikes;
  spikes = NULL;
done:
  lg_free(ctx, t);
  lg_free(ctx, ids);
  lg_free(ctx, spikes);
  if (at >= 0) (void)H5Oclose(at);
  if (top >= 0) (void)H5Oclose(top);
  return status;
}

/* ---- in the caller --------------------------------------------------------------------------------- */

static lg_status parse(lg_ctx *ctx, const char *path, const char *population, lg_h5_fn fn, size_t item,
                       unsigned char **out, size_t *n) {
  unsigned char *bytes = NULL, *answer = NULL;
  size_t n_bytes = 0, n_answer = 0;
  lg_status status = LG_OK;
  *out = NULL;
  *n = 0;
  LG_TRY(lg_file_read(ctx, path, (size_t)4 << 30, &bytes, &n_bytes));
  if (!lg_h5_is(bytes, n_bytes)) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: not an HDF5 file", path));
  status = lg_h5_sandbox(ctx, fn, population, bytes, n_bytes, MOST_BYTES, &answer, &n_answer);
  if (status == LG_OK && n_answer % item != 0) status = lg_fail(ctx, LG_ERR_FORMAT, "the file is damaged");
  if (status != LG_OK) {
    status = lg_fail_prefix(ctx, status, "%s: ", path);
    goto done;
  }
  *out = answer;
  *n = n_answer / item;
  answer = NULL;
done:
  lg_free(ctx, bytes);
  lg_free(ctx, answer);
  return status;
}

lg_status lg_sonata_edges(lg_ctx *ctx, const char *path, const char *population, lg_sonata_edge **edges, size_t *n) {
  unsigned char *bytes;
  const lg_status status = parse(ctx, path, population, read_edges, sizeof **edges, &bytes, n);
  *edges = (lg_sonata_edge *)(void *)bytes;
  return status;
}

lg_status lg_sonata_spikes(lg_ctx *ctx, const char *path, const char *population, lg_sonata_spike **spikes, size_t *n) {
  unsigned char *bytes;
  const lg_status status = parse(ctx, path, population, read_spikes, sizeof **spikes, &bytes, n);
  *spikes = (lg_sonata_spike *)(void *)bytes;
  return status;
}
