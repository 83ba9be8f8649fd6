#include "app/cli/figures.h"

#include <math.h>

cli_figures cli_figures_begin(cli_run *run, const char *schema, const char *key, const char *text) {
  cli_figures t = {.run = run, .words = !cli_json(run), .row = -1};
  if (t.words) return t;
  t.json = cli_json_begin(schema);
  if (key) lg_json_key_text(&t.json, key, text);
  lg_json_key(&t.json, "figures");
  lg_json_array(&t.json);
  return t;
}

static void say_limits(const lg_merit *f, char *text, size_t bytes) {
  const char *sign = f->at_least ? ">=" : "<=", *gap = f->error_unit[0] ? " " : "";
  text[0] = 0;
  if (!isnan(f->must) && !isnan(f->goal))
    (void)snprintf(text, bytes, "(%s %g, goal %g%s%s)", sign, f->must, f->goal, gap, f->error_unit);
  else if (!isnan(f->must)) (void)snprintf(text, bytes, "(%s %g%s%s)", sign, f->must, gap, f->error_unit);
  else if (!isnan(f->goal)) (void)snprintf(text, bytes, "(goal %s %g%s%s)", sign, f->goal, gap, f->error_unit);
}

/* What was measured, what it should be (unless 0), how far off, the limits, the verdict. */
static void say_words(cli_figures *t, const lg_merit *f) {
  char limits[80], error[40] = "", wanted[40] = "", value[40] = "";
  if (f->row != t->row && f->row != 0)
    (void)printf("%s%d%s%s\n", t->n > 1 ? "\n" : "", f->row, f->title ? "  " : "", f->title ? f->title : "");
  t->row = f->row;
  say_limits(f, limits, sizeof limits);
  if (isfinite(f->value)) (void)snprintf(value, sizeof value, "%.7g", f->value);
  if (f->wanted != 0.0 && isfinite(f->wanted)) (void)snprintf(wanted, sizeof wanted, "of %.7g", f->wanted);
  if (!isnan(f->error) || limits[0]) (void)snprintf(error, sizeof error, "%.3g %s", f->error, f->error_unit);
  (void)printf("  %-72s %12s %-15s %-8s %-12s %-28s %s\n", f->what, value, wanted, f->unit, error, limits,
               lg_merit_verdict(f));
  (void)fflush(stdout);
}

static void say_json(lg_json *w, const lg_merit *f) {
  lg_json_object(w);
  if (f->row != 0) lg_json_key_integer(w, "row", f->row);
  if (f->title) lg_json_key_text(w, "title", f->title);
  lg_json_key_text(w, "what", f->what);
  lg_json_key_number(w, "value", f->value);
  lg_json_key_number(w, "wanted", f->wanted);
  lg_json_key_text(w, "unit", f->unit);
  lg_json_key_number(w, f->at_least ? "figure" : "error", f->error);
  lg_json_key_text(w, "error_unit", f->error_unit);
  lg_json_key_number(w, "must", f->must);
  lg_json_key_number(w, "goal", f->goal);
  lg_json_key_boolean(w, "must_met", !lg_merit_misses(f));
  lg_json_key_boolean(w, "goal_met", isnan(f->goal) || lg_merit_reaches_goal(f));
  if (f->source) lg_json_key_text(w, "source", f->source);
  lg_json_end_object(w);
}

void cli_figures_say(void *figures, const lg_merit *f) {
  cli_figures *t = figures;
  t->n++;
  t->musts += isnan(f->must) ? 0 : 1;
  t->failed += lg_merit_misses(f) ? 1 : 0;
  t->goals += isnan(f->goal) ? 0 : 1;
  t->reached += lg_merit_reaches_goal(f) ? 1 : 0;
  if (t->words) say_words(t, f);
  else say_json(&t->json, f);
}

int cli_figures_end(cli_figures *t) {
  if (t->words)
    (void)printf("\n%zu of %zu figures meet what they must, %zu of %zu goals are reached\n", t->musts - t->failed,
                 t->musts, t->reached, t->goals);
  else cli_json_end_figures(t->run, &t->json, t->n, t->failed);
  return t->failed > 0 ? CLI_NEGATIVE : CLI_OK;
}
