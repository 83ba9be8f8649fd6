#include "app/cli/train_culture.h"

#include "app/cli/json_out.h"
#include "data/provenance.h"
#include "io/json_read.h"
#include "twin/culture_unet.h"

static lg_status read_counts(lg_ctx *ctx, const lg_json_at *at, culture_unet_plan *plan) {
  static const char *const names[] = {"samples", "size", "ncell", "frames", "crop", "batch", "steps", "held"};
  size_t *const to[] = {&plan->samples, &plan->size,  &plan->ncell, &plan->frames,
                        &plan->crop,    &plan->batch, &plan->steps, &plan->held};
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    int64_t x;
    if (!lg_json_has(at, names[k])) continue;
    const lg_status status = lg_json_get_integer(ctx, at, names[k], 0, 1000000, &x);
    if (status != LG_OK) return status;
    *to[k] = (size_t)x;
  }
  return LG_OK;
}

static lg_status read_plan(lg_ctx *ctx, const char *path, culture_unet_plan *plan) {
  static const char *const keys[] = {"samples", "size", "ncell",         "frames",      "crop",        "batch",
                                     "steps",   "held", "learning_rate", "still_share", "image_share", "hole_share"};
  lg_status status = LG_OK;
  lg_json_doc *doc = NULL;
  *plan = lg_culture_unet_plan_default();
  LG_TRY(lg_json_load(ctx, path, LG_JSON_COMMENTS, 0, &doc));
  const lg_json_at at = lg_json_root(doc);
  LG_TRY(lg_json_only_keys(ctx, &at, keys, sizeof keys / sizeof keys[0]));
  LG_TRY(read_counts(ctx, &at, plan));
  LG_TRY(lg_json_get_number_or(ctx, &at, "learning_rate", NULL, 1e-7, 1.0, plan->lr, &plan->lr));
  LG_TRY(lg_json_get_number_or(ctx, &at, "still_share", NULL, 0.0, 1.0, plan->still_share, &plan->still_share));
  LG_TRY(lg_json_get_number_or(ctx, &at, "image_share", NULL, 0.0, 1.0, plan->image_share, &plan->image_share));
  LG_TRY(lg_json_get_number_or(ctx, &at, "hole_share", NULL, 0.0, 1.0, plan->hole_share, &plan->hole_share));
done:
  lg_json_doc_destroy(ctx, doc);
  return status;
}

static void scores(lg_json *w, const char *name, const culture_unet_scores *t) {
  lg_json_key(w, name);
  lg_json_object(w);
  lg_json_key_integer(w, "n", (int64_t)t->n);
  lg_json_key_number(w, "ap50", t->ap50);
  lg_json_key_number(w, "ap75", t->ap75);
  lg_json_key_number(w, "ap90", t->ap90);
  lg_json_key_number(w, "iou", t->iou);
  lg_json_key_number(w, "recall75", t->recall75);
  lg_json_key_number(w, "edge_f1", t->edge_f1);
  lg_json_end_object(w);
}

static void print_json(cli_run *run, const char *output, const culture_unet_table *t) {
  lg_json w = cli_json_begin("loligo-train/1");
  lg_json_key_text(&w, "network", "culture-unet");
  lg_json_key_text(&w, "output", output);
  scores(&w, "movies", &t->movies);
  scores(&w, "varied_movies", &t->varied);
  scores(&w, "images", &t->stills);
  cli_json_end(run, &w);
}

static void print_line(const char *name, const culture_unet_scores *t) {
  (void)printf("%-14s %2zu  AP %.3f at IoU .5, %.3f at .75, %.3f at .9  IoU %.3f  above .75 %.3f  borders F1 %.3f\n",
               name, t->n, t->ap50, t->ap75, t->ap90, t->iou, t->recall75, t->edge_f1);
}

int cli_train_culture(cli_run *run, const char *path, const char *output) {
  culture_unet_plan plan;
  culture_unet_table table;
  lg_status status = read_plan(cli_ctx(run), path, &plan);
  if (status == LG_OK && !cli_provenance(run)) status = LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_provenance_add_input(cli_ctx(run), cli_provenance(run), "plan", path);
  if (status != LG_OK) return cli_report(run, path, status);
  plan.seed = cli_seed(run);
  status = lg_culture_unet_train(cli_ctx(run), &plan, output, &table);
  if (status == LG_ERR_CANCELLED) cli_say(run, "stopped; the same command goes on from %s.state", output);
  if (status != LG_OK) return cli_report(run, output, status);
  if (cli_json(run)) print_json(run, output, &table);
  else {
    print_line("movies", &table.movies);
    print_line("varied movies", &table.varied);
    print_line("images", &table.stills);
  }
  return CLI_OK;
}
