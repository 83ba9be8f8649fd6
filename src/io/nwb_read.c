/* NWB 2.x → recording. */
#define _XOPEN_SOURCE 700
#include "io/nwb_internal.h"

#include <limits.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

bool lg_nwb_is(const unsigned char *bytes, size_t n) { return lg_h5_is(bytes, n); }

bool lg_nwb_is_zarr(const char *directory) {
  static const char *const marks[] = {".zgroup", ".zattrs", ".zmetadata", "zarr.json"};
  char path[4096];
  struct stat st;
  for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
    (void)snprintf(path, sizeof path, "%s/%s", directory, marks[k]);
    if (stat(path, &st) == 0) return true;
  }
  return false;
}

/* "2.2.2" from the attribute of NWB 2, or a refusal that says what the file is instead. */
static lg_status check_version(nwb_file *file, char version[32]) {
  char old[64] = "";
  const hid_t root = lg_h5_object(&file->h5, file->h5.file, "/");
  const bool found = root >= 0 && lg_h5_attribute_text(root, "nwb_version", version, 32);
  if (root >= 0) (void)H5Oclose(root);
  if (found && strncmp(version, "2.", 2) == 0) return LG_OK;
  if (!found) (void)lg_h5_dataset_text(&file->h5, file->h5.file, "/nwb_version", old, sizeof old);
  if (found || old[0])
    return lg_fail(file->ctx, LG_ERR_UNSUPPORTED, "this is NWB '%.40s'; NWB 2.x is read: convert it (nwb-schema 2)",
                   found ? version : old);
  return lg_fail(file->ctx, LG_ERR_FORMAT, "an HDF5 file, but not NWB: the root has no attribute nwb_version");
}

static size_t count_kind(const nwb_file *file, nwb_place place, nwb_kind kind) {
  size_t n = 0;
  for (size_t k = 0; k < file->n_series; k++) n += file->series[k].place == place && file->series[k].kind == kind;
  return n;
}

static lg_status check_responses(nwb_file *file) {
  const size_t voltage = count_kind(file, NWB_ACQUISITION, NWB_VOLTAGE_CLAMP);
  for (size_t k = 0; k < file->n_series; k++)
    if (nwb_is_response(&file->series[k])) return LG_OK;
  if (voltage > 0)
    return lg_fail(file->ctx, LG_ERR_UNSUPPORTED,
                   "a voltage-clamp recording (%zu VoltageClampSeries, no CurrentClampSeries); current clamp is needed",
                   voltage);
  return lg_fail(file->ctx, LG_ERR_UNSUPPORTED,
                 "no CurrentClampSeries in /acquisition: nothing was recorded in current "
                 "clamp");
}

static lg_status refuse_unpaired(nwb_file *file) {
  const size_t responses = count_kind(file, NWB_ACQUISITION, NWB_CURRENT_CLAMP);
  const size_t stimuli = count_kind(file, NWB_PRESENTATION, NWB_CURRENT_STIMULUS);
  if (stimuli == 0)
    return lg_fail(
        file->ctx, LG_ERR_UNSUPPORTED,
        "%zu responses, but no CurrentClampStimulusSeries in /stimulus/presentation: the injected current is "
        "not in the file",
        responses);
  return lg_fail(file->ctx, LG_ERR_UNSUPPORTED,
                 "%zu responses and %zu stimuli cannot be paired: no intracellular_recordings or sweep_table, no equal "
                 "sweep_number, start or name",
                 responses, stimuli);
}

/* ---- one sweep ------------------------------------------------------------------------------------ */

static lg_status fill_current(nwb_file *file, const nwb_pair *pair, lg_sweep *sweep) {
  const nwb_series *stimulus = &file->series[pair->stimulus];
  return nwb_read_samples(file, stimulus, pair->stimulus_first, sweep->n, sweep->i_pA);
}

static lg_status warn_about(nwb_file *file, lg_recording *rec, const nwb_pair *pair, size_t n) {
  const nwb_series *response = &file->series[pair->response];
  lg_status status = LG_OK;
  if (isfinite(response->bias_pA) && fabs(response->bias_pA) > 1e-3)
    LG_TRY(lg_recording_warn(file->ctx, rec,
                             "Sweep %lld: a bias current of %g pA is stated beside the stimulus; it is not "
                             "added to the current.",
                             (long long)pair->number, response->bias_pA));
  if (pair->stimulus == NWB_NONE) return LG_OK;
  const nwb_series *stimulus = &file->series[pair->stimulus];
  if (pair->response_count != pair->stimulus_count || n != response->n)
    LG_TRY(lg_recording_warn(file->ctx, rec,
                             "Sweep %lld: %zu of %zu response and %zu stimulus samples are used, where "
                             "both are known.",
                             (long long)pair->number, n, response->n, stimulus->n));
done:
  return status;
}

/* The stimulus must have the rate of the response; otherwise the sweep stays without current and says so. */
static lg_status check_rate(nwb_file *file, lg_recording *rec, nwb_pair *pair) {
  if (pair->stimulus == NWB_NONE) return LG_OK;
  const nwb_series *r = &file->series[pair->response], *s = &file->series[pair->stimulus];
  if (fabs(r->dt_ms - s->dt_ms) <= 1e-6 * r->dt_ms) return LG_OK;
  pair->stimulus = NWB_NONE;
  pair->response_first = 0;
  pair->response_count = r->n;
  return lg_recording_warn(file->ctx, rec,
                           "Sweep %lld: the stimulus has %g samples per ms and the response %g; its "
                           "current is left out.",
                           (long long)pair->number, 1.0 / s->dt_ms, 1.0 / r->dt_ms);
}

