/* Pairs from the tables of /general/intracellular_ephys (hdmf-common DynamicTable). */
#define _XOPEN_SOURCE 700
#include "io/nwb_internal.h"

#include <string.h>

static const char icephys[] = "/general/intracellular_ephys";

/* TimeSeriesReferenceVectorData: a range of one series; idx_start -1 means absent. */
typedef struct range {
  int64_t idx_start, count;
  hobj_ref_t series;
} range;

lg_status nwb_add_pair(nwb_file *file, nwb_pair pair) {
  if (file->n_pairs == file->pair_room) {
    const size_t room = file->pair_room ? 2 * file->pair_room : 64;
    nwb_pair *grown = lg_realloc(file->ctx, file->pairs, file->n_pairs * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    file->pairs = grown;
    file->pair_room = room;
  }
  file->pairs[file->n_pairs++] = pair;
  return LG_OK;
}

size_t nwb_find_series(nwb_file *file, hid_t dataset, const hobj_ref_t *reference) {
  lg_h5_id id;
  size_t found = NWB_NONE;
  const hid_t object = H5Rdereference2(dataset, H5P_DEFAULT, H5R_OBJECT, reference);
  if (object < 0) return NWB_NONE;
  if (lg_h5_identify(object, &id))
    for (size_t k = 0; k < file->n_series && found == NWB_NONE; k++)
      if (lg_h5_same(&file->series[k].id, &id)) found = k;
  (void)H5Oclose(object);
  return found;
}

/* Open a table below icephys; negative when absent. */
static hid_t open_table(nwb_file *file, const char *name) {
  const hid_t parent = lg_h5_object(&file->h5, file->h5.file, icephys);
  if (parent < 0) return -1;
  const hid_t table = lg_h5_has(&file->h5, parent, name) ? lg_h5_object(&file->h5, parent, name) : -1;
  (void)H5Oclose(parent);
  return table;
}

lg_status nwb_read_integers(nwb_file *file, hid_t table, const char *name, int64_t **values, size_t *n) {
  lg_status status = LG_OK;
  hid_t dataset = -1;
  *values = NULL;
  *n = 0;
  if (!lg_h5_has(&file->h5, table, name)) return LG_OK;
  LG_TRY(lg_h5_open_vector(file->ctx, &file->h5, table, name, name, H5T_INTEGER, H5T_INTEGER, &dataset, n));
  LG_NEW(file->ctx, *values, *n);
  LG_TRY(lg_h5_read_vector(file->ctx, dataset, name, H5T_NATIVE_INT64, 0, *n, *values));
done:
  if (dataset >= 0) (void)H5Dclose(dataset);
  if (status != LG_OK) {
    lg_free(file->ctx, *values);
    *values = NULL;
    *n = 0;
  }
  return status;
}

/* The compound as it lies in memory, and whether the file's has the three members. */
static hid_t range_type(hid_t dataset) {
  const hid_t in_file = H5Dget_type(dataset);
  const bool good = in_file >= 0 && H5Tget_member_index(in_file, "idx_start") >= 0 &&
                    H5Tget_member_index(in_file, "count") >= 0 && H5Tget_member_index(in_file, "timeseries") >= 0;
  if (in_file >= 0) (void)H5Tclose(in_file);
  if (!good) return -1;
  const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(range));
  if (type < 0) return -1;
  if (H5Tinsert(type, "idx_start", offsetof(range, idx_start), H5T_NATIVE_INT64) >= 0 &&
      H5Tinsert(type, "count", offsetof(range, count), H5T_NATIVE_INT64) >= 0 &&
      H5Tinsert(type, "timeseries", offsetof(range, series), H5T_STD_REF_OBJ) >= 0)
    return type;
  (void)H5Tclose(type);
  return -1;
}

/* One column of ranges with the series they stand for. */
typedef struct column {
  size_t n;
  range *ranges;
  size_t *series; /* NWB_NONE: absent, or not a series of ours */
} column;

static void column_free(nwb_file *file, column *c) {
  lg_free(file->ctx, c->ranges);
  lg_free(file->ctx, c->series);
}

static lg_status resolve(nwb_file *file, hid_t dataset, const char *path, column *c) {
  for (size_t k = 0; k < c->n; k++) {
    const range *r = &c->ranges[k];
    c->series[k] = NWB_NONE;
    if (r->idx_start < 0) continue;
    const size_t at = nwb_find_series(file, dataset, &r->series);
    if (at == NWB_NONE) continue;
    const nwb_series *s = &file->series[at];
    const bool described = s->kind != NWB_VOLTAGE_CLAMP && s->kind != NWB_VOLTAGE_STIMULUS;
    if (described &&
        (r->count < 0 || (uint64_t)r->idx_start > s->n || (uint64_t)r->count > s->n - (uint64_t)r->idx_start))
      return lg_fail(file->ctx, LG_ERR_FORMAT, "%s, row %zu: samples %lld … %lld of '%.80s', which has %zu", path, k,
                     (long long)r->idx_start, (long long)(r->idx_start + r->count), s->name, s->n);
    c->series[k] = at;
  }
  return LG_OK;
}

