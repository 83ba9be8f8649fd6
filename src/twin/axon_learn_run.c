/* A training from the examples to the file. */
#include "twin/axon_learn_run.h"

#include "twin/axon_net_file.h"

#include <string.h>

enum { P = AXON_PREDICTED, TEXT = 160, MOST = 40, STREAM_CURVE = 0x61786375 };

/* ---- the learning curve -------------------------------------------------------------------------------------- */

/* Nested: the first rows of one permutation. */
static lg_status permute(lg_ctx *ctx, size_t n, uint64_t seed, size_t **out) {
  size_t *order = lg_alloc(ctx, n, sizeof *order);
  lg_rng rng = lg_rng_make(seed, STREAM_CURVE, n);
  *out = order;
  if (!order) return LG_ERR_MEMORY;
  for (size_t k = 0; k < n; k++) order[k] = k;
  for (size_t k = n; k > 1; k--) {
    const size_t other = (size_t)lg_rng_below(&rng, k), kept = order[k - 1];
    order[k - 1] = order[other];
    order[other] = kept;
  }
  return LG_OK;
}

static axon_learn_opts curve_opts(const axon_learn_run *run, const char *state, size_t k, char path[1100]) {
  axon_learn_opts o = run->opts;
  (void)snprintf(path, 1100, "%s.curve%zu", state, run->curve[k]);
  o.state = path;
  o.reach = 1.0; /* not asked here */
  return o;
}

static lg_status curve(lg_ctx *ctx, const axon_learn_run *run, const char *state, axon_learn_table *out) {
  lg_status status = LG_OK;
  size_t *order = NULL;
  lg_axon_surrogate *net = NULL;
  LG_TRY(permute(ctx, run->examples->n, run->opts.seed, &order));
  for (size_t k = 0; k < run->n_curve; k++) {
    char path[1100];
    const axon_learn_opts o = curve_opts(run, state, k, path);
    LG_TRY(lg_axon_learn(ctx, run->examples, order, run->curve[k], &o, &net));
    LG_TRY(lg_axon_learn_score(ctx, net, run->tests[0], NULL, 0, &out->curve[k]));
    lg_axon_surrogate_destroy(ctx, net);
    net = NULL;
  }
done:
  lg_axon_surrogate_destroy(ctx, net);
  lg_free(ctx, order);
  return status;
}

/* ---- what the file says ------------------------------------------------------------------------------------------ */

typedef struct texts {
  size_t n;
  char key[MOST][32], text[MOST][TEXT];
} texts;

static char *add(texts *t, const char *key, const char *suffix) {
  (void)snprintf(t->key[t->n], sizeof t->key[t->n], "%.16s%.14s", key, suffix);
  return t->text[t->n++];
}

static void add_numbers(texts *t, const char *key, const char *suffix, const double x[P]) {
  (void)snprintf(add(t, key, suffix), TEXT, "%.5f %.5f %.5f %.5f", x[0], x[1], x[2], x[3]);
}

static void add_score(texts *t, const char *key, const axon_score *s) {
  (void)snprintf(add(t, key, "_profiles"), TEXT, "%zu", s->n);
  add_numbers(t, key, "_r2", s->r2);
  add_numbers(t, key, "_nrmse", s->nrmse);
  if (s->inside68[0] >= 0.0) {
    add_numbers(t, key, "_inside_68", s->inside68);
    add_numbers(t, key, "_inside_95", s->inside95);
  }
}

