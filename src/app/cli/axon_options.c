#define _XOPEN_SOURCE 700
#include "app/cli/axon_options.h"

#include "data/provenance.h"
#include "twin/axon_file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const cli_axon_outputs[AXON_OUTPUTS] = {"mt", "axl", "tau_pct", "nf_pct", "side_pct", "mt_broken_pct"};

/* A whole number at *text, which moves behind it. */
static bool read_whole(const char **text, uint64_t *x) {
  size_t digits = strspn(*text, "0123456789");
  if (digits == 0 || digits > 16) return false;
  *x = strtoull(*text, NULL, 10);
  *text += digits;
  return true;
}

/* One part of the list, "7" or "1..100"; moves behind the comma. */
static bool read_part(const char **text, uint64_t *first, uint64_t *last) {
  if (!read_whole(text, first)) return false;
  *last = *first;
  if (strncmp(*text, "..", 2) == 0) {
    *text += 2;
    if (!read_whole(text, last) || *last < *first) return false;
  }
  if (**text == ',') return (++*text)[0] != '\0';
  return **text == '\0';
}

static int by_value(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static lg_status check_once(lg_ctx *ctx, const uint64_t *seeds, size_t n) {
  lg_status status = LG_OK;
  uint64_t *sorted = NULL;
  LG_NEW(ctx, sorted, n);
  memcpy(sorted, seeds, n * sizeof *seeds);
  qsort(sorted, n, sizeof *sorted, by_value);
  for (size_t k = 1; k < n; k++)
    if (sorted[k] == sorted[k - 1])
      LG_TRY(lg_fail(ctx, LG_ERR_ARGUMENT, "seed %llu stands twice", (unsigned long long)sorted[k]));
done:
  lg_free(ctx, sorted);
  return status;
}

lg_status cli_axon_seeds(lg_ctx *ctx, const char *text, uint64_t **seeds, size_t *n) {
  lg_status status = LG_OK;
  size_t count = 0;
  uint64_t first, last;
  *seeds = NULL;
  for (const char *at = text; *at;) {
    if (!read_part(&at, &first, &last))
      return lg_fail(ctx, LG_ERR_ARGUMENT, "'%s' are no seeds; write 1..100 or 1..10,17", text);
    if (last - first >= AXON_MOST_SEEDS || (count += last - first + 1) > AXON_MOST_SEEDS)
      return lg_fail(ctx, LG_ERR_ARGUMENT, "'%s' are more than %d seeds", text, AXON_MOST_SEEDS);
  }
  if (count == 0) return lg_fail(ctx, LG_ERR_ARGUMENT, "no seeds; write 1..100 or 1..10,17");
  LG_NEW(ctx, *seeds, count);
  *n = 0;
  for (const char *at = text; *at && read_part(&at, &first, &last);)
    for (uint64_t s = first; s <= last; s++) (*seeds)[(*n)++] = s;
  LG_TRY(check_once(ctx, *seeds, *n));
done:
  if (status != LG_OK) {
    lg_free(ctx, *seeds);
    *seeds = NULL;
  }
  return status;
}

lg_status cli_axon_params(cli_run *run, axon_params *out, const char **about) {
  *out = lg_axon_params_male();
  if (!cli_given(run, "params")) return LG_OK;
  *about = cli_text(run, "params");
  const lg_status status = lg_provenance_add_input(cli_ctx(run), cli_provenance(run), "params", *about);
  return status == LG_OK ? lg_axon_params_load(cli_ctx(run), *about, out) : status;
}

lg_status cli_axon_population(cli_run *run, lg_axon_population **out, const char **about) {
  lg_status status = LG_OK;
  uint64_t *seeds = NULL;
  size_t n;
  axon_params params;
  *out = NULL;
  LG_TRY(cli_axon_params(run, &params, about));
  *about = NULL;
  LG_TRY(cli_axon_seeds(cli_ctx(run), cli_text(run, "seeds"), &seeds, &n));
  LG_TRY(lg_axon_population_create(cli_ctx(run), &params, seeds, n, out));
done:
  lg_free(cli_ctx(run), seeds);
  return status;
}

double cli_cpu_seconds(void) {
  struct timespec t;
  return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0.0;
}
