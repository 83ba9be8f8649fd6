/* Learned gates beside what they were learned from: recordings they have not seen, waves, memory, duration. */
#include "twin/gate_validate.h"

#include "calcium/gate_net.h"
#include "twin/clamp_file.h"
#include "twin/gate_file.h"
#include "twin/gate_train.h"

#include <math.h>
#include <string.h>

enum { UNSEEN_SEED = 20260, N_UNSEEN = 60 };

typedef struct check {
  lg_ctx *ctx;
  const gate_validation *what;
  calcium_constants constants;
} check;

static bool wanted(const check *c, int row) { return c->what->only == 0 || c->what->only == row; }

static void say(const check *c, int row, const char *what, double value, double should, const char *unit, double error,
                const char *error_unit, double must, double goal) {
  const lg_merit f = {.row = row,
                      .what = what,
                      .value = value,
                      .wanted = should,
                      .unit = unit,
                      .error = error,
                      .error_unit = error_unit,
                      .must = must,
                      .goal = goal};
  c->what->say(c->what->user, &f);
}

static void say_percent(const check *c, int row, const char *what, double value, double should, const char *unit,
                        double must, double goal) {
  say(c, row, what, value, should, unit, 100.0 * fabs(value / should - 1.0), "%", must, goal);
}

static lg_status load(const check *c, const char *name, lg_gate_net **net) {
  char path[4096];
  *net = NULL;
  if (!c->what->find(c->what->user, name, path, sizeof path))
    return lg_fail(c->ctx, LG_ERR_NOT_FOUND, "there is no network %s.safetensors", name);
  return lg_gate_net_load(c->ctx, path, net);
}

/* ---- row 11: recordings it has not seen --------------------------------------------------------------- */

static lg_status unseen(const check *c, clamp_kind kind, double closing, unsigned families, gate_data **out) {
  const clamp_set set = {{kind, &c->constants, closing}, families, 0, N_UNSEEN, UNSEEN_SEED, 1e-9};
  return lg_clamp_data(c->ctx, &set, out);
}

typedef struct player {
  const gate_data *data;
  size_t row;
} player;

static void drive(const void *user, double t, double *u, double *udot) {
  const player *p = user;
  const double a = p->data->t_s[p->row], b = p->data->t_s[p->row + 1];
  lg_gate_data_at(p->data, p->row, (t - a) / (b - a), u, udot);
}

/* What the closure makes of the same u: as far as one state can go by formula. */
static lg_status closure_rmse(const check *c, const gate_data *d, double *rmse) {
  const clamp_channel channel = {CLAMP_CLOSURE, &c->constants, 0.0};
  double square = 0.0;
  for (size_t k = 0; k < d->n_protocols; k++) {
    const gate_protocol *p = &d->protocols[k];
    double y[CLAMP_STATES] = {d->open[p->first]};
    for (size_t i = p->first; i + 1 < p->first + p->n; i++) {
      const player play = {d, i};
      const lg_status status = lg_clamp_move(c->ctx, &channel, drive, &play, d->t_s[i], d->t_s[i + 1], 1e-7, y);
      if (status != LG_OK) return status;
      square += (y[0] - d->open[i + 1]) * (y[0] - d->open[i + 1]);
    }
  }
  *rmse = sqrt(square / (double)d->n);
  return LG_OK;
}

static lg_status play(const check *c, const char *name, const gate_data *d, const char *words, double must,
                      double goal) {
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  gate_score s = {0};
  LG_TRY(load(c, name, &net));
  LG_TRY(lg_gate_score(c->ctx, net, d, &s));
  say(c, 11, words, s.rmse, 0.0, "", s.rmse, "", must, goal);
done:
  lg_gate_score_clear(c->ctx, &s);
  lg_gate_net_destroy(c->ctx, net);
  return status;
}

static lg_status recordings(const check *c) {
  static const struct {
    const char *name;
    clamp_kind kind;
    double closing;
    const char *words;
  } others[] = {{"rise-100", CLAMP_RISE, 100.0, "RMSE(P), 60 unseen transients, rise gate kc 100/s"},
                {"hh-na", CLAMP_HH_NA, 0.0, "RMSE(P), 60 unseen protocols, squid sodium, 1 latent gate"},
                {"hh-k", CLAMP_HH_K, 0.0, "RMSE(P), 60 unseen protocols, squid potassium"}};
  const double none = (double)NAN;
  lg_status status = LG_OK;
  gate_data *d = NULL;
  double limit = 0.0;
  LG_TRY(unseen(c, CLAMP_KL, 0.0, CLAMP_TRANSIENTS, &d));
  LG_TRY(play(c, "kl", d, "RMSE(P), 60 unseen transients, one gate", 0.06, 0.03));
  LG_TRY(closure_rmse(c, d, &limit));
  say(c, 11, "  the closure formula on the same (limit without memory)", limit, 0.0, "", limit, "", none, none);
  LG_TRY(play(c, "kl-latent", d, "RMSE(P), 60 unseen transients, 1 latent gate", 0.03, 0.01));
  LG_TRY(play(c, "kl-paper", d, "  the paper's form (P' by explicit Euler)", none, none));
  for (size_t k = 0; k < sizeof others / sizeof others[0]; k++) {
    const bool voltage = lg_clamp_about(others[k].kind)->voltage;
    lg_gate_data_destroy(c->ctx, d);
    d = NULL;
    LG_TRY(unseen(c, others[k].kind, others[k].closing, voltage ? CLAMP_ALL & ~CLAMP_STARTS : CLAMP_TRANSIENTS, &d));
    LG_TRY(play(c, others[k].name, d, others[k].words, none, 0.01));
  }
done:
  lg_gate_data_destroy(c->ctx, d);
  return status;
}

