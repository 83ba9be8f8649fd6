/* Which stimulus belongs to which response: the rules in their order, the first that pairs anything is used. */
#define _XOPEN_SOURCE 700
#include "io/nwb_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef bool (*fits)(const nwb_series *response, const nwb_series *stimulus);

static bool has_electrode(const nwb_series *s) {
  static const lg_h5_id none;
  return !lg_h5_same(&s->electrode, &none);
}

/* A series that names no electrode contradicts none. */
static bool same_electrode(const nwb_series *a, const nwb_series *b) {
  return !has_electrode(a) || !has_electrode(b) || lg_h5_same(&a->electrode, &b->electrode);
}

static bool same_start(const nwb_series *a, const nwb_series *b) {
  return fabs(a->start_s - b->start_s) * 1e3 <= 0.5 * fmin(a->dt_ms, b->dt_ms);
}

static bool fits_number(const nwb_series *response, const nwb_series *stimulus) {
  return response->sweep_number >= 0 && response->sweep_number == stimulus->sweep_number &&
         same_electrode(response, stimulus);
}

static bool fits_start(const nwb_series *response, const nwb_series *stimulus) {
  return same_start(response, stimulus) && same_electrode(response, stimulus);
}

/* What is left of a name without the words that tell a stimulus from a response: "ccss_07" and "ccs_07" → "07". */
static void stem(const char *name, char text[128]) {
  static const char *const words[] = {"currentclampstimulusseries",
                                      "currentclampseries",
                                      "stimulus",
                                      "stimuli",
                                      "response",
                                      "acquisition",
                                      "presentation",
                                      "stimset",
                                      "current",
                                      "voltage",
                                      "clamp",
                                      "series",
                                      "ccss",
                                      "ccs"};
  size_t n = 0;
  for (const char *c = name; *c && n < 127; c++)
    if (isalnum((unsigned char)*c)) text[n++] = (char)tolower((unsigned char)*c);
  text[n] = '\0';
  for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
    char *at = strstr(text, words[k]);
    if (at) memmove(at, at + strlen(words[k]), strlen(at + strlen(words[k])) + 1);
  }
}

static bool fits_name(const nwb_series *response, const nwb_series *stimulus) {
  char a[128], b[128];
  if (strcmp(response->name, stimulus->name) == 0) return same_electrode(response, stimulus);
  stem(response->name, a);
  stem(stimulus->name, b);
  return a[0] && strcmp(a, b) == 0 && same_electrode(response, stimulus);
}

static bool is_candidate(const nwb_series *s) {
  return s->place == NWB_PRESENTATION && s->kind == NWB_CURRENT_STIMULUS;
}

/* Number of stimuli that fit; *found is the last of them. With `narrow` the start must agree too. */
static size_t candidates(const nwb_file *file, const nwb_series *response, fits rule, bool narrow, size_t *found) {
  size_t n = 0;
  for (size_t k = 0; k < file->n_series; k++) {
    const nwb_series *s = &file->series[k];
    if (!is_candidate(s) || !rule(response, s) || (narrow && !same_start(response, s))) continue;
    *found = k;
    n++;
  }
  return n;
}

/* Ranges of both that cover the same time. False when there are none. */
static bool align(const nwb_series *response, const nwb_series *stimulus, nwb_pair *pair) {
  const double shift = (stimulus->start_s - response->start_s) * 1e3 / response->dt_ms; /* samples */
  size_t r = 0, s = 0;
  if (!(fabs(shift) < 1e15)) return false;
  const double whole = floor(shift + 0.5);
  if (whole > 0) r = (size_t)whole;
  else s = (size_t)-whole;
  if (r >= response->n || s >= stimulus->n) {
    /* no common time, but as long as each other: times inside the sweep were meant */
    if (response->n != stimulus->n) return false;
    r = s = 0;
  }
  const size_t left_r = response->n - r, left_s = stimulus->n - s;
  pair->response_first = r;
  pair->stimulus_first = s;
  pair->response_count = pair->stimulus_count = left_r < left_s ? left_r : left_s;
  return true;
}

static lg_status pair_one(nwb_file *file, size_t at, size_t stimulus) {
  const nwb_series *response = &file->series[at];
  nwb_pair pair = {
      .response = at, .stimulus = stimulus, .response_count = response->n, .number = response->sweep_number};
  if (stimulus != NWB_NONE && !align(response, &file->series[stimulus], &pair))
    return lg_fail(file->ctx, LG_ERR_FORMAT,
                   "response '%.80s' begins at %g s and its stimulus '%.80s' at %g s: they have no time in common",
                   response->name, response->start_s, file->series[stimulus].name, file->series[stimulus].start_s);
  return nwb_add_pair(file, pair);
}

