#include "app/cli/axon_protocol_file.h"

#include "io/json_read.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

const char *const axon_set_names[AXON_SETS] = {"random", "worst", "train"};

lg_status axon_protocol_path(lg_ctx *ctx, const char *folder, const char *name, const char *ending, char *path,
                             size_t bytes) {
  const int n = snprintf(path, bytes, "%s/%s%s", folder, name, ending);
  return n < (int)bytes ? LG_OK : lg_fail(ctx, LG_ERR_RANGE, "the path of the folder is too long");
}

/* ---- protocol.json --------------------------------------------------------------------------------------- */

/* A chain: each hash takes in the one before. */
static void add_hash(char fingerprint[65], const void *bytes, size_t n) {
  char both[130], hash[65];
  lg_sha256_bytes(bytes, n, hash);
  (void)snprintf(both, sizeof both, "%s %s", fingerprint, hash);
  lg_sha256_bytes(both, strlen(both), fingerprint);
}

/* Settings, constants, and the strains that were taken. */
static void take_fingerprint(const axon_protocol *o, const axon_sets *s, const axon_params *params,
                             char fingerprint[65]) {
  const axon_chosen *const chosen[] = {s->random, s->worst, s->train};
  char text[300];
  (void)snprintf(text, sizeof text, "%s %llu %llu %llu %llu %llu", o->name, (unsigned long long)o->first_seed,
                 (unsigned long long)o->n_impacts, (unsigned long long)o->test_first_seed,
                 (unsigned long long)o->n_test_impacts, (unsigned long long)o->seed);
  lg_sha256_bytes(text, strlen(text), fingerprint);
  for (size_t k = 0; k < AXON_PARAMS; k++) {
    const double x = lg_axon_param_get(params, &lg_axon_param_names[k]);
    add_hash(fingerprint, &x, sizeof x);
  }
  for (size_t k = 0; k < AXON_SETS; k++) {
    const axon_pool *pool = k == 2 ? s->candidates : s->test_candidates;
    for (size_t c = 0; c < chosen[k]->n; c++)
      add_hash(fingerprint, pool->strain + chosen[k]->which[c] * pool->n_times, pool->n_times * sizeof *pool->strain);
  }
}