/* ---- rows 12, 13, 15: waves --------------------------------------------------------------------------- */

static lg_status compare(const check *c, const char *name, const char *label, double must_speed, double must_peak,
                         double must_above, double goal) {
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  gate_wave_score s;
  char words[96];
  gate_train_options o = lg_gate_train_defaults(LG_GATE_CALCIUM);
  o.wave = GATE_WAVE_KL;
  o.constants = &c->constants;
  LG_TRY(load(c, name, &net));
  LG_TRY(lg_gate_wave_score(c->ctx, net, &o, true, 0.1, 2.5e-6, &s));
  (void)snprintf(words, sizeof words, "speed of the wave, %s, beside KL", label);
  say_percent(c, 12, words, s.net.speed_um_s, s.reference.speed_um_s, "um/s", must_speed, goal);
  (void)snprintf(words, sizeof words, "peak of c, %s", label);
  say_percent(c, 12, words, s.net.peak_uM, s.reference.peak_uM, "uM", must_peak, goal);
  (void)snprintf(words, sizeof words, "c above 1 uM, %s", label);
  say_percent(c, 12, words, s.net.above_threshold_ms, s.reference.above_threshold_ms, "ms", must_above, goal);
  (void)snprintf(words, sizeof words, "P half-duration, %s", label);
  say_percent(c, 12, words, s.net.open_half_ms, s.reference.open_half_ms, "ms", (double)NAN, (double)NAN);
done:
  lg_gate_net_destroy(c->ctx, net);
  return status;
}

/* Speed at a step of 10 and of 1.25 us, and how far P went. */
static lg_status steps(const check *c, const char *name, const char *label, bool judged) {
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  gate_wave_score coarse, fine;
  char words[96];
  const double none = (double)NAN;
  gate_train_options o = lg_gate_train_defaults(LG_GATE_CALCIUM);
  o.wave = GATE_WAVE_RISE; /* a short run is enough */
  o.constants = &c->constants;
  LG_TRY(load(c, name, &net));
  LG_TRY(lg_gate_wave_score(c->ctx, net, &o, false, 0.1, 1e-5, &coarse));
  LG_TRY(lg_gate_wave_score(c->ctx, net, &o, false, 0.1, 1.25e-6, &fine));
  (void)snprintf(words, sizeof words, "speed, dt 10 to 1.25 us, %s", label);
  say_percent(c, 13, words, coarse.net.speed_um_s, fine.net.speed_um_s, "um/s", judged ? 1.0 : none,
              judged ? 0.3 : none);
  const double low = fmin(coarse.net.open_low, fine.net.open_low),
               high = fmax(coarse.net.open_high, fine.net.open_high);
  (void)snprintf(words, sizeof words, "P outside 0 ... 1, %s", label);
  say(c, 13, words, high, 1.0, "", fmax(fmax(-low, high - 1.0), 0.0), "", judged ? 0.0 : none, none);
done:
  lg_gate_net_destroy(c->ctx, net);
  return status;
}

static lg_status waves(const check *c) {
  lg_status status = LG_OK;
  const double none = (double)NAN;
  if (wanted(c, 12)) {
    LG_TRY(compare(c, "kl", "one gate", 2.0, 4.0, 1.0, 0.3));
    LG_TRY(compare(c, "kl-latent", "1 latent gate", 2.0, 4.0, 1.0, 0.3));
    LG_TRY(compare(c, "kl-paper", "the paper's form", none, none, none, none));
  }
  if (wanted(c, 13)) {
    LG_TRY(steps(c, "kl", "one gate", true));
    LG_TRY(steps(c, "kl-latent", "1 latent gate", true));
    LG_TRY(steps(c, "kl-paper", "the paper's form", false));
  }
done:
  return status;
}

static lg_status durations(check *c) {
  static const double closing[4] = {30.0, 100.0, 300.0, 800.0};
  lg_status status = LG_OK;
  lg_gate_net *net = NULL;
  gate_train_options o = lg_gate_train_defaults(LG_GATE_CALCIUM);
  o.wave = GATE_WAVE_RISE;
  o.constants = &c->constants;
  for (size_t k = 0; k < 4; k++) {
    char name[32], words[96];
    gate_wave_score s;
    (void)snprintf(name, sizeof name, "rise-%g", closing[k]);
    c->constants.rise_closing = closing[k];
    LG_TRY(load(c, name, &net));
    LG_TRY(lg_gate_wave_score(c->ctx, net, &o, false, 0.05, 2.5e-6, &s));
    (void)snprintf(words, sizeof words, "P half-duration, retrained for kc %g/s", closing[k]);
    say_percent(c, 15, words, s.net.open_half_ms, s.reference.open_half_ms, "ms", 5.0, 1.0);
    (void)snprintf(words, sizeof words, "speed, retrained for kc %g/s", closing[k]);
    say_percent(c, 15, words, s.net.speed_um_s, s.reference.speed_um_s, "um/s", (double)NAN, 0.3);
    lg_gate_net_destroy(c->ctx, net);
    net = NULL;
  }
done:
  lg_gate_net_destroy(c->ctx, net);
  return status;
}

