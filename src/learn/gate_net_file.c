/* The file of a network of gates: plans as text in the metadata of safetensors. */
#include "learn/gate_net.h"

#include "data/json_writer.h"
#include "learn/train.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "loligo-gate-net/1"
enum { TEXT = 1536, KEYS = 15 };

static const char *const forms[] = {"rate", "raw"};
static const char *const inputs[] = {"c", "v"};
static const char *const sorts[] = {"gate", "logit", "u", "log10_u", "asinh_udot"};
static const lg_act acts[] = {LG_ACT_TANH, LG_ACT_RELU, LG_ACT_SIGMOID, LG_ACT_SILU};
static const char *const act_names[] = {"tanh", "relu", "sigmoid", "silu"};

/* ---- writing ----------------------------------------------------------------------------------------- */

typedef struct text {
  char s[TEXT];
  size_t n;
} text;

static void put(text *t, const char *word) {
  const size_t length = strlen(word);
  if (t->n + length + 1 >= TEXT) return; /* a plan that passed its check fits */
  memcpy(t->s + t->n, word, length + 1);
  t->n += length;
}

static void number(text *t, double x) {
  char digits[32];
  lg_format_double(x, digits);
  if (t->n && t->s[t->n - 1] != ' ') put(t, " ");
  put(t, digits);
}

static void write_features(text *t, const lg_gate_plan *p) {
  for (size_t k = 0; k < p->n_features; k++) {
    const lg_gate_feature *f = &p->features[k];
    put(t, k ? "; " : "");
    put(t, sorts[f->sort]);
    if (f->sort <= LG_GATE_LOGIT) number(t, (double)f->gate);
    number(t, f->inner);
    number(t, f->offset);
    number(t, f->factor);
  }
}

static void write_plan(const lg_gate_plan *p, text t[KEYS]) {
  char word[64];
  memset(t, 0, KEYS * sizeof *t);
  put(&t[0], SCHEMA);
  put(&t[1], forms[p->form]);
  put(&t[2], inputs[p->input]);
  for (size_t k = 0; k < p->n_gates; k++) {
    (void)snprintf(word, sizeof word, "%s%s:%u", k ? " " : "", p->name[k], p->power[k]);
    put(&t[3], word);
  }
  write_features(&t[4], p);
  for (size_t k = 0; k <= p->n_layers; k++) number(&t[5], (double)p->width[k]);
  for (size_t k = 0; k < sizeof acts / sizeof acts[0]; k++)
    if (acts[k] == p->act) put(&t[6], act_names[k]);
  number(&t[7], p->log_scale);
  for (size_t k = 0; k < 2; k++) number(&t[7], p->log_open[k]);
  for (size_t k = 0; k < 2; k++) number(&t[7], p->log_close[k]);
  number(&t[8], p->raw_scale);
  put(&t[8], p->raw_sinh ? " sinh" : " linear");
  for (size_t k = 0; k < 2; k++) number(&t[9], p->range_u[k]);
  for (size_t k = 0; k < 2; k++) number(&t[10], p->range_udot[k]);
  for (size_t k = 0; k < 2 * p->n_gates; k++) number(&t[11], p->range_gates[k / 2][k % 2]);
  number(&t[12], p->rest_u);
  for (size_t k = 0; k < p->n_gates; k++) number(&t[12], p->rest[k]);
  if (!isnan(p->celsius)) {
    number(&t[13], p->celsius);
    number(&t[13], p->q10);
  }
  (void)snprintf(word, sizeof word, "%s %d", p->ion, p->valence);
  put(&t[14], word);
}

static const char *const keys[KEYS] = {"schema",     "form",        "input",     "gates",    "features",
                                       "layers",     "activation",  "log_rates", "raw_rate", "range_u",
                                       "range_udot", "range_gates", "rest",      "celsius",  "ion"};

lg_status lg_gate_net_write(lg_ctx *ctx, const lg_gate_net *net, const lg_text_pair *more, size_t n_more,
                            const char *path) {
  lg_status status = LG_OK;
  text *texts = NULL;
  lg_text_pair *pairs = NULL;
  lg_tensor_entry *entries = NULL;
  size_t n = 0;
  LG_NEW(ctx, texts, KEYS);
  LG_NEW(ctx, pairs, KEYS + n_more);
  LG_NEW(ctx, entries, net->params.n);
  write_plan(&net->plan, texts);
  for (size_t k = 0; k < KEYS; k++)
    if (texts[k].n) pairs[n++] = (lg_text_pair){keys[k], texts[k].s};
  for (size_t k = 0; k < n_more; k++) pairs[n++] = more[k];
  lg_f32_params_entries(&net->params, net->theta, entries);
  LG_TRY(lg_safetensors_write(ctx, path, entries, net->params.n, pairs, n));
done:
  lg_free(ctx, texts);
  lg_free(ctx, pairs);
  lg_free(ctx, entries);
  return status;
}

