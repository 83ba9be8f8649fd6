#include "twin/report_schema.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define NONE ((double)NAN)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RECORD(name, type, table) const lg_record name = {table, COUNT(table), sizeof(type)}
#define KEY(type, name, kind, member)                                                                                  \
  { name, kind, offsetof(type, member), NONE }

/* clang-format off */
#define D(name, kind, member) KEY(lg_report_data, name, kind, member)
static const lg_key head[] = {
    D("title", LG_KEY_TEXT, title),       D("source", LG_KEY_TEXT, source),
    D("format", LG_KEY_TEXT, format),     D("pairing", LG_KEY_TEXT, pairing),
    D("protocol", LG_KEY_TEXT, protocol), D("created_utc", LG_KEY_TEXT, created),
    D("model", LG_KEY_TEXT, model),       D("variant", LG_KEY_TEXT, variant),
    D("stage", LG_KEY_TEXT, stage),       D("domain", LG_KEY_TEXT, domain),
    D("accepted", LG_KEY_FLAG, accepted), D("chi2_per_sample", LG_KEY_NUMBER, chi2_per_sample),
    D("noise_mV", LG_KEY_NUMBER, noise_mV),
};
#define S(name, kind, member) KEY(lg_report_sweep, name, kind, member)
static const lg_key sweep[] = {
    S("sweep", LG_KEY_INTEGER, number),
    S("fitted", LG_KEY_FLAG, fitted),
    S("samples", LG_KEY_SIZE, n),
    {"dt_ms", LG_KEY_NUMBER, offsetof(lg_report_sweep, dt_ms), 0.0},
    {"t0_ms", LG_KEY_NUMBER, offsetof(lg_report_sweep, t0_ms), 0.0},
    S("I_step_pA", LG_KEY_NUMBER, step_pA),
    S("t_on_ms", LG_KEY_NUMBER, step_on_ms),
    S("t_off_ms", LG_KEY_NUMBER, step_off_ms),
    S("n_spikes", LG_KEY_COUNT, n_spikes),
    S("n_spikes_twin", LG_KEY_COUNT, n_spikes_twin),
    S("n_spikes_twin_lo95", LG_KEY_NUMBER, n_spikes_twin_lo),
    S("n_spikes_twin_hi95", LG_KEY_NUMBER, n_spikes_twin_hi),
};
#define P(name, kind, member) KEY(lg_report_parameter, name, kind, member)
static const lg_key parameter[] = {
    P("name", LG_KEY_NAME, name),                 P("unit", LG_KEY_TEXT, unit),
    P("meaning", LG_KEY_TEXT, meaning),           P("value", LG_KEY_NUMBER, value),
    P("sd", LG_KEY_NUMBER, sd),                   P("lo95", LG_KEY_NUMBER, lo95),
    P("hi95", LG_KEY_NUMBER, hi95),               P("prior_low", LG_KEY_NUMBER, prior_low),
    P("prior_high", LG_KEY_NUMBER, prior_high),   P("held_out_r2", LG_KEY_NUMBER, held_out_r2),
    P("held_out_error_percent", LG_KEY_NUMBER, held_out_error_percent),
};
#define F(name, kind, member) KEY(lg_report_feature, name, kind, member)
static const lg_key feature[] = {
    F("name", LG_KEY_NAME, name),             F("unit", LG_KEY_TEXT, unit), F("meaning", LG_KEY_TEXT, meaning),
    F("recording", LG_KEY_NUMBER, recording), F("twin", LG_KEY_NUMBER, twin),
};
#define C(name, kind, member) KEY(lg_report_candidate, name, kind, member)
static const lg_key candidate[] = {
    C("model", LG_KEY_TEXT, model),         C("variant", LG_KEY_TEXT, variant),
    C("chi2_per_sample", LG_KEY_NUMBER, chi2_per_sample),
    C("count_rmse", LG_KEY_NUMBER, count_rmse),
    C("accepted", LG_KEY_FLAG, accepted),   C("chosen", LG_KEY_FLAG, chosen), C("note", LG_KEY_TEXT, note),
};
/* JSON has no infinity: an open bound is null, as an unknown number is. */
#define R(name, kind, member) KEY(lg_report_check, name, kind, member)
static const lg_key check[] = {
    R("name", LG_KEY_NAME, name), R("unit", LG_KEY_TEXT, unit), R("value", LG_KEY_NUMBER, value),
    {"low", LG_KEY_NUMBER, offsetof(lg_report_check, low), -(double)INFINITY},
    {"high", LG_KEY_NUMBER, offsetof(lg_report_check, high), (double)INFINITY},
    R("passed", LG_KEY_FLAG, passed),
};
static const lg_key fact[] = {
    KEY(lg_report_fact, "name", LG_KEY_TEXT, name), KEY(lg_report_fact, "text", LG_KEY_TEXT, text),
};
/* clang-format on */

RECORD(lg_record_head, lg_report_data, head);
RECORD(lg_record_sweep, lg_report_sweep, sweep);
RECORD(lg_record_parameter, lg_report_parameter, parameter);
RECORD(lg_record_feature, lg_report_feature, feature);
RECORD(lg_record_candidate, lg_report_candidate, candidate);
RECORD(lg_record_check, lg_report_check, check);
RECORD(lg_record_fact, lg_report_fact, fact);