/* ---- row 14: memory ----------------------------------------------------------------------------------- */

/* Largest P between two times. */
static double peak(const gate_data *d, const double *open, double from, double to) {
  double most = 0.0;
  for (size_t i = 0; i < d->n; i++)
    if (d->t_s[i] >= from && d->t_s[i] <= to && open[i] > most) most = open[i];
  return most;
}

typedef struct pair {
  const char *words;
  clamp_kind kind;
  double rest, level, length_s, pause_s;
} pair;

/* Two equal pulses: the second peak of P over the first. */
static lg_status two_pulses(const check *c, const char *name, const pair *p, double must, double goal) {
  lg_status status = LG_OK;
  const clamp_channel channel = {p->kind, &c->constants, 0.0};
  clamp_protocol protocol = {.rest = p->rest, .n = 2};
  clamp_rows rows = {0};
  gate_data *d = NULL;
  lg_gate_net *net = NULL;
  double *open = NULL;
  const double on = 0.1 * p->pause_s, off = on + p->length_s, again = off + p->pause_s, end = again + p->length_s;
  for (int k = 0; k < 2; k++)
    protocol.parts[k] = (clamp_part){
        .kind = CLAMP_TRAPEZOID, .size = p->level - p->rest, .from_s = k ? again : on, .to_s = k ? end : off};
  protocol.end_s = end;
  LG_TRY(lg_clamp_run(c->ctx, &channel, &protocol, 1e-10, 100000, &rows));
  LG_TRY(lg_gate_data_create(c->ctx, lg_clamp_about(p->kind)->voltage, 1, rows.n, &d));
  d->protocols[0].n = rows.n;
  for (size_t i = 0; i < rows.n; i++) {
    const double *row = rows.row + CLAMP_ROW * i;
    d->t_s[i] = row[0];
    d->u[i] = row[1];
    d->udot[i] = row[2];
    d->open[i] = row[3];
  }
  LG_TRY(load(c, name, &net));
  LG_NEW(c->ctx, open, d->n);
  lg_gate_replay(net, d, 2e-5, open, NULL);
  const double truth = peak(d, d->open, again, end) / peak(d, d->open, on, off);
  const double learned = peak(d, open, again, end) / peak(d, open, on, off);
  say(c, 14, p->words, learned, truth, "", fabs(learned - truth), "", must, goal);
done:
  lg_free(c->ctx, open);
  lg_gate_net_destroy(c->ctx, net);
  lg_gate_data_destroy(c->ctx, d);
  lg_clamp_rows_clear(c->ctx, &rows);
  return status;
}

static lg_status memory(const check *c) {
  static const pair kl = {
      "KL 0.6 uM 5 s, pause 0.5 s: second peak / first, 1 latent gate", CLAMP_KL, 0.05, 0.6, 5.0, 0.5};
  static const pair again = {"KL 1 uM 2 s, pause 1 s: 1 latent gate", CLAMP_KL, 0.05, 1.0, 2.0, 1.0};
  static const pair blind = {"  the same with one gate (it has no memory)", CLAMP_KL, 0.05, 0.6, 5.0, 0.5};
  static const pair na = {
      "squid sodium, pulses of 3 ms to 0 mV, pause 1 ms, 1 latent gate", CLAMP_HH_NA, -65.0, 0.0, 3e-3, 1e-3};
  static const pair na3 = {"squid sodium, pause 3 ms, 1 latent gate", CLAMP_HH_NA, -65.0, 0.0, 3e-3, 3e-3};
  const double none = (double)NAN;
  lg_status status = LG_OK;
  LG_TRY(two_pulses(c, "kl-latent", &kl, 0.05, 0.01));
  LG_TRY(two_pulses(c, "kl-latent", &again, 0.05, 0.01));
  LG_TRY(two_pulses(c, "kl", &blind, none, none));
  LG_TRY(two_pulses(c, "hh-na", &na, 0.05, 0.01));
  LG_TRY(two_pulses(c, "hh-na", &na3, 0.05, 0.01));
done:
  return status;
}

lg_status lg_gate_validate(lg_ctx *ctx, const gate_validation *what) {
  lg_status status = LG_OK;
  check c = {ctx, what, lg_calcium_constants_default()};
  if (wanted(&c, 11)) LG_TRY(recordings(&c));
  LG_TRY(waves(&c));
  if (wanted(&c, 14)) LG_TRY(memory(&c));
  if (wanted(&c, 15)) LG_TRY(durations(&c));
done:
  return status;
}