/* ---- reading ----------------------------------------------------------------------------------------- */

typedef struct reader {
  lg_ctx *ctx;
  const char *key, *at;
} reader;

static lg_status bad(const reader *r, const char *wanted) {
  return lg_fail(r->ctx, LG_ERR_FORMAT, "metadata '%s': %s wanted at \"%.40s\"", r->key, wanted, r->at);
}

static void blanks(reader *r) {
  while (*r->at == ' ') r->at++;
}

static lg_status take_number(reader *r, double *x) {
  char *end;
  blanks(r);
  *x = strtod(r->at, &end);
  if (end == r->at || !isfinite(*x)) return bad(r, "a number");
  r->at = end;
  return LG_OK;
}

static lg_status take_numbers(reader *r, double *x, size_t n) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < n && status == LG_OK; k++) status = take_number(r, &x[k]);
  return status;
}

/* A word of letters, digits and _, up to LG_GATE_NAME - 1. */
static lg_status take_word(reader *r, char word[LG_GATE_NAME]) {
  size_t n = 0;
  blanks(r);
  while (n + 1 < LG_GATE_NAME && (isalnum((unsigned char)r->at[n]) || r->at[n] == '_')) n++;
  if (n == 0) return bad(r, "a word");
  memcpy(word, r->at, n);
  word[n] = '\0';
  r->at += n;
  return LG_OK;
}

static lg_status take_index(reader *r, size_t most, size_t *out) {
  double x;
  lg_status status = take_number(r, &x);
  if (status != LG_OK) return status;
  if (!(x >= 0.0 && x <= (double)most && floor(x) == x)) return bad(r, "a whole number in range before what stands");
  *out = (size_t)x;
  return LG_OK;
}

static lg_status take_choice(reader *r, const char *const *names, size_t n, size_t *out) {
  char word[LG_GATE_NAME];
  lg_status status = take_word(r, word);
  if (status != LG_OK) return status;
  for (*out = 0; *out < n; (*out)++)
    if (strcmp(word, names[*out]) == 0) return LG_OK;
  return lg_fail(r->ctx, LG_ERR_FORMAT, "metadata '%s': '%s' is not known", r->key, word);
}

static lg_status ended(reader *r) {
  blanks(r);
  return *r->at ? bad(r, "the end") : LG_OK;
}

static lg_status read_gates(reader *r, lg_gate_plan *p) {
  lg_status status = LG_OK;
  for (blanks(r); *r->at; blanks(r)) {
    size_t power = 0;
    if (p->n_gates == LG_GATES_MOST) return bad(r, "at most 8 gates");
    LG_TRY(take_word(r, p->name[p->n_gates]));
    if (*r->at++ != ':') {
      r->at--;
      return bad(r, "name:power");
    }
    LG_TRY(take_index(r, 8, &power));
    p->power[p->n_gates++] = (unsigned)power;
  }
done:
  return status;
}

static lg_status read_features(reader *r, lg_gate_plan *p) {
  lg_status status = LG_OK;
  for (;;) {
    lg_gate_feature *f = &p->features[p->n_features];
    size_t sort = 0;
    double x[3] = {0};
    if (p->n_features == LG_GATE_FEATURES) return bad(r, "at most 24 features");
    LG_TRY(take_choice(r, sorts, sizeof sorts / sizeof sorts[0], &sort));
    f->sort = (lg_gate_sort)sort;
    if (f->sort <= LG_GATE_LOGIT) LG_TRY(take_index(r, LG_GATES_MOST, &f->gate));
    LG_TRY(take_numbers(r, x, 3));
    f->inner = x[0], f->offset = x[1], f->factor = x[2];
    p->n_features++;
    blanks(r);
    if (*r->at == '\0') return LG_OK;
    if (*r->at != ';') return bad(r, "';' or the end");
    r->at++;
  }
done:
  return status;
}

static lg_status read_layers(reader *r, lg_gate_plan *p) {
  lg_status status = LG_OK;
  size_t n = 0;
  for (blanks(r); *r->at; blanks(r)) {
    if (n > LG_MLP_LAYERS) return bad(r, "at most 8 layers");
    LG_TRY(take_index(r, LG_MLP_WIDTH, &p->width[n]));
    n++;
  }
  if (n < 2) return bad(r, "inputs and outputs");
  p->n_layers = n - 1;
done:
  return status;
}

static lg_status read_raw(reader *r, lg_gate_plan *p) {
  static const char *const shapes[] = {"linear", "sinh"};
  size_t shape = 0;
  lg_status status = take_number(r, &p->raw_scale);
  if (status == LG_OK) status = take_choice(r, shapes, 2, &shape);
  if (status == LG_OK) p->raw_sinh = shape == 1;
  return status;
}