static lg_status read_column(nwb_file *file, hid_t table, const char *group, const char *name, column *c) {
  lg_status status = LG_OK;
  hid_t dataset = -1, type = -1;
  char path[64];
  *c = (column){0};
  (void)snprintf(path, sizeof path, "%s/%s", group, name);
  if (!lg_h5_has(&file->h5, table, group) || lg_h5_has(&file->h5, table, path) == false) return LG_OK;
  LG_TRY(lg_h5_open_vector(file->ctx, &file->h5, table, path, path, H5T_COMPOUND, H5T_COMPOUND, &dataset, &c->n));
  type = range_type(dataset);
  if (type < 0) {
    status = lg_fail(file->ctx, LG_ERR_FORMAT, "%s has no idx_start, count and timeseries", path);
    goto done;
  }
  LG_NEW(file->ctx, c->ranges, c->n);
  LG_NEW(file->ctx, c->series, c->n);
  LG_TRY(lg_h5_read_vector(file->ctx, dataset, path, type, 0, c->n, c->ranges));
  LG_TRY(resolve(file, dataset, path, c));
done:
  if (type >= 0) (void)H5Tclose(type);
  if (dataset >= 0) (void)H5Dclose(dataset);
  return status;
}

/* simultaneous_recordings: which rows were recorded at once; group_of[row], NWB_NONE when none. */
static lg_status read_groups(nwb_file *file, size_t n_rows, size_t *group_of, bool *present) {
  lg_status status = LG_OK;
  int64_t *rows = NULL, *ends = NULL;
  size_t n = 0, n_ends = 0, at = 0;
  *present = false;
  for (size_t k = 0; k < n_rows; k++) group_of[k] = NWB_NONE;
  const hid_t table = open_table(file, "simultaneous_recordings");
  if (table < 0) return LG_OK;
  LG_TRY(nwb_read_integers(file, table, "recordings", &rows, &n));
  LG_TRY(nwb_read_integers(file, table, "recordings_index", &ends, &n_ends));
  for (size_t g = 0; g < n_ends; g++) {
    if (ends[g] < 0 || (uint64_t)ends[g] < at || (uint64_t)ends[g] > n) {
      status =
          lg_fail(file->ctx, LG_ERR_FORMAT, "simultaneous_recordings/recordings_index[%zu] = %lld is outside %zu … %zu",
                  g, (long long)ends[g], at, n);
      goto done;
    }
    for (; at < (size_t)ends[g]; at++)
      if (rows[at] >= 0 && (uint64_t)rows[at] < n_rows) group_of[rows[at]] = g;
    *present = true;
  }
done:
  lg_free(file->ctx, rows);
  lg_free(file->ctx, ends);
  (void)H5Oclose(table);
  return status;
}

static bool is_stimulus(const nwb_file *file, size_t series) {
  return series != NWB_NONE && file->series[series].kind == NWB_CURRENT_STIMULUS;
}

/* A row without stimulus takes it from the only other row of its simultaneous recording on the same electrode. */
static size_t stimulus_of_group(const nwb_file *file, const column *stimuli, const column *responses,
                                const size_t *group_of, size_t row) {
  size_t found = NWB_NONE;
  const nwb_series *response = &file->series[responses->series[row]];
  for (size_t k = 0; k < stimuli->n; k++) {
    if (k == row || group_of[k] == NWB_NONE || group_of[k] != group_of[row] || !is_stimulus(file, stimuli->series[k]))
      continue;
    if (k < responses->n && responses->series[k] != NWB_NONE) continue; /* it belongs to that response */
    if (!lg_h5_same(&file->series[stimuli->series[k]].electrode, &response->electrode)) continue;
    if (found != NWB_NONE) return NWB_NONE; /* two fit: none is chosen */
    found = k;
  }
  return found;
}

