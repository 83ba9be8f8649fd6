/* Strain profiles of axons in words. */
#include "app/cli/info.h"

#include "twin/axon_profiles_summary.h"

#include <math.h>

enum { MOST_NAMED = 6 };

static void names(FILE *stream, char *const *list, size_t n) {
  for (size_t k = 0; k < n && k < MOST_NAMED; k++) (void)fprintf(stream, "%s%.60s", k ? ", " : "", list[k]);
  (void)fprintf(stream, n > MOST_NAMED ? ", ...\n" : "\n");
}

void info_profiles_text(lg_ctx *ctx, FILE *stream, const axon_profiles *p) {
  axon_profiles_summary s;
  (void)fprintf(stream, "strain profiles\n");
  (void)fprintf(stream, "profiles     %zu: ", p->n);
  names(stream, p->names, p->n);
  (void)fprintf(stream, "sampling     %zu samples, %.6g ms apart, %.6g ms in all\n", p->n_times, 1e3 * p->dt_s,
                1e3 * p->dt_s * (double)(p->n_times - 1));
  if (p->impact_names) {
    (void)fprintf(stream, "impacts      %zu: ", p->n_impacts);
    names(stream, p->impact_names, p->n_impacts);
  }
  if (lg_axon_profiles_summarise(ctx, p, &s) != LG_OK) return;
  (void)fprintf(stream, "strain       %.4g ('%.60s') to %.4g ('%.60s')\n", s.least, p->names[s.least_at], s.greatest,
                p->names[s.greatest_at]);
  (void)fprintf(stream, "peak strain  5 %% of profiles below %.4g, half below %.4g, 95 %% below %.4g\n", s.peak[0],
                s.peak[1], s.peak[2]);
  (void)fprintf(stream, "strain rate  up to %.4g /s ('%.60s')\n", s.rate, p->names[s.rate_at]);
  if (p->position_mm)
    (void)fprintf(stream, "places       x %.4g to %.4g, y %.4g to %.4g, z %.4g to %.4g mm%s\n", s.place_low[0],
                  s.place_high[0], s.place_low[1], s.place_high[1], s.place_low[2], s.place_high[2],
                  p->fibre ? ", with fibres" : "");
}

static void text_list(lg_json *w, const char *key, char *const *list, size_t n, size_t most) {
  lg_json_key(w, key);
  lg_json_array(w);
  for (size_t k = 0; k < n && k < most; k++) lg_json_text(w, list[k]);
  lg_json_end_array(w);
}

void info_profiles_json(lg_ctx *ctx, lg_json *w, const axon_profiles *p) {
  static const char *const quantiles[3] = {"peak_strain_5", "peak_strain_50", "peak_strain_95"};
  axon_profiles_summary s;
  lg_json_key_integer(w, "n_profiles", (int64_t)p->n);
  lg_json_key_integer(w, "n_times", (int64_t)p->n_times);
  lg_json_key_number(w, "dt_s", p->dt_s);
  text_list(w, "first_names", p->names, p->n, MOST_NAMED);
  lg_json_key_integer(w, "n_impacts", (int64_t)p->n_impacts);
  text_list(w, "impacts", p->impact_names, p->impact_names ? p->n_impacts : 0, 1000);
  lg_json_key_integer(w, "has_positions", p->position_mm != NULL);
  lg_json_key_integer(w, "has_fibres", p->fibre != NULL);
  if (lg_axon_profiles_summarise(ctx, p, &s) != LG_OK) return;
  lg_json_key_number(w, "least_strain", s.least);
  lg_json_key_number(w, "greatest_strain", s.greatest);
  for (size_t q = 0; q < 3; q++) lg_json_key_number(w, quantiles[q], s.peak[q]);
  lg_json_key_number(w, "greatest_rate_per_s", s.rate);
}