static lg_status read_ion(reader *r, lg_gate_plan *p) {
  double valence = 0.0;
  lg_status status = take_word(r, p->ion);
  if (status == LG_OK) status = take_number(r, &valence);
  if (status == LG_OK) p->valence = fabs(valence) <= 4.0 ? (int)valence : 99;
  return status;
}

static lg_status read_key(reader *r, size_t key, lg_gate_plan *p) {
  lg_status status = LG_OK;
  size_t choice = 0;
  double x[5] = {0};
  switch (key) {
  case 1:
    LG_TRY(take_choice(r, forms, 2, &choice));
    p->form = (lg_gate_form)choice;
    break;
  case 2:
    LG_TRY(take_choice(r, inputs, 2, &choice));
    p->input = (lg_gate_input)choice;
    break;
  case 3:
    LG_TRY(read_gates(r, p));
    break;
  case 4:
    LG_TRY(read_features(r, p));
    break;
  case 5:
    LG_TRY(read_layers(r, p));
    break;
  case 6:
    LG_TRY(take_choice(r, act_names, sizeof acts / sizeof acts[0], &choice));
    p->act = acts[choice];
    break;
  case 7:
    LG_TRY(take_numbers(r, x, 5));
    p->log_scale = x[0], p->log_open[0] = x[1], p->log_open[1] = x[2], p->log_close[0] = x[3], p->log_close[1] = x[4];
    break;
  case 8:
    LG_TRY(read_raw(r, p));
    break;
  case 9:
    LG_TRY(take_numbers(r, p->range_u, 2));
    break;
  case 10:
    LG_TRY(take_numbers(r, p->range_udot, 2));
    break;
  case 11:
    for (size_t k = 0; k < p->n_gates; k++) LG_TRY(take_numbers(r, p->range_gates[k], 2));
    break;
  case 12:
    LG_TRY(take_number(r, &p->rest_u));
    LG_TRY(take_numbers(r, p->rest, p->n_gates));
    break;
  case 13:
    LG_TRY(take_numbers(r, x, 2));
    p->celsius = x[0], p->q10 = x[1];
    break;
  default:
    LG_TRY(read_ion(r, p));
    break;
  }
  LG_TRY(ended(r));
done:
  return status;
}

bool lg_gate_net_is(const lg_safetensors *file) {
  const char *schema = lg_safetensors_metadata(file, "schema");
  return schema && strncmp(schema, "loligo-gate-net/", strlen("loligo-gate-net/")) == 0;
}

static lg_status read_plan(lg_ctx *ctx, const lg_safetensors *file, lg_gate_plan *p) {
  const char *schema = lg_safetensors_metadata(file, "schema");
  if (!schema || strcmp(schema, SCHEMA) != 0)
    return lg_fail(ctx, LG_ERR_FORMAT, "no network of gates (its schema is %.60s, wanted is " SCHEMA ")",
                   schema ? schema : "not told");
  *p = (lg_gate_plan){.celsius = (double)NAN, .q10 = 1.0, .raw_scale = 1.0};
  (void)snprintf(p->ion, sizeof p->ion, "none");
  for (size_t k = 1; k < KEYS; k++) {
    reader r = {ctx, keys[k], lg_safetensors_metadata(file, keys[k])};
    if (!r.at && (k == 8 || k >= 13)) continue;
    if (!r.at) return lg_fail(ctx, LG_ERR_FORMAT, "a network of gates without the metadata '%s'", keys[k]);
    const lg_status status = read_key(&r, k, p);
    if (status != LG_OK) return status;
  }
  return LG_OK;
}

lg_status lg_gate_net_parse(lg_ctx *ctx, const lg_safetensors *file, lg_gate_net **out) {
  lg_status status = LG_OK;
  lg_gate_plan plan;
  lg_params params = {0};
  lg_dense layers[LG_MLP_LAYERS];
  float *theta = NULL;
  *out = NULL;
  LG_TRY(read_plan(ctx, file, &plan));
  LG_TRY(lg_gate_plan_layers(ctx, &plan, &params, layers));
  if (lg_safetensors_count(file) != params.n) {
    status = lg_fail(ctx, LG_ERR_FORMAT, "%zu tensors; %zu layers have %zu", lg_safetensors_count(file), plan.n_layers,
                     params.n);
    goto done;
  }
  for (size_t k = 0; k < params.n; k++) { /* shapes before memory: the file bounds what is allocated */
    const void *data = NULL;
    LG_TRY(lg_safetensors_get(ctx, file, params.items[k].name, LG_DTYPE_F32, params.items[k].rank,
                              params.items[k].shape, &data));
  }
  LG_NEW(ctx, theta, params.count);
  LG_TRY(lg_f32_params_load(ctx, &params, file, theta));
  LG_TRY(lg_gate_net_create(ctx, &plan, theta, out));
done:
  lg_params_clear(ctx, &params);
  lg_free(ctx, theta);
  return status;
}