static lg_status add_rows(nwb_file *file, const column *stimuli, const column *responses, const size_t *group_of,
                          bool groups, bool *used_groups) {
  lg_status status = LG_OK;
  for (size_t row = 0; row < responses->n; row++) {
    const size_t at = responses->series[row];
    if (at == NWB_NONE || !nwb_is_response(&file->series[at])) continue;
    size_t from = row < stimuli->n && is_stimulus(file, stimuli->series[row]) ? row : NWB_NONE;
    if (from == NWB_NONE && groups) {
      from = stimulus_of_group(file, stimuli, responses, group_of, row);
      if (from != NWB_NONE) *used_groups = true;
    }
    nwb_pair pair = {.response = at,
                     .stimulus = NWB_NONE,
                     .response_first = (size_t)responses->ranges[row].idx_start,
                     .response_count = (size_t)responses->ranges[row].count,
                     .number = file->series[at].sweep_number};
    if (pair.number < 0) pair.number = (int64_t)(groups && group_of[row] != NWB_NONE ? group_of[row] : row);
    if (from != NWB_NONE) {
      pair.stimulus = stimuli->series[from];
      pair.stimulus_first = (size_t)stimuli->ranges[from].idx_start;
      pair.stimulus_count = (size_t)stimuli->ranges[from].count;
    }
    LG_TRY(nwb_add_pair(file, pair));
  }
done:
  return status;
}

lg_status nwb_pair_by_recordings(nwb_file *file, bool *used_simultaneous) {
  lg_status status = LG_OK;
  column stimuli = {0}, responses = {0};
  size_t *group_of = NULL;
  bool groups = false;
  *used_simultaneous = false;
  const hid_t table = open_table(file, "intracellular_recordings");
  if (table < 0) return LG_OK;
  LG_TRY(read_column(file, table, "stimuli", "stimulus", &stimuli));
  LG_TRY(read_column(file, table, "responses", "response", &responses));
  const size_t rows = responses.n > stimuli.n ? responses.n : stimuli.n;
  LG_NEW(file->ctx, group_of, rows);
  LG_TRY(read_groups(file, rows, group_of, &groups));
  LG_TRY(add_rows(file, &stimuli, &responses, group_of, groups, used_simultaneous));
done:
  lg_free(file->ctx, group_of);
  column_free(file, &stimuli);
  column_free(file, &responses);
  (void)H5Oclose(table);
  return status;
}

/* ---- the old sweep_table -------------------------------------------------------------------------- */

typedef struct sweep_rows {
  int64_t *numbers, *ends;
  size_t n_numbers, n_ends, n_series;
  size_t *series;
} sweep_rows;

static lg_status read_references(nwb_file *file, hid_t table, sweep_rows *rows) {
  lg_status status = LG_OK;
  hid_t dataset = -1;
  hobj_ref_t *references = NULL;
  LG_TRY(lg_h5_open_vector(file->ctx, &file->h5, table, "series", "sweep_table/series", H5T_REFERENCE, H5T_REFERENCE,
                           &dataset, &rows->n_series));
  LG_NEW(file->ctx, references, rows->n_series);
  LG_NEW(file->ctx, rows->series, rows->n_series);
  LG_TRY(lg_h5_read_vector(file->ctx, dataset, "sweep_table/series", H5T_STD_REF_OBJ, 0, rows->n_series, references));
  for (size_t k = 0; k < rows->n_series; k++) rows->series[k] = nwb_find_series(file, dataset, &references[k]);
done:
  lg_free(file->ctx, references);
  if (dataset >= 0) (void)H5Dclose(dataset);
  return status;
}

/* The sweep number that the table gives to each series overrides the series' own attribute. */
static lg_status apply_numbers(nwb_file *file, const sweep_rows *rows) {
  size_t at = 0;
  for (size_t r = 0; r < rows->n_numbers; r++) {
    /* without an index every row has one series */
    const uint64_t end = rows->ends && r < rows->n_ends ? (uint64_t)rows->ends[r] : (uint64_t)r + 1;
    if (end < at || end > rows->n_series)
      return lg_fail(file->ctx, LG_ERR_FORMAT, "sweep_table/series_index[%zu] = %lld is outside %zu … %zu", r,
                     (long long)end, at, rows->n_series);
    for (; at < end; at++)
      if (rows->series[at] != NWB_NONE && rows->numbers[r] >= 0 && rows->numbers[r] < 4294967295)
        file->series[rows->series[at]].sweep_number = rows->numbers[r];
  }
  return LG_OK;
}

lg_status nwb_apply_sweep_table(nwb_file *file, bool *present) {
  lg_status status = LG_OK;
  sweep_rows rows = {0};
  *present = false;
  const hid_t table = open_table(file, "sweep_table");
  if (table < 0) return LG_OK;
  LG_TRY(nwb_read_integers(file, table, "sweep_number", &rows.numbers, &rows.n_numbers));
  LG_TRY(nwb_read_integers(file, table, "series_index", &rows.ends, &rows.n_ends));
  if (rows.n_numbers == 0) goto done;
  LG_TRY(read_references(file, table, &rows));
  LG_TRY(apply_numbers(file, &rows));
  *present = true;
done:
  lg_free(file->ctx, rows.numbers);
  lg_free(file->ctx, rows.ends);
  lg_free(file->ctx, rows.series);
  (void)H5Oclose(table);
  return status;
}
