/* Raw block of channels by drugs; see block_data.h. */
#include "twin/block_data.h"

#include "twin/drug_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 256 << 20, MAX_ROWS = 2000000 };

typedef enum column {
  COLUMN_NONE,
  COLUMN_DRUG,
  COLUMN_CONC,
  COLUMN_UNIT,
  COLUMN_CHANNEL,
  COLUMN_BLOCK,
  COLUMN_PACING,
  COLUMNS
} column;

/* One row; pairs are made of sorted rows. */
typedef struct cell_row {
  char drug[64], channel[48], pacing[16];
  double c_uM, block;
  size_t line;
} cell_row;

typedef struct reader {
  lg_ctx *ctx;
  lg_drug_builder bad; /* for its list of problems */
  size_t place[COLUMNS];
  double factor; /* of the column; NAN: by the row */
  size_t n, room, n_missing, n_rows;
  cell_row *rows;
} reader;

static column column_of(const char *name, double *factor) {
  static const struct {
    const char *word;
    column what;
  } words[] = {{"drug", COLUMN_DRUG},          {"name", COLUMN_DRUG},          {"compound", COLUMN_DRUG},
               {"conc", COLUMN_CONC},          {"concentration", COLUMN_CONC}, {"dose", COLUMN_CONC},
               {"unit", COLUMN_UNIT},          {"units", COLUMN_UNIT},         {"channel", COLUMN_CHANNEL},
               {"target", COLUMN_CHANNEL},     {"current", COLUMN_CHANNEL},    {"block", COLUMN_BLOCK},
               {"blockpercent", COLUMN_BLOCK}, {"inhibition", COLUMN_BLOCK},   {"pacing", COLUMN_PACING}};
  char squeezed[64], whole[96];
  *factor = (double)NAN;
  (void)snprintf(whole, sizeof whole, "%.90s", name);
  char *cut = strpbrk(whole, "_([");
  if (cut) {
    char unit[16] = "";
    const size_t n = strcspn(cut + 1, ")]");
    if (n < sizeof unit) memcpy(unit, cut + 1, n);
    *factor = lg_drug_unit_factor(unit);
    if (isfinite(*factor)) *cut = '\0';
  }
  lg_drug_squeeze(whole, squeezed, sizeof squeezed);
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
    if (strcmp(words[k].word, squeezed) == 0) return words[k].what;
  return COLUMN_NONE;
}

static lg_status read_header(reader *r, const lg_csv_rows *csv, const char *file, const char *unit) {
  static const char *const names[COLUMNS] = {"", "drug", "conc", "units", "channel", "block", "pacing"};
  for (size_t k = 0; k < COLUMNS; k++) r->place[k] = SIZE_MAX;
  r->factor = unit ? lg_drug_unit_factor(unit) : (double)NAN;
  for (size_t k = 0; k < csv->n_cells; k++) {
    double factor;
    const column what = column_of(csv->cells[k], &factor);
    if (what == COLUMN_NONE) continue;
    if (r->place[what] != SIZE_MAX)
      return lg_fail(r->ctx, LG_ERR_FORMAT, "%s:%zu: the column '%s' stands twice", file, csv->line, names[what]);
    r->place[what] = k;
    if (what == COLUMN_CONC && isfinite(factor)) r->factor = factor;
  }
  static const column needed[] = {COLUMN_DRUG, COLUMN_CONC, COLUMN_CHANNEL, COLUMN_BLOCK};
  for (size_t k = 0; k < 4; k++)
    if (r->place[needed[k]] == SIZE_MAX)
      return lg_fail(r->ctx, LG_ERR_FORMAT,
                     "%s:%zu: the column '%s' is missing; needed are drug,conc,units,channel,block (percent)", file,
                     csv->line, names[needed[k]]);
  if (isnan(r->factor) && r->place[COLUMN_UNIT] == SIZE_MAX)
    return lg_fail(r->ctx, LG_ERR_FORMAT,
                   "%s:%zu: concentrations have no unit; name the column conc_nM or conc_uM, add a column units, or "
                   "give the unit (--unit nM)",
                   file, csv->line);
  return LG_OK;
}

static const char *cell_of(const reader *r, const lg_csv_rows *csv, column what) {
  static const char empty[1] = "";
  return r->place[what] == SIZE_MAX ? empty : csv->cells[r->place[what]];
}