/* Apply one rule to all responses. strict: two candidates are an error; otherwise the rule does not apply at all. */
static lg_status apply(nwb_file *file, fits rule, bool strict, size_t *paired) {
  lg_status status = LG_OK;
  *paired = 0;
  file->n_pairs = 0;
  for (size_t k = 0; k < file->n_series; k++) {
    const nwb_series *response = &file->series[k];
    size_t found = NWB_NONE;
    if (!nwb_is_response(response)) continue;
    size_t n = response->kind == NWB_ZERO_CLAMP ? 0 : candidates(file, response, rule, false, &found);
    if (n > 1) n = candidates(file, response, rule, true, &found);
    if (n > 1 && strict)
      return lg_fail(file->ctx, LG_ERR_FORMAT, "%zu stimuli have the sweep number %lld of '%.80s': which is its own?",
                     n, (long long)response->sweep_number, response->name);
    if (n > 1) {
      *paired = 0;
      return LG_OK;
    }
    LG_TRY(pair_one(file, k, n == 1 ? found : NWB_NONE));
    *paired += n;
  }
done:
  return status;
}

/* A stimulus that serves two responses makes a rule on start or name worthless. */
static bool unique(const nwb_file *file) {
  for (size_t a = 0; a < file->n_pairs; a++)
    for (size_t b = 0; b < a; b++)
      if (file->pairs[a].stimulus != NWB_NONE && file->pairs[a].stimulus == file->pairs[b].stimulus) return false;
  return true;
}

/* Sweeps in the order of their numbers, then of their start, then of their names (the order of the scan). */
static int by_number(const void *a, const void *b) {
  const nwb_pair *x = a, *y = b;
  if (x->number != y->number) return x->number < y->number ? -1 : 1;
  if (x->start_s < y->start_s || x->start_s > y->start_s) return x->start_s < y->start_s ? -1 : 1;
  return x->response < y->response ? -1 : x->response > y->response;
}

static void sort_pairs(nwb_file *file) {
  for (size_t k = 0; k < file->n_pairs; k++) file->pairs[k].start_s = file->series[file->pairs[k].response].start_s;
  if (file->n_pairs) qsort(file->pairs, file->n_pairs, sizeof *file->pairs, by_number);
  for (size_t k = 0; k < file->n_pairs; k++)
    if (file->pairs[k].number < 0) file->pairs[k].number = (int64_t)k;
}

static bool only_zero_clamp(const nwb_file *file) {
  for (size_t k = 0; k < file->n_series; k++)
    if (file->series[k].kind == NWB_CURRENT_CLAMP && nwb_is_response(&file->series[k])) return false;
  return true;
}

static lg_status pair_by_series(nwb_file *file, bool table, const char **rule) {
  static const struct {
    fits fits;
    bool strict;
    const char *sentence;
  } rules[] = {
      {fits_number, true, "Stimulus and response have the same sweep_number and electrode."},
      {fits_start, false, "Stimulus and response have the same start and electrode."},
      {fits_name, false, "Stimulus and response have the same name but for the words stimulus and response."},
  };
  lg_status status = LG_OK;
  size_t paired = 0;
  for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++) {
    LG_TRY(apply(file, rules[k].fits, rules[k].strict, &paired));
    if (paired == 0 || (k > 0 && !unique(file))) continue;
    *rule =
        k == 0 && table ? "Stimulus and response have the same sweep number in the sweep_table." : rules[k].sentence;
    sort_pairs(file);
    return LG_OK;
  }
  if (only_zero_clamp(file)) {
    *rule = "IZeroClampSeries: no current is injected.";
    sort_pairs(file);
    return LG_OK;
  }
  *rule = NULL;
done:
  return status;
}

lg_status nwb_pair_all(nwb_file *file, const char **rule) {
  lg_status status = LG_OK;
  bool simultaneous = false, table = false;
  *rule = NULL;
  LG_TRY(nwb_pair_by_recordings(file, &simultaneous));
  for (size_t k = 0; k < file->n_pairs && !*rule; k++)
    if (file->pairs[k].stimulus != NWB_NONE)
      *rule = simultaneous
                  ? "Stimulus and response stand in one simultaneous recording of the intracellular_recordings table."
                  : "Stimulus and response stand in one row of the intracellular_recordings table.";
  if (*rule) return LG_OK;
  LG_TRY(nwb_apply_sweep_table(file, &table));
  LG_TRY(pair_by_series(file, table, rule));
done:
  return status;
}
