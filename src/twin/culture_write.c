#include "twin/culture_file.h"

#include "twin/report_folder.h"

#include <math.h>
#include <string.h>

typedef struct job {
  const lg_culture_graph *graph;
  const lg_culture_result *result;
  const char *method;
  lg_provenance *provenance;
} job;

static uint32_t label(const job *j, size_t g) { return j->graph->id[j->result->inner[g]]; }

static lg_status write_params(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  lg_provenance_write_comments(j->provenance, f);
  (void)fprintf(f, "cell,gamma_per_frame,ci_lo,ci_hi,at_bound%s\n", j->result->leak ? ",leak_per_frame" : "");
  for (size_t g = 0; g < j->result->n_inner; g++) {
    (void)fprintf(f, "%u", label(j, g));
    lg_put_number(f, ",", j->result->gamma[g]);
    lg_put_number(f, ",", j->result->gamma_low[g]);
    lg_put_number(f, ",", j->result->gamma_high[g]);
    (void)fprintf(f, ",%d", j->result->at_bound[g]);
    if (j->result->leak) lg_put_number(f, ",", j->result->leak[g]);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

static lg_status write_events(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("cell,frame,amp\n", f);
  for (size_t k = 0; k < j->result->n_events; k++) {
    const culture_event *e = &j->result->events[k];
    (void)fprintf(f, "%u,%zu", j->graph->id[e->cell], e->frame);
    lg_put_number(f, ",", e->amplitude);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

static lg_status write_fit(lg_ctx *ctx, const void *user, FILE *f) {
  static const char *const groups[] = {"I", "II", "III", "IV"};
  (void)ctx;
  const job *j = user;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("cell,mse_train,mse_test,nmse,peaks_f1,group,mse_without_events\n", f);
  for (size_t g = 0; g < j->result->n_inner; g++) {
    const culture_cell_fit *c = &j->result->cell[g];
    (void)fprintf(f, "%u", label(j, g));
    lg_put_number(f, ",", c->mse_train);
    lg_put_number(f, ",", c->mse_test);
    lg_put_number(f, ",", c->nmse);
    lg_put_number(f, ",", c->peaks_f1);
    (void)fprintf(f, ",%s", groups[c->group - 1]);
    lg_put_number(f, ",", c->mse_bare);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

/* Columns c<id>: free runs with the events found; b<id>: without them. */
static lg_status write_runs(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  const lg_culture_result *r = j->result;
  lg_provenance_write_comments(j->provenance, f);
  for (size_t g = 0; g < 2 * r->n_inner; g++)
    (void)fprintf(f, "%s%c%u", g ? "," : "", g < r->n_inner ? 'c' : 'b', label(j, g < r->n_inner ? g : g - r->n_inner));
  (void)fputc('\n', f);
  for (size_t t = 0; t < r->n_times; t++) {
    for (size_t g = 0; g < 2 * r->n_inner; g++)
      lg_put_number(f, g ? "," : "",
                    g < r->n_inner ? r->run[g * r->n_times + t] : r->bare[(g - r->n_inner) * r->n_times + t]);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

static lg_status write_profile(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("k_per_frame,residual_squares\n", f);
  for (size_t q = 0; q < CULTURE_PROFILE; q++) {
    char text[32];
    lg_format_double(j->result->profile_k[q], text);
    (void)fputs(text, f);
    lg_put_number(f, ",", j->result->profile[q]);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

/* Losses before each step, the law's without its ramp; printed: means over an epoch. */
static lg_status write_history(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("step,data_loss,law_loss,k_per_frame\n", f);
  for (size_t q = 0; q < j->result->pinn.n_history; q++) {
    const culture_pinn_row *row = &j->result->pinn.history[q];
    (void)fprintf(f, "%.0f", row->step);
    lg_put_number(f, ",", row->data);
    lg_put_number(f, ",", row->law);
    lg_put_number(f, ",", row->k);
    (void)fputc('\n', f);
  }
  return LG_OK;
}

/* The plane of k and of a shift of all leaks. */
static lg_status write_leak(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  const culture_leak_study *s = j->result->leak_study;
  lg_provenance_write_comments(j->provenance, f);
  (void)fputs("k_per_frame,leak_shift_per_frame,residual_squares\n", f);
  for (int a = 0; a < CULTURE_LEAK_GRID; a++)
    for (int b = 0; b < CULTURE_LEAK_GRID; b++) {
      lg_put_number(f, "", s->k[a]);
      lg_put_number(f, ",", s->shift[b]);
      lg_put_number(f, ",", s->squares[a][b]);
      (void)fputc('\n', f);
    }
  return LG_OK;
}

static void law_scores(lg_json *w, const char *name, const double *score) {
  lg_json_key(w, name);
  lg_json_object(w);
  for (int q = 0; q < CULTURE_LAWS; q++) lg_json_key_number(w, lg_culture_law_name((culture_law)q), score[q]);
  lg_json_end_object(w);
}

void lg_culture_summary(lg_json *w, const lg_culture_graph *graph, const lg_culture_result *r, const char *method) {
  static const char *const groups[] = {"I", "II", "III", "IV"};
  lg_json_key_text(w, "method", method);
  lg_json_key_number(w, "k_per_frame", r->k);
  lg_json_key_numbers(w, "k_ci95", (const double[]){r->k_low, r->k_high}, 2);
  lg_json_key_text(w, "law", lg_culture_law_name(r->law));
  lg_json_key_boolean(w, "identifiable", r->identifiable);
  lg_json_key(w, "warnings");
  lg_json_array(w);
  for (size_t k = 0; k < r->n_warnings; k++) lg_json_text(w, r->warning[k]);
  lg_json_end_array(w);
  lg_json_key_integer(w, "n_cells", (int64_t)graph->n);
  lg_json_key_integer(w, "n_inner", (int64_t)r->n_inner);
  lg_json_key_integer(w, "n_edges", (int64_t)graph->n_edges);
  lg_json_key_integer(w, "n_events", (int64_t)r->n_events);
  lg_json_key_number(w, "mse_median", r->mse_median);
  lg_json_key_number(w, "mse_median_without_events", r->mse_bare_median);
  lg_json_key(w, "groups");
  lg_json_object(w);
  for (int q = 0; q < 4; q++) lg_json_key_integer(w, groups[q], (int64_t)r->group[q]);
  lg_json_end_object(w);
  law_scores(w, "law_scores", r->choice.score);
  law_scores(w, "law_weak_scores", r->choice.weak_score);
  if (r->law_chosen) {
    lg_json_key_number(w, "law_margin", r->choice.margin);
    lg_json_key_text(w, "law_next", lg_culture_law_name(r->choice.next));
  }
  lg_json_key_number(w, "condition", r->condition);
  lg_json_key_number(w, "noise_sd", r->noise_sd);
  if (r->leak_study) {
    lg_json_key_number(w, "leak_per_frame", r->leak_study->median);
    lg_json_key_number(w, "leak_sd", r->leak_study->sd);
    lg_json_key_number(w, "k_information_left_by_leak", r->leak_study->kept);
  }
  lg_json_key_number(w, "lambda", r->lambda);
  if (r->k_euler_expected != 0.0) {
    lg_json_key_number(w, "k_lagged_instrument", r->k_lag);
    lg_json_key_number(w, "k_expected_of_forward_euler", r->k_euler_expected);
  }
  lg_json_key(w, "outside_training");
  lg_json_array(w);
  for (unsigned q = 0; q < CULTURE_AM_RANGES; q++)
    if (r->outside & 1u << q) lg_json_text(w, lg_culture_amortised_range[q]);
  lg_json_end_array(w);
  lg_json_key_number(w, "masked_share", r->masked_share);
  if (r->has_events) {
    lg_json_key_integer(w, "n_small_events", (int64_t)r->n_small_events);
    lg_json_key_number(w, "event_half_width_frames", r->event_half_width);
  }
}

static lg_status write_summary(lg_ctx *ctx, const void *user, FILE *f) {
  (void)ctx;
  const job *j = user;
  lg_json w = lg_json_begin(f);
  lg_json_object(&w);
  lg_json_key_text(&w, "schema", "loligo-culture/1");
  lg_culture_summary(&w, j->graph, j->result, j->method);
  lg_json_key(&w, "provenance");
  lg_provenance_write_json(j->provenance, &w);
  lg_json_end_object(&w);
  return lg_json_end(&w) ? LG_OK : LG_ERR_INTERNAL;
}

lg_status lg_culture_result_write(lg_ctx *ctx, const char *folder, const lg_culture_graph *graph,
                                  const lg_culture_result *result, const char *method, lg_provenance *provenance) {
  const job j = {graph, result, method, provenance};
  lg_status status = LG_OK;
  LG_TRY(lg_make_directory(ctx, folder));
  LG_TRY(lg_folder_write(ctx, folder, "params.csv", write_params, &j));
  LG_TRY(lg_folder_write(ctx, folder, "events.csv", write_events, &j));
  LG_TRY(lg_folder_write(ctx, folder, "fit.csv", write_fit, &j));
  if (isfinite(result->k)) LG_TRY(lg_folder_write(ctx, folder, "runs.csv", write_runs, &j));
  LG_TRY(lg_folder_write(ctx, folder, "profile.csv", write_profile, &j));
  if (result->leak_study && isfinite(result->k))
    LG_TRY(lg_folder_write(ctx, folder, "leak_profile.csv", write_leak, &j));
  if (result->pinn.n_history) LG_TRY(lg_folder_write(ctx, folder, "history.csv", write_history, &j));
  LG_TRY(lg_folder_write(ctx, folder, "summary.json", write_summary, &j));
done:
  return status;
}