/* ---- write ------------------------------------------------------------------------------------------------ */

/* Copy a member out of a struct. */
#define MEMBER(variable) memcpy(&(variable), (const char *)from + k->offset, sizeof(variable))

static void put_key(lg_json *w, const lg_key *k, const void *from) {
  const char *text;
  double number;
  bool flag;
  int count;
  size_t size;
  char letter[2] = {0, 0};
  switch (k->kind) {
  case LG_KEY_NAME:
  case LG_KEY_TEXT:
    MEMBER(text);
    lg_json_key_text(w, k->key, text);
    return;
  case LG_KEY_NUMBER:
    MEMBER(number);
    lg_json_key_number(w, k->key, number);
    return;
  case LG_KEY_FLAG:
  case LG_KEY_MAYBE:
    MEMBER(flag);
    lg_json_key_boolean(w, k->key, flag);
    return;
  case LG_KEY_COUNT:
  case LG_KEY_INTEGER:
    MEMBER(count);
    lg_json_key(w, k->key);
    if (k->kind == LG_KEY_COUNT && count < 0) lg_json_null(w);
    else lg_json_integer(w, count);
    return;
  case LG_KEY_SIZE:
    MEMBER(size);
    lg_json_key_integer(w, k->key, (int64_t)size);
    return;
  case LG_KEY_LETTER:
    MEMBER(letter[0]);
    lg_json_key_text(w, k->key, letter[0] && letter[0] != '-' ? letter : NULL);
    return;
  }
}

void lg_record_put(lg_json *w, const lg_record *record, const void *from) {
  for (size_t k = 0; k < record->n; k++) put_key(w, &record->keys[k], from);
}

void lg_records_put(lg_json *w, const char *key, const lg_record *record, const void *from, size_t n) {
  lg_json_key(w, key);
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) {
    lg_json_object(w);
    lg_record_put(w, record, (const char *)from + k * record->bytes);
    lg_json_end_object(w);
  }
  lg_json_end_array(w);
}

void lg_texts_put(lg_json *w, const char *key, const char *const *texts, size_t n) {
  lg_json_key(w, key);
  lg_json_array(w);
  for (size_t k = 0; k < n; k++) lg_json_text(w, texts[k]);
  lg_json_end_array(w);
}

/* ---- read ------------------------------------------------------------------------------------------------- */

static lg_status get_integer(lg_ctx *ctx, const lg_json_at *at, const lg_key *k, void *to) {
  const bool size = k->kind == LG_KEY_SIZE, count = k->kind == LG_KEY_COUNT;
  const int64_t low = k->kind == LG_KEY_INTEGER ? -2147483647 : 0;
  int64_t x = -1;
  if (count && !lg_json_has(at, k->key)) x = -1;
  else {
    const lg_status status = lg_json_get_integer(ctx, at, k->key, low, size ? 2000000000 : 2147483647, &x);
    if (status != LG_OK) return status;
  }
  const size_t as_size = (size_t)x;
  const int as_int = (int)x;
  if (size) memcpy((char *)to + k->offset, &as_size, sizeof as_size);
  else memcpy((char *)to + k->offset, &as_int, sizeof as_int);
  return LG_OK;
}

static lg_status get_key(lg_ctx *ctx, const lg_json_at *at, const lg_key *k, void *to) {
  const double any = 1.7976931348623157e308;
  lg_status status = LG_OK;
  const char *text = NULL;
  double number = k->absent;
  bool flag = false;
  char *member = (char *)to + k->offset;
  switch (k->kind) {
  case LG_KEY_NAME:
    status = lg_json_get_text(ctx, at, k->key, &text);
    memcpy(member, &text, sizeof text);
    break;
  case LG_KEY_TEXT:
    status = lg_json_get_text_or(ctx, at, k->key, NULL, &text);
    memcpy(member, &text, sizeof text);
    break;
  case LG_KEY_LETTER:
    status = lg_json_get_text_or(ctx, at, k->key, "-", &text);
    if (status == LG_OK) *member = text[0];
    break;
  case LG_KEY_NUMBER:
    status = lg_json_get_number_or(ctx, at, k->key, NULL, -any, any, k->absent, &number);
    memcpy(member, &number, sizeof number);
    break;
  case LG_KEY_FLAG:
  case LG_KEY_MAYBE:
    if (k->kind == LG_KEY_FLAG || lg_json_has(at, k->key)) status = lg_json_get_boolean(ctx, at, k->key, &flag);
    memcpy(member, &flag, sizeof flag);
    break;
  case LG_KEY_COUNT:
  case LG_KEY_INTEGER:
  case LG_KEY_SIZE:
    status = get_integer(ctx, at, k, to);
    break;
  }
  return status;
}

lg_status lg_record_get(lg_ctx *ctx, const lg_json_at *at, const lg_record *record, void *to) {
  lg_status status = LG_OK;
  for (size_t k = 0; k < record->n && status == LG_OK; k++) status = get_key(ctx, at, &record->keys[k], to);
  return status;
}