static void describe(const axon_learn_run *run, const axon_learn_table *table, texts *t) {
  const axon_learn_opts *o = &run->opts;
  (void)snprintf(add(t, "outputs", ""), TEXT, "mt axl tau_pct nf_pct");
  (void)snprintf(add(t, "profiles", ""), TEXT, "%zu", run->examples->n);
  (void)snprintf(add(t, "epochs", ""), TEXT, "%zu", lg_axon_learn_epochs(run->examples->n, o));
  (void)snprintf(add(t, "batch", ""), TEXT, "%zu", o->batch);
  (void)snprintf(add(t, "learning_rate", ""), TEXT, "%g", o->lr);
  (void)snprintf(add(t, "weight_decay", ""), TEXT, "%g", o->decay);
  (void)snprintf(add(t, "seed", ""), TEXT, "%llu", (unsigned long long)o->seed);
  if (run->folds) {
    (void)snprintf(add(t, "folds", ""), TEXT, "%zu", run->folds);
    add_score(t, "folds", &table->folds.all);
  }
  for (size_t k = 0; k < run->n_tests; k++) add_score(t, run->test_names[k], &table->tests[k]);
}

static lg_status write_file(lg_ctx *ctx, const axon_learn_run *run, const lg_axon_surrogate *net,
                            const axon_learn_table *table) {
  lg_status status = LG_OK;
  texts *t = NULL;
  lg_text_pair *pairs = NULL;
  size_t n = 0;
  LG_NEW(ctx, t, 1);
  LG_NEW(ctx, pairs, MOST + run->n_more);
  describe(run, table, t);
  for (size_t k = 0; k < t->n; k++) pairs[n++] = (lg_text_pair){t->key[k], t->text[k]};
  for (size_t k = 0; k < run->n_more; k++) pairs[n++] = run->more[k];
  status = lg_axon_surrogate_save(ctx, net, pairs, n, run->output);
done:
  lg_free(ctx, t);
  lg_free(ctx, pairs);
  return status;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static void forget(const axon_learn_run *run, const axon_learn_opts *o) {
  lg_axon_learn_forget(o);
  for (size_t k = 1; k <= run->folds; k++) {
    char path[1100];
    axon_learn_opts fold = *o;
    (void)snprintf(path, sizeof path, "%s.fold%zu", o->state, k);
    fold.state = path;
    lg_axon_learn_forget(&fold);
  }
  for (size_t k = 0; k < run->n_curve; k++) {
    char path[1100];
    const axon_learn_opts c = curve_opts(run, o->state, k, path);
    lg_axon_learn_forget(&c);
  }
}

static lg_status check(lg_ctx *ctx, const axon_learn_run *run) {
  if (strlen(run->output) > 1000) return lg_fail(ctx, LG_ERR_RANGE, "the path of the output is too long");
  if (run->n_curve && run->n_tests == 0)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "a learning curve needs a test set to be judged by");
  for (size_t k = 0; k < run->n_curve; k++)
    if (run->curve[k] < 16 || run->curve[k] > run->examples->n)
      return lg_fail(ctx, LG_ERR_RANGE, "a learning curve at %zu profiles; allowed is 16 to %zu", run->curve[k],
                     run->examples->n);
  return LG_OK;
}

lg_status lg_axon_learn_run(lg_ctx *ctx, const axon_learn_run *run, axon_learn_table *out) {
  lg_status status = LG_OK;
  lg_axon_surrogate *net = NULL;
  axon_learn_opts o = run->opts;
  char state[1020];
  memset(out, 0, sizeof *out);
  LG_TRY(check(ctx, run));
  (void)snprintf(state, sizeof state, "%s.state", run->output);
  o.state = state;
  LG_TRY(lg_axon_learn(ctx, run->examples, NULL, 0, &o, &net));
  if (run->folds) LG_TRY(lg_axon_cross_validate(ctx, run->examples, &o, run->folds, &out->folds));
  if (run->folds) lg_axon_calibrate(net, &out->folds);
  out->reach = net->known_threshold;
  for (size_t k = 0; k < run->n_tests; k++)
    LG_TRY(lg_axon_learn_score(ctx, net, run->tests[k], NULL, 0, &out->tests[k]));
  LG_TRY(curve(ctx, run, state, out));
  LG_TRY(write_file(ctx, run, net, out));
  forget(run, &o);
done:
  lg_axon_surrogate_destroy(ctx, net);
  return status;
}