static lg_status push(reader *r, const cell_row *row) {
  if (r->n == MAX_ROWS) return lg_fail(r->ctx, LG_ERR_LIMIT, "%s: more than %d rows", r->bad.name, MAX_ROWS);
  if (r->n == r->room) {
    const size_t room = r->room ? 2 * r->room : 256;
    cell_row *grown = lg_realloc(r->ctx, r->rows, r->n * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    r->rows = grown;
    r->room = room;
  }
  r->rows[r->n++] = *row;
  return LG_OK;
}

static lg_status read_row(reader *r, const lg_csv_rows *csv, size_t n_columns) {
  cell_row row = {.line = csv->line};
  double c, block;
  bool beyond;
  if (csv->error) return lg_drug_bad_row(&r->bad, csv->line, "%s", csv->error);
  if (csv->n_cells != n_columns)
    return lg_drug_bad_row(&r->bad, csv->line, "%zu cells, but %zu columns are named", csv->n_cells, n_columns);
  const char *drug = cell_of(r, csv, COLUMN_DRUG), *channel = cell_of(r, csv, COLUMN_CHANNEL);
  const char *unit = cell_of(r, csv, COLUMN_UNIT), *pacing = cell_of(r, csv, COLUMN_PACING);
  if (!drug[0] || strlen(drug) >= sizeof row.drug || !channel[0] || strlen(channel) >= sizeof row.channel ||
      strlen(pacing) >= sizeof row.pacing)
    return lg_drug_bad_row(&r->bad, csv->line, "drug or channel is missing or too long");
  if (!lg_drug_cell_number(csv, cell_of(r, csv, COLUMN_CONC), LG_ROLE_NONE, &c, &beyond) ||
      !lg_drug_cell_number(csv, cell_of(r, csv, COLUMN_BLOCK), LG_ROLE_NONE, &block, &beyond))
    return lg_drug_bad_row(&r->bad, csv->line, "conc '%.30s' or block '%.30s' is not a number",
                           cell_of(r, csv, COLUMN_CONC), cell_of(r, csv, COLUMN_BLOCK));
  const double factor = unit[0] ? lg_drug_unit_factor(unit) : r->factor;
  if (isnan(factor)) return lg_drug_bad_row(&r->bad, csv->line, "the unit '%.20s' is none of pM, nM, uM, mM, M", unit);
  if (c < 0.0 || c * factor > 1e9 || (c > 0.0 && c * factor < 1e-12))
    return lg_drug_bad_row(&r->bad, csv->line, "the concentration is %g %s, allowed is 0 to 1000 M", c, unit);
  if (block < -100.0 || block > 200.0)
    return lg_drug_bad_row(&r->bad, csv->line, "the block is %g percent, allowed is -100 to 200", block);
  r->n_rows++;
  if (isnan(c) || isnan(block) || c == 0.0) {
    r->n_missing++;
    return LG_OK;
  }
  memcpy(row.drug, drug, strlen(drug) + 1);
  memcpy(row.channel, channel, strlen(channel) + 1);
  if (strcmp(pacing, "NA") != 0) memcpy(row.pacing, pacing, strlen(pacing) + 1);
  lg_one_line(row.drug);
  lg_one_line(row.channel);
  lg_one_line(row.pacing);
  row.c_uM = factor < 1.0 ? c / floor(1.0 / factor + 0.5) : c * factor;
  row.block = block;
  return push(r, &row);
}

static int compare_pairs(const cell_row *x, const cell_row *y) {
  int order = strcmp(x->drug, y->drug);
  if (order == 0) order = strcmp(x->channel, y->channel);
  return order ? order : strcmp(x->pacing, y->pacing);
}

static int by_pair(const void *a, const void *b) {
  const cell_row *x = a, *y = b;
  const int order = compare_pairs(x, y);
  return order ? order : (x->line > y->line) - (x->line < y->line);
}

static lg_status make_pairs(reader *r, lg_block_data *data) {
  lg_status status = LG_OK;
  qsort(r->rows, r->n, sizeof *r->rows, by_pair);
  size_t n = 0;
  for (size_t k = 0; k < r->n; k++) n += k == 0 || compare_pairs(&r->rows[k - 1], &r->rows[k]) != 0 ? 1 : 0;
  LG_NEW(r->ctx, data->pairs, n);
  for (size_t k = 0, end; k < r->n; k = end) {
    lg_block_pair *pair = &data->pairs[data->n++];
    for (end = k + 1; end < r->n && compare_pairs(&r->rows[k], &r->rows[end]) == 0;) end++;
    memcpy(pair->drug, r->rows[k].drug, sizeof pair->drug);
    memcpy(pair->channel, r->rows[k].channel, sizeof pair->channel);
    memcpy(pair->pacing, r->rows[k].pacing, sizeof pair->pacing);
    pair->n = end - k;
    pair->line = r->rows[k].line;
    LG_NEW(r->ctx, pair->c_uM, pair->n);
    LG_NEW(r->ctx, pair->block, pair->n);
    for (size_t j = 0; j < pair->n; j++) {
      pair->c_uM[j] = r->rows[k + j].c_uM;
      pair->block[j] = r->rows[k + j].block;
    }
  }
done:
  return status;
}

void lg_block_data_destroy(lg_ctx *ctx, lg_block_data *data) {
  if (!data) return;
  for (size_t k = 0; k < data->n; k++) {
    lg_free(ctx, data->pairs[k].c_uM);
    lg_free(ctx, data->pairs[k].block);
  }
  lg_free(ctx, data->pairs);
  lg_free(ctx, data);
}

lg_status lg_block_data_parse(lg_ctx *ctx, const char *name, const unsigned char *bytes, size_t n, const char *unit,
                              lg_drug_problems *skipped, lg_block_data **out) {
  lg_status status = LG_OK;
  reader r = {.ctx = ctx, .bad = {.ctx = ctx, .name = name, .skipped = skipped}};
  lg_csv_rows csv = {0};
  lg_block_data *data = NULL;
  *out = NULL;
  if (skipped) *skipped = (lg_drug_problems){0};
  LG_NEW(ctx, data, 1);
  LG_TRY(lg_csv_rows_begin(ctx, bytes, n, &csv));
  if (!lg_csv_rows_next(&csv)) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: the file is empty", name));
  if (csv.error) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s:%zu: %s", name, csv.line, csv.error));
  LG_TRY(read_header(&r, &csv, name, unit));
  const size_t n_columns = csv.n_cells;
  while (lg_csv_rows_next(&csv)) LG_TRY(read_row(&r, &csv, n_columns));
  if (r.n == 0) LG_TRY(lg_fail(ctx, LG_ERR_FORMAT, "%s: no row holds a concentration and a block", name));
  LG_TRY(make_pairs(&r, data));
  data->n_rows = r.n_rows;
  data->n_missing = r.n_missing;
  *out = data;
  data = NULL;
done:
  if (status != LG_OK && skipped) {
    lg_free(ctx, skipped->problems);
    *skipped = (lg_drug_problems){0};
  }
  lg_csv_rows_clear(ctx, &csv);
  lg_free(ctx, r.rows);
  lg_block_data_destroy(ctx, data);
  return status;
}

lg_status lg_block_data_read(lg_ctx *ctx, const char *path, const char *unit, lg_drug_problems *skipped,
                             lg_block_data **out) {
  unsigned char *bytes = NULL;
  size_t n = 0;
  *out = NULL;
  lg_status status = lg_file_read(ctx, path, MAX_BYTES, &bytes, &n);
  if (status == LG_OK) status = lg_block_data_parse(ctx, path, bytes, n, unit, skipped, out);
  lg_free(ctx, bytes);
  return status;
}

/* ---- all fits ---------------------------------------------------------------------------------- */

typedef struct job {
  const lg_block_data *data;
  const lg_hill_options *options;
  uint64_t seed;
  lg_hill_result *out;
  double *scratch;
  size_t room; /* doubles per worker */
} job;

/* The random numbers of a pair follow from its names, not from its place: another row more changes no other fit. */
static uint64_t index_of(const lg_block_pair *p) {
  const char *parts[] = {p->drug, p->channel, p->pacing};
  uint64_t h = 14695981039346656037u;
  for (size_t k = 0; k < 3; k++)
    for (const unsigned char *c = (const unsigned char *)parts[k];; c++) {
      h = (h ^ *c) * 1099511628211u;
      if (*c == 0) break;
    }
  return h;
}

static lg_status fit_some(void *user, size_t begin, size_t end, unsigned worker) {
  const job *j = user;
  for (size_t k = begin; k < end; k++) {
    const lg_block_pair *p = &j->data->pairs[k];
    lg_rng rng = lg_rng_make(j->seed, 0x68696c6c, index_of(p));
    if (!lg_hill_fit(p->c_uM, p->block, p->n, j->options, &rng, j->scratch + worker * j->room, &j->out[k]))
      j->out[k].reached = false;
  }
  return LG_OK;
}

lg_status lg_block_data_fit(lg_ctx *ctx, const lg_block_data *data, const lg_hill_options *options, uint64_t seed,
                            lg_hill_result *out) {
  lg_status status = LG_OK;
  job j = {data, options, seed, out, NULL, 0};
  size_t most = 0;
  for (size_t k = 0; k < data->n; k++) most = data->pairs[k].n > most ? data->pairs[k].n : most;
  j.room = 5 * most + 2 * options->n_bootstrap;
  LG_NEW(ctx, j.scratch, j.room * lg_ctx_threads(ctx));
  LG_TRY(lg_parallel_for(ctx, data->n, 1, fit_some, &j));
done:
  lg_free(ctx, j.scratch);
  return status;
}