static lg_status check_claim(lg_ctx *ctx, const char *folder, const char *path, const char *fingerprint) {
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  const char *there;
  struct stat s;
  if (stat(path, &s) != 0) return LG_OK;
  LG_TRY(lg_json_load(ctx, path, 0, 0, &doc));
  const lg_json_at root = lg_json_root(doc);
  LG_TRY(lg_json_get_text(ctx, &root, "fingerprint", &there));
  if (strcmp(there, fingerprint) != 0)
    LG_TRY(
        lg_fail(ctx, LG_ERR_ARGUMENT,
                "%s holds other sets (other options, constants, or another version): take another folder or remove it",
                folder));
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static void put_set(lg_json *j, const char *name, const axon_chosen *c) {
  double least = (double)INFINITY, most = 0.0;
  for (size_t k = 0; k < c->n; k++)
    if (isfinite(c->distance[k])) {
      least = fmin(least, c->distance[k]);
      most = fmax(most, c->distance[k]);
    }
  lg_json_key(j, name);
  lg_json_object(j);
  lg_json_key_integer(j, "n", (int64_t)c->n);
  lg_json_key_number(j, "least_distance", least);
  lg_json_key_number(j, "greatest_distance", most);
  lg_json_end_object(j);
}

void axon_protocol_put(lg_json *j, const axon_protocol *o, const axon_sets *s) {
  lg_json_key_text(j, "protocol", o->name);
  lg_json_key_integer(j, "first_seed", (int64_t)o->first_seed);
  lg_json_key_integer(j, "n_impacts", (int64_t)o->n_impacts);
  lg_json_key_integer(j, "test_first_seed", (int64_t)o->test_first_seed);
  lg_json_key_integer(j, "n_test_impacts", (int64_t)o->n_test_impacts);
  lg_json_key_integer(j, "voxels_per_impact", (int64_t)o->n_voxels);
  lg_json_key_integer(j, "n_cubes", (int64_t)s->n_cubes);
  lg_json_key_number(j, "least_peak", o->filter.least_peak);
  lg_json_key_number(j, "most_strain", o->filter.most_strain);
  lg_json_key_integer(j, "n_candidates", (int64_t)s->candidates->n);
  lg_json_key_integer(j, "n_test_candidates", (int64_t)s->test_candidates->n);
  lg_json_key_number(j, "threshold", s->train->threshold);
  put_set(j, "train", s->train);
  put_set(j, "worst", s->worst);
  put_set(j, "random", s->random);
}

lg_status axon_protocol_claim(lg_ctx *ctx, const char *folder, const axon_protocol *o, const axon_sets *s,
                              const axon_params *params, lg_provenance *provenance) {
  lg_outfile *file = NULL;
  char path[4096], fingerprint[65];
  lg_status status = axon_protocol_path(ctx, folder, "protocol", ".json", path, sizeof path);
  if (status != LG_OK) return status;
  take_fingerprint(o, s, params, fingerprint);
  status = check_claim(ctx, folder, path, fingerprint);
  if (status == LG_OK) status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  lg_json j = lg_json_begin(lg_outfile_stream(file));
  lg_json_object(&j);
  lg_json_key_text(&j, "schema", "loligo-axon-sets/1");
  lg_json_key_text(&j, "fingerprint", fingerprint);
  axon_protocol_put(&j, o, s);
  lg_json_key(&j, "provenance");
  lg_provenance_write_json(provenance, &j);
  lg_json_end_object(&j);
  if (!lg_json_end(&j)) {
    lg_outfile_discard(ctx, file);
    return lg_fail(ctx, LG_ERR_INTERNAL, "protocol.json did not nest");
  }
  return lg_outfile_commit(ctx, file);
}

/* ---- README.txt ------------------------------------------------------------------------------------------ */

static void write_seeds(FILE *f, const char *what, uint64_t first, uint64_t n) {
  (void)fprintf(f, "%s: seeds %llu to %llu\n", what, (unsigned long long)first, (unsigned long long)(first + n - 1));
}

lg_status axon_protocol_readme(lg_ctx *ctx, const char *folder, const axon_protocol *o, const axon_sets *s,
                               size_t n_ready) {
  lg_outfile *file = NULL;
  char path[4096];
  lg_status status = axon_protocol_path(ctx, folder, "README", ".txt", path, sizeof path);
  if (status == LG_OK) status = lg_outfile_open(ctx, path, &file);
  if (status != LG_OK) return status;
  FILE *f = lg_outfile_stream(file);
  (void)fprintf(f, "Strain profiles of protocol %s (loligo axon protocol), 101 samples, 1 ms apart.\n\n", o->name);
  write_seeds(f, "training impacts", o->first_seed, o->n_impacts);
  write_seeds(f, "test impacts", o->test_first_seed, o->n_test_impacts);
  if (o->n_voxels > 0) (void)fprintf(f, "candidates: %zu random voxels of each impact", o->n_voxels);
  else (void)fprintf(f, "candidates: a random voxel of each of %zu cubes of 6 mm, of each impact", s->n_cubes);
  (void)fprintf(f, ", greatest strain at least %g", o->filter.least_peak);
  if (isfinite(o->filter.most_strain)) (void)fprintf(f, ", |strain| at most %g", o->filter.most_strain);
  (void)fprintf(f, "\ntraining: %zu of %zu candidates, no two nearer than %.6g\n", s->train->n, s->candidates->n,
                s->train->threshold);
  (void)fprintf(f, "worst: the %zu of %zu candidates that are farthest from the training set\n", s->worst->n,
                s->test_candidates->n);
  (void)fprintf(f, "random: %zu of the same candidates at random (some may be among the worst)\n\n", s->random->n);
  for (size_t k = 0; k < AXON_SETS; k++) {
    const char *name = axon_set_names[k];
    (void)fprintf(f, "%s.h5 profiles, %s-chosen.csv where they are from, %s-labels.csv outcomes of the mechanics: %s\n",
                  name, name, name, k < n_ready ? "ready" : "not ready; the same command goes on");
  }
  return lg_outfile_commit(ctx, file);
}