static lg_status add_sweep(nwb_file *file, lg_recording *rec, nwb_pair pair) {
  lg_status status = LG_OK;
  lg_sweep *sweep = NULL;
  const nwb_series *response = &file->series[pair.response];
  const bool zero = response->kind == NWB_ZERO_CLAMP;
  LG_TRY(check_rate(file, rec, &pair));
  size_t n = pair.response_count;
  if (pair.stimulus != NWB_NONE && pair.stimulus_count < n) n = pair.stimulus_count;
  if (n == 0) return lg_recording_warn(file->ctx, rec, "Sweep %lld is empty and left out.", (long long)pair.number);
  LG_TRY(lg_recording_add_sweep(file->ctx, rec, n, response->dt_ms, zero || pair.stimulus != NWB_NONE, &sweep));
  sweep->number = pair.number <= INT_MAX ? (int)pair.number : INT_MAX;
  sweep->t0_ms = 1e3 * response->start_s + (double)pair.response_first * response->dt_ms;
  LG_TRY(nwb_read_samples(file, response, pair.response_first, n, sweep->v_mV));
  if (zero || pair.stimulus != NWB_NONE) sweep->current_origin = LG_CURRENT_COMMAND;
  if (!zero && pair.stimulus != NWB_NONE) LG_TRY(fill_current(file, &pair, sweep));
  LG_TRY(warn_about(file, rec, &pair, n));
done:
  return status;
}

/* ---- the whole file --------------------------------------------------------------------------------- */

static lg_status check_total(nwb_file *file) {
  size_t total = 0;
  for (size_t k = 0; k < file->n_pairs; k++) total += file->pairs[k].response_count;
  if (total <= LG_H5_MAX_SAMPLES) return LG_OK;
  return lg_fail(file->ctx, LG_ERR_UNSUPPORTED, "%zu samples in all sweeps; up to %d are read", total,
                 LG_H5_MAX_SAMPLES);
}

static lg_status warn_of_file(nwb_file *file, lg_recording *rec) {
  lg_status status = LG_OK;
  size_t bare = 0, electrodes = 0;
  const size_t voltage = count_kind(file, NWB_ACQUISITION, NWB_VOLTAGE_CLAMP);
  for (size_t k = 0; k < rec->n_sweeps; k++) bare += rec->sweeps[k].i_pA == NULL;
  for (size_t k = 0; k < file->n_pairs; k++) {
    bool seen = false;
    for (size_t j = 0; j < k && !seen; j++)
      seen = lg_h5_same(&file->series[file->pairs[j].response].electrode,
                        &file->series[file->pairs[k].response].electrode);
    electrodes += !seen;
  }
  if (bare > 0)
    LG_TRY(lg_recording_warn(file->ctx, rec, "%zu of %zu sweeps have no stimulus; their current is unknown.", bare,
                             rec->n_sweeps));
  if (electrodes > 1)
    LG_TRY(lg_recording_warn(file->ctx, rec,
                             "The sweeps come from %zu electrodes, that is, perhaps from several cells.", electrodes));
  if (voltage > 0) LG_TRY(lg_recording_warn(file->ctx, rec, "%zu voltage-clamp series are left out.", voltage));
done:
  return status;
}

static lg_status set_texts(nwb_file *file, lg_recording *rec, const char *path, const char *version, const char *rule) {
  lg_status status = LG_OK;
  char format[64];
  (void)snprintf(format, sizeof format, "NWB %s", version);
  LG_TRY(lg_recording_set_text(file->ctx, &rec->source, path));
  LG_TRY(lg_recording_set_text(file->ctx, &rec->format, format));
  LG_TRY(lg_recording_set_text(file->ctx, &rec->pairing, rule));
  LG_TRY(lg_recording_set_text(file->ctx, &rec->protocol, file->series[file->pairs[0].response].description));
done:
  return status;
}

static lg_status read_file(nwb_file *file, const char *path, lg_recording *rec) {
  lg_status status = LG_OK;
  char version[32] = "";
  const char *rule = NULL;
  LG_TRY(check_version(file, version));
  LG_TRY(nwb_scan(file));
  LG_TRY(check_responses(file));
  LG_TRY(nwb_pair_all(file, &rule));
  if (!rule || file->n_pairs == 0) {
    status = refuse_unpaired(file);
    goto done;
  }
  LG_TRY(check_total(file));
  LG_TRY(set_texts(file, rec, path, version, rule));
  for (size_t k = 0; k < file->n_pairs; k++) LG_TRY(add_sweep(file, rec, file->pairs[k]));
  LG_TRY(warn_of_file(file, rec));
  if (rec->n_sweeps == 0) status = lg_fail(file->ctx, LG_ERR_FORMAT, "all %zu sweeps are empty", file->n_pairs);
done:
  return status;
}

lg_status lg_nwb_parse(lg_ctx *ctx, const unsigned char *bytes, size_t n, const char *path, lg_recording **out) {
  lg_status status = LG_OK;
  lg_recording *rec = NULL;
  nwb_file file = {.ctx = ctx, .h5 = {.file = -1, .links = -1}};
  bool opened = false;
  *out = NULL;
  lg_h5_lock();
  LG_TRY(lg_recording_create(ctx, &rec));
  LG_TRY(lg_h5_open(ctx, bytes, n, &file.h5));
  opened = true;
  LG_TRY(read_file(&file, path, rec));
  *out = rec;
  rec = NULL;
done:
  if (opened) lg_h5_close(&file.h5);
  lg_h5_unlock();
  for (size_t k = 0; k < file.n_series; k++) lg_free(ctx, file.series[k].name);
  lg_free(ctx, file.series);
  lg_free(ctx, file.pairs);
  lg_recording_destroy(ctx, rec);
  return status;
}
