/* Local derivatives of a mechanism from its own functions, by differences on a shadow of its block. */
#include "cable/slopes.h"

#include "cable/slopes_known.h"

#include <math.h>
#include <string.h>

enum { MAX_SLOTS = 256, POINTS = 4 };

/* A copy of a block on nodes of its own: instance k stands at node k. With a moved field it has its own parameters. */
typedef struct shadow {
  bool borrows; /* all arrays but the moved field's are another shadow's */
  cable_block block;
  cable_ion *ions;
  cable_ion **ion_list;
  double **parameters, **states;
  double *v, *g, *i;
  uint32_t *node;
  double *moved; /* the moved field's values; NULL: none is */
  bool prepared;
} shadow;

/* Inputs that are moved together, and the slopes that come of it. */
typedef struct column {
  bool straight; /* two points are enough */
  bool field;    /* a field, moved in shadows of its own */
  size_t n_in;
  cable_slot in[MAX_SLOTS];
  size_t place[MAX_SLOTS]; /* of an input among all */
  shadow at[POINTS];       /* of a field */
  size_t first, n_slopes;  /* of the function's list */
  size_t *of_input;        /* (n_slopes) input of the column that each belongs to */
} column;

typedef struct function_slopes {
  size_t n_columns, n_slopes;
  column *columns;
  cable_slope *slopes;
} function_slopes;

struct cable_slopes {
  const cable_block *block;
  size_t length; /* padded */
  cable_moment now;
  shadow at; /* for all but fields */
  function_slopes of[CABLE_FUNCTIONS];
  size_t n_in, n_out, n_fields;
  size_t n_plain;       /* of the inputs those that are no fields; they stand first */
  double *base, *steps; /* (n_plain + 1, length) inputs as they are, and how far they are moved */
  cable_slot in[MAX_SLOTS], out[MAX_SLOTS];
  const cable_known *known; /* NULL: by differences */
  double *known_value[CABLE_KNOWN_MOST];
  shadow (*fields)[POINTS]; /* (n_fields) each wanted field moved, for events; NULL where no events are taken */
};

static size_t padded(size_t n) { return (n + 7) / 8 * 8; }

/* ---- shadows ---------------------------------------------------------------------------------- */

static void release_arrays(lg_ctx *ctx, shadow *s) {
  const cable_mechanism *kind = s->block.kind;
  for (size_t q = 0; s->states && q < kind->n_states; q++) lg_free(ctx, s->states[q]);
  for (size_t q = 0; s->ions && q < kind->n_ions; q++) {
    lg_free(ctx, s->ions[q].reversal_mV);
    lg_free(ctx, s->ions[q].inside_mM);
    lg_free(ctx, s->ions[q].outside_mM);
    lg_free(ctx, s->ions[q].current_mA_cm2);
    lg_free(ctx, s->ions[q].conductance_S_cm2);
  }
  lg_free(ctx, s->states);
  lg_free(ctx, s->ions);
  lg_free(ctx, s->ion_list);
  lg_free(ctx, s->v);
  lg_free(ctx, s->g);
  lg_free(ctx, s->i);
  lg_free(ctx, s->node);
}

static void release_shadow(lg_ctx *ctx, shadow *s) {
  const cable_mechanism *kind = s->block.kind;
  if (!kind) return;
  if (s->prepared && kind->release) kind->release(ctx, &s->block);
  lg_free(ctx, s->parameters);
  lg_free(ctx, s->moved);
  if (!s->borrows) release_arrays(ctx, s);
  memset(s, 0, sizeof *s);
}

static lg_status shadow_ions(lg_ctx *ctx, const cable_block *from, size_t n, shadow *s) {
  lg_status status = LG_OK;
  const size_t n_ions = from->kind->n_ions;
  LG_NEW(ctx, s->ions, n_ions);
  LG_NEW(ctx, s->ion_list, n_ions);
  for (size_t q = 0; q < n_ions; q++) {
    s->ions[q] = *from->ion[q];
    s->ion_list[q] = &s->ions[q];
    s->ions[q].reversal_mV = s->ions[q].inside_mM = s->ions[q].outside_mM = s->ions[q].current_mA_cm2 =
        s->ions[q].conductance_S_cm2 = NULL;
  }
  for (size_t q = 0; q < n_ions; q++) {
    LG_NEW(ctx, s->ions[q].reversal_mV, n);
    LG_NEW(ctx, s->ions[q].inside_mM, n);
    LG_NEW(ctx, s->ions[q].outside_mM, n);
    LG_NEW(ctx, s->ions[q].current_mA_cm2, n);
    LG_NEW(ctx, s->ions[q].conductance_S_cm2, n);
  }
done:
  return status;
}

static lg_status shadow_arrays(lg_ctx *ctx, const cable_block *from, size_t n, shadow *s) {
  lg_status status = LG_OK;
  const cable_mechanism *kind = from->kind;
  LG_NEW(ctx, s->v, n);
  LG_NEW(ctx, s->g, n);
  LG_NEW(ctx, s->i, n);
  LG_NEW(ctx, s->node, n);
  for (size_t k = 0; k < n; k++) s->node[k] = (uint32_t)k;
  if (kind->n_states > 0) LG_NEW(ctx, s->states, kind->n_states);
  for (size_t q = 0; q < kind->n_states; q++) LG_NEW(ctx, s->states[q], n);
  if (kind->n_ions > 0) LG_TRY(shadow_ions(ctx, from, n, s));
  for (size_t q = 0; q < kind->n_ions; q++) /* prepare() may look at reversals */
    for (size_t k = 0; k < n; k++) {
      const uint32_t at = from->node[k < from->number ? k : from->number - 1];
      s->ions[q].reversal_mV[k] = from->ion[q]->reversal_mV[at];
      s->ions[q].inside_mM[k] = from->ion[q]->inside_mM[at];
      s->ions[q].outside_mM[k] = from->ion[q]->outside_mM[at];
    }
done:
  return status;
}

/* A shadow with arrays of its own, or, with a field (moved) whose values are made by value(x, point), on those of
 * `base`. */
static lg_status make_shadow(lg_ctx *ctx, const cable_block *from, double celsius, const shadow *base, size_t moved,
                             double (*value)(double x, int point), int point, shadow *s) {
  lg_status status = LG_OK;
  const cable_mechanism *kind = from->kind;
  const size_t n = padded(from->number);
  memset(s, 0, sizeof *s);
  if (base) {
    *s = *base;
    s->borrows = true;
    s->parameters = NULL;
    s->prepared = false;
  }
  s->block = *from;
  s->block.own = NULL;
  s->block.memory = NULL;
  if (!base) LG_TRY(shadow_arrays(ctx, from, n, s));
  LG_NEW(ctx, s->parameters, kind->n_parameters > 0 ? kind->n_parameters : 1);
  for (size_t q = 0; q < kind->n_parameters; q++) s->parameters[q] = from->parameter[q];
  if (base) {
    LG_NEW(ctx, s->moved, n);
    for (size_t k = 0; k < n; k++) s->moved[k] = value(from->parameter[moved][k], point);
    s->parameters[moved] = s->moved;
  }
  s->block.node = s->node;
  s->block.contiguous = s->block.tiled = true;
  s->block.parameter = s->parameters;
  s->block.state = s->states;
  s->block.ion = s->ion_list;
  if (kind->prepare) LG_TRY(kind->prepare(ctx, &s->block, celsius));
  s->prepared = true;
done:
  return status;
}

/* ---- slots ------------------------------------------------------------------------------------ */

static double *place_of(shadow *s, cable_slot slot) {
  switch (slot.sort) {
  case CABLE_SLOT_V:
    return s->v;
  case CABLE_SLOT_STATE:
    return s->states[slot.index];
  case CABLE_SLOT_REVERSAL:
    return s->ions[slot.index].reversal_mV;
  case CABLE_SLOT_INSIDE:
    return s->ions[slot.index].inside_mM;
  case CABLE_SLOT_ION_CURRENT:
    return s->ions[slot.index].current_mA_cm2;
  case CABLE_SLOT_ION_CONDUCTANCE:
    return s->ions[slot.index].conductance_S_cm2;
  case CABLE_SLOT_G:
    return s->g;
  case CABLE_SLOT_I:
    return s->i;
  case CABLE_SLOT_PARAMETER:
    break;
  }
  return NULL;
}

static void add(cable_slot *list, size_t *n, cable_slot_sort sort, size_t index) {
  if (*n < MAX_SLOTS) list[(*n)++] = (cable_slot){sort, (uint32_t)index};
}

static void list_slots(cable_slopes *s) {
  const cable_mechanism *kind = s->block->kind;
  add(s->in, &s->n_in, CABLE_SLOT_V, 0);
  add(s->out, &s->n_out, CABLE_SLOT_G, 0);
  add(s->out, &s->n_out, CABLE_SLOT_I, 0);
  for (size_t q = 0; q < kind->n_states; q++) {
    add(s->in, &s->n_in, CABLE_SLOT_STATE, q);
    add(s->out, &s->n_out, CABLE_SLOT_STATE, q);
  }
  for (size_t q = 0; q < kind->n_ions; q++) {
    add(s->in, &s->n_in, CABLE_SLOT_REVERSAL, q);
    add(s->in, &s->n_in, CABLE_SLOT_INSIDE, q);
    add(s->in, &s->n_in, CABLE_SLOT_ION_CURRENT, q);
    if (kind->ions[q].writes_inside) add(s->out, &s->n_out, CABLE_SLOT_INSIDE, q);
    if (!kind->ions[q].writes_current) continue;
    add(s->out, &s->n_out, CABLE_SLOT_ION_CURRENT, q);
    add(s->out, &s->n_out, CABLE_SLOT_ION_CONDUCTANCE, q);
  }
}

/* Whether a slot is what a function may write. */
static bool is_output(cable_slot slot, cable_function function) {
  if (function == CABLE_DO_CURRENT)
    return slot.sort == CABLE_SLOT_G || slot.sort == CABLE_SLOT_I || slot.sort == CABLE_SLOT_ION_CURRENT ||
           slot.sort == CABLE_SLOT_ION_CONDUCTANCE;
  return slot.sort == CABLE_SLOT_STATE || slot.sort == CABLE_SLOT_INSIDE;
}

/* ---- evaluation ------------------------------------------------------------------------------- */

static const double *source_of(const cable_block *b, const cable_moment *now, cable_slot slot) {
  switch (slot.sort) {
  case CABLE_SLOT_V:
    return now->v;
  case CABLE_SLOT_STATE:
    return b->state[slot.index];
  case CABLE_SLOT_REVERSAL:
    return b->ion[slot.index]->reversal_mV;
  case CABLE_SLOT_INSIDE:
    return b->ion[slot.index]->inside_mM;
  case CABLE_SLOT_ION_CURRENT:
    return b->ion[slot.index]->current_mA_cm2;
  default:
    return NULL;
  }
}

/* What `current` adds to. */
static void zero_sums(const cable_slopes *s, shadow *to) {
  memset(to->g, 0, s->length * sizeof *to->g);
  memset(to->i, 0, s->length * sizeof *to->i);
  for (size_t q = 0; q < s->block->kind->n_ions; q++) {
    if (!to->ions[q].current_is_read) continue;
    memset(to->ions[q].conductance_S_cm2, 0, s->length * sizeof *to->g);
    memset(to->ions[q].current_mA_cm2, 0, s->length * sizeof *to->g);
  }
}

/* The shadow's inputs as the block's are; what functions add to starts at 0. */
static void copy_inputs(const cable_slopes *s, shadow *to, cable_function function, const cable_moment *now) {
  const cable_block *b = s->block;
  const size_t n = b->number;
  zero_sums(s, to);
  for (size_t k = 0; k < s->n_in; k++) {
    double *d = place_of(to, s->in[k]);
    const double *x = source_of(b, now, s->in[k]);
    if (s->in[k].sort == CABLE_SLOT_STATE) {
      memcpy(d, x, s->length * sizeof *d);
      continue;
    }
    if (s->in[k].sort == CABLE_SLOT_ION_CURRENT && (function == CABLE_DO_CURRENT || !x)) {
      memset(d, 0, s->length * sizeof *d);
      continue;
    }
    if (!x) continue;
    for (size_t j = 0; j < n; j++) d[j] = x[b->node[j]];
    for (size_t j = n; j < s->length; j++) d[j] = d[n - 1];
  }
  for (size_t q = 0; q < b->kind->n_ions; q++) {
    const double *x = b->ion[q]->outside_mM;
    double *d = to->ions[q].outside_mM;
    for (size_t j = 0; x && j < n; j++) d[j] = x[b->node[j]];
    for (size_t j = n; x && j < s->length; j++) d[j] = d[n - 1];
  }
}

static void call(const cable_slopes *s, shadow *on, cable_function function, const cable_moment *now) {
  const cable_mechanism *kind = s->block->kind;
  cable_moment m = *now;
  m.v = on->v;
  m.g = on->g;
  m.i = on->i;
  if (function == CABLE_DO_START && kind->start) kind->start(&on->block, &m);
  if (function == CABLE_DO_CURRENT && kind->current) kind->current(&on->block, &m);
  if (function == CABLE_DO_ADVANCE && kind->advance) kind->advance(&on->block, &m);
}

static const double offset[POINTS] = {1.0, -1.0, 2.0, -2.0};

/* Where a value is moved to. Powers of two of the value: gates, concentrations and weights have scales of their own. */
static double step_of(cable_slot slot, double x, bool straight) {
  if (slot.sort == CABLE_SLOT_V) return straight ? 1.0 : 0x1p-7;
  if (slot.sort == CABLE_SLOT_REVERSAL) return straight ? 1.0 : 0x1p-6;
  const double a = fabs(x), least = slot.sort == CABLE_SLOT_PARAMETER ? 0x1p-40 : 0x1p-24;
  const double share = (straight ? 0x1p-4 : 0x1p-9) * a;
  return share > least ? share : (slot.sort == CABLE_SLOT_PARAMETER && a == 0.0 ? 0x1p-14 : least);
}

static double moved_straight(double x, int point) {
  return x + offset[point] * step_of((cable_slot){CABLE_SLOT_PARAMETER, 0}, x, true);
}

static double moved_curved(double x, int point) {
  return x + offset[point] * step_of((cable_slot){CABLE_SLOT_PARAMETER, 0}, x, false);
}

static size_t points_of(const column *c) { return c->straight ? 2 : POINTS; }

/* The state of a shadow's inputs, kept to be put back. */
static void keep(const cable_slopes *s, shadow *from, double *to) {
  for (size_t q = 0; q < s->n_plain; q++) memcpy(to + q * s->length, place_of(from, s->in[q]), s->length * sizeof *to);
}

/* What a function has overwritten, as it was. */
static void put_outputs_back(const cable_slopes *s, cable_function function) {
  for (size_t q = 0; q < s->n_plain; q++)
    if (is_output(s->in[q], function))
      memcpy(place_of((shadow *)(uintptr_t)&s->at, s->in[q]), s->base + q * s->length, s->length * sizeof *s->base);
}

/* Slopes of one column at the present point; base holds the inputs. */
static void differentiate(cable_slopes *s, cable_function function, column *c, const cable_moment *now) {
  static const double weight4[POINTS] = {8.0 / 12.0, -8.0 / 12.0, -1.0 / 12.0, 1.0 / 12.0};
  static const double weight2[2] = {0.5, -0.5};
  const size_t points = points_of(c), n = s->length;
  cable_slope *slopes = s->of[function].slopes + c->first;
  for (size_t q = 0; q < c->n_in; q++) {
    const double *x = c->field ? s->block->parameter[c->in[q].index] : s->base + c->place[q] * n;
    double *h = s->steps + q * n;
    for (size_t k = 0; k < n; k++) h[k] = step_of(c->in[q], x[k], c->straight);
  }
  for (size_t p = 0; p < points; p++) {
    shadow *on = c->field ? &c->at[p] : &s->at;
    if (function != CABLE_DO_CURRENT) put_outputs_back(s, function);
    for (size_t q = 0; q < c->n_in && !c->field; q++) {
      double *x = place_of(on, c->in[q]);
      const double *base = s->base + c->place[q] * n, *h = s->steps + q * n, by = offset[p];
      for (size_t k = 0; k < n; k++) x[k] = base[k] + by * h[k];
    }
    if (function == CABLE_DO_CURRENT) zero_sums(s, on);
    call(s, on, function, now);
    const double weight = c->straight ? weight2[p] : weight4[p];
    for (size_t q = 0; q < c->n_slopes; q++) {
      const double *y = place_of(on, slopes[q].out);
      double *sum = slopes[q].value;
      if (p == 0)
        for (size_t k = 0; k < n; k++) sum[k] = weight * y[k];
      else
        for (size_t k = 0; k < n; k++) sum[k] += weight * y[k];
    }
  }
  for (size_t q = 0; q < c->n_in && !c->field; q++)
    memcpy(place_of(&s->at, c->in[q]), s->base + c->place[q] * n, n * sizeof *s->base);
  for (size_t q = 0; q < c->n_slopes; q++) {
    const double *h = s->steps + c->of_input[q] * n;
    for (size_t k = 0; k < n; k++) slopes[q].value[k] /= h[k];
  }
}

void lg_cable_slopes_at(cable_slopes *s, cable_function function, const cable_moment *now) {
  function_slopes *f = &s->of[function];
  if (s->known && function != CABLE_DO_START) {
    s->known->at(s->block, function, now, s->known_value);
    return;
  }
  if (f->n_columns == 0) return;
  copy_inputs(s, &s->at, function, now);
  keep(s, &s->at, s->base);
  for (size_t c = 0; c < f->n_columns; c++) differentiate(s, function, &f->columns[c], now);
}

const cable_slope *lg_cable_slopes_of(const cable_slopes *slopes, cable_function function, size_t *n) {
  *n = slopes->of[function].n_slopes;
  return slopes->of[function].slopes;
}

/* ---- events ------------------------------------------------------------------------------------- */

size_t lg_cable_slopes_jumps(const cable_slopes *s) { return 1 + s->block->kind->n_states + s->n_fields; }

/* States of instance k after an event, on a shadow. */
static void receive_on(const cable_slopes *s, shadow *on, size_t k, size_t moved_state, double by, double weight,
                       double offset_ms, const cable_moment *now) {
  const cable_mechanism *kind = s->block->kind;
  cable_moment m = *now;
  for (size_t q = 0; q < kind->n_states; q++) on->states[q][k] = s->block->state[q][k] + (q == moved_state ? by : 0.0);
  on->v[k] = now->v[s->block->node[k]];
  m.v = on->v;
  m.g = on->g;
  m.i = on->i;
  kind->receive(&on->block, k, weight, offset_ms, &m);
}

void lg_cable_slopes_receive(cable_slopes *s, size_t k, double weight, double offset_ms, const cable_moment *now,
                             cable_jump *jumps) {
  const size_t n_states = s->block->kind->n_states, n = lg_cable_slopes_jumps(s);
  static const double part[POINTS] = {8.0 / 12.0, -8.0 / 12.0, -1.0 / 12.0, 1.0 / 12.0};
  for (size_t j = 0; j < n; j++) {
    const size_t state = j > 0 && j <= n_states ? j - 1 : SIZE_MAX;
    cable_jump *to = &jumps[j];
    to->is_weight = j == 0;
    to->in = state != SIZE_MAX ? (cable_slot){CABLE_SLOT_STATE, (uint32_t)state} : s->in[s->n_in - n + j];
    const double x = j == 0              ? weight
                     : state != SIZE_MAX ? s->block->state[state][k]
                                         : s->block->parameter[to->in.index][k];
    const double step = j == 0 ? fmax(0x1p-9 * fabs(x), 0x1p-40) : step_of(to->in, x, false);
    for (size_t q = 0; q < n_states; q++) to->value[q] = 0.0;
    for (int p = 0; p < POINTS; p++) {
      shadow *on = j > n_states ? &s->fields[j - 1 - n_states][p] : &s->at;
      receive_on(s, on, k, state, offset[p] * step, j == 0 ? weight + offset[p] * step : weight, offset_ms, now);
      for (size_t q = 0; q < n_states; q++) to->value[q] += part[p] * on->states[q][k] / step;
    }
  }
}

/* ---- which output answers to which input -------------------------------------------------------- */

typedef struct pattern {
  bool answers[MAX_SLOTS][MAX_SLOTS]; /* [in][out] */
  bool bent[MAX_SLOTS];               /* some output is no straight line of it */
} pattern;

/* A point that no special case hides behind: voltages over the whole range, states around where they are. */
static void scatter(cable_slopes *s, shadow *to, cable_function function, const cable_moment *now, lg_rng *rng) {
  copy_inputs(s, to, function, now);
  for (size_t q = 0; q < s->n_in; q++) {
    double *x = place_of(to, s->in[q]);
    for (size_t k = 0; k < s->length; k++) {
      const double u = lg_rng_uniform(rng);
      if (s->in[q].sort == CABLE_SLOT_V) x[k] = -90.0 + 130.0 * u;
      else if (s->in[q].sort == CABLE_SLOT_STATE) x[k] = x[k] * (0.5 + u) + 0.05 * u * (x[k] < 1e-3 ? 0x1p-6 : 1.0);
      else if (s->in[q].sort == CABLE_SLOT_INSIDE) x[k] *= 0.5 + 2.0 * u;
      else if (s->in[q].sort == CABLE_SLOT_ION_CURRENT && function != CABLE_DO_CURRENT) x[k] = 1e-3 * (u - 0.5);
    }
  }
}

static void put_back(const cable_slopes *s, shadow *to, const double *from) {
  for (size_t q = 0; q < s->n_in; q++) memcpy(place_of(to, s->in[q]), from + q * s->length, s->length * sizeof *from);
  zero_sums(s, to);
}

/* Compare three answers (before, up, down) of every output. */
static void judge(const cable_slopes *s, cable_function function, const double *answers, pattern *p, size_t in) {
  const size_t block = s->n_out * s->length;
  for (size_t o = 0; o < s->n_out; o++) {
    if (!is_output(s->out[o], function)) continue;
    const double *y0 = answers + o * s->length, *y1 = y0 + block, *y2 = y1 + block;
    for (size_t k = 0; k < s->length; k++) {
      if (y1[k] == y0[k] && y2[k] == y0[k]) continue;
      p->answers[in][o] = true;
      const double size = fmax(fabs(y0[k]), fmax(fabs(y1[k]), fabs(y2[k])));
      if (!(fabs(y1[k] + y2[k] - 2.0 * y0[k]) <= 1e-13 * size)) p->bent[in] = true;
    }
  }
}

static void answers_of(const cable_slopes *s, shadow *on, double *to) {
  for (size_t o = 0; o < s->n_out; o++) memcpy(to + o * s->length, place_of(on, s->out[o]), s->length * sizeof *to);
}

/* kept: room for the inputs; answers: room for three sets of outputs. */
static void look(cable_slopes *s, cable_function function, const cable_moment *now, double *kept, double *answers,
                 pattern *p) {
  lg_rng rng = lg_rng_make(1, 0x51093, (uint64_t)function);
  const size_t block = s->n_out * s->length;
  for (int round = 0; round < 3; round++) {
    scatter(s, &s->at, function, now, &rng);
    keep(s, &s->at, kept);
    call(s, &s->at, function, now);
    answers_of(s, &s->at, answers);
    for (size_t q = 0; q < s->n_in; q++) {
      if (s->in[q].sort == CABLE_SLOT_ION_CURRENT && function == CABLE_DO_CURRENT) continue;
      for (int side = 0; side < 2; side++) {
        put_back(s, &s->at, kept);
        double *x = place_of(&s->at, s->in[q]);
        for (size_t k = 0; k < s->length; k++)
          x[k] += (side ? -4.0 : 4.0) * (s->in[q].sort == CABLE_SLOT_V ? 1.0 : 0x1p-5 * fabs(x[k]) + 0x1p-40);
        call(s, &s->at, function, now);
        answers_of(s, &s->at, answers + (size_t)(1 + side) * block);
      }
      judge(s, function, answers, p, q);
    }
  }
}

/* A field: shadows that have it moved far, compared with the one that has not. */
static lg_status look_at_field(lg_ctx *ctx, cable_slopes *s, cable_function function, size_t field, double *kept,
                               double *answers, pattern *p, size_t in) {
  lg_status status = LG_OK;
  shadow at[2];
  lg_rng rng = lg_rng_make(2, 0x51093, (uint64_t)function);
  const size_t block = s->n_out * s->length;
  memset(at, 0, sizeof at);
  for (int side = 0; side < 2; side++)
    LG_TRY(make_shadow(ctx, s->block, s->now.celsius, &s->at, field, moved_straight, side, &at[side]));
  for (int round = 0; round < 3; round++) {
    scatter(s, &s->at, function, &s->now, &rng);
    keep(s, &s->at, kept);
    call(s, &s->at, function, &s->now);
    answers_of(s, &s->at, answers);
    for (int side = 0; side < 2; side++) {
      copy_inputs(s, &at[side], function, &s->now);
      put_back(s, &at[side], kept);
      call(s, &at[side], function, &s->now);
      answers_of(s, &at[side], answers + (size_t)(1 + side) * block);
    }
    judge(s, function, answers, p, in);
  }
done:
  for (int side = 0; side < 2; side++) release_shadow(ctx, &at[side]);
  return status;
}

/* ---- columns ---------------------------------------------------------------------------------- */

static bool fits(const pattern *p, const column *c, const size_t *places, size_t in, size_t n_out) {
  if (c->field) return false;
  for (size_t q = 0; q < c->n_in; q++)
    for (size_t o = 0; o < n_out; o++)
      if (p->answers[places[q]][o] && p->answers[in][o]) return false;
  return true;
}

static lg_status make_columns(lg_ctx *ctx, cable_slopes *s, cable_function function, const pattern *p) {
  lg_status status = LG_OK;
  function_slopes *f = &s->of[function];
  size_t(*places)[MAX_SLOTS] = NULL, n_slopes = 0;
  for (size_t q = 0; q < s->n_in; q++)
    for (size_t o = 0; o < s->n_out; o++) n_slopes += p->answers[q][o];
  if (n_slopes == 0) return LG_OK;
  LG_NEW(ctx, f->columns, s->n_in);
  LG_NEW(ctx, f->slopes, n_slopes);
  LG_NEW(ctx, places, s->n_in);
  for (size_t q = 0; q < s->n_in; q++) {
    bool any = false;
    for (size_t o = 0; o < s->n_out; o++) any = any || p->answers[q][o];
    if (!any) continue;
    const bool field = s->in[q].sort == CABLE_SLOT_PARAMETER;
    size_t c = 0;
    while (c < f->n_columns &&
           (field || f->columns[c].straight == p->bent[q] || !fits(p, &f->columns[c], places[c], q, s->n_out)))
      c++;
    column *to = &f->columns[c];
    if (c == f->n_columns) {
      f->n_columns++;
      to->straight = !p->bent[q];
      to->field = field;
    }
    places[c][to->n_in] = to->place[to->n_in] = q;
    to->in[to->n_in++] = s->in[q];
  }
  for (size_t c = 0; c < f->n_columns; c++) {
    column *to = &f->columns[c];
    to->first = f->n_slopes;
    LG_NEW(ctx, to->of_input, n_slopes);
    for (size_t k = 0; k < to->n_in; k++)
      for (size_t o = 0; o < s->n_out; o++) {
        if (!p->answers[places[c][k]][o]) continue;
        to->of_input[f->n_slopes - to->first] = k;
        cable_slope *slope = &f->slopes[f->n_slopes++];
        slope->in = to->in[k];
        slope->out = s->out[o];
        LG_NEW(ctx, slope->value, s->length);
      }
    to->n_slopes = f->n_slopes - to->first;
    for (size_t k = 0; to->field && k < points_of(to); k++)
      LG_TRY(make_shadow(ctx, s->block, s->now.celsius, &s->at, to->in[0].index,
                         to->straight ? moved_straight : moved_curved, (int)k, &to->at[k]));
  }
done:
  lg_free(ctx, places);
  return status;
}

/* The list of a function whose derivatives are written out. Potentials, states and reversals are always wanted. */
static lg_status take_known(lg_ctx *ctx, cable_slopes *s, cable_function function, const bool *wanted) {
  lg_status status = LG_OK;
  function_slopes *f = &s->of[function];
  LG_NEW(ctx, f->slopes, s->known->n);
  for (size_t k = 0; k < s->known->n; k++) {
    const cable_known_slope *from = &s->known->list[k];
    const bool field = from->in.sort == CABLE_SLOT_PARAMETER;
    if (from->function != function || (field && !(wanted && wanted[from->in.index]))) continue;
    cable_slope *to = &f->slopes[f->n_slopes++];
    to->out = from->out;
    to->in = from->in;
    LG_NEW(ctx, to->value, s->length);
    s->known_value[k] = to->value;
  }
done:
  return status;
}

static lg_status find_function(lg_ctx *ctx, cable_slopes *s, cable_function function, double *kept, double *answers) {
  lg_status status = LG_OK;
  pattern *p = NULL;
  LG_NEW(ctx, p, 1);
  const size_t n_fields = s->n_in, plain = s->n_plain;
  s->n_in = plain;
  look(s, function, &s->now, kept, answers, p);
  for (size_t q = plain; q < n_fields; q++)
    LG_TRY(look_at_field(ctx, s, function, s->in[q].index, kept, answers, p, q));
  s->n_in = n_fields;
  LG_TRY(make_columns(ctx, s, function, p));
done:
  lg_free(ctx, p);
  return status;
}

lg_status lg_cable_slopes_create(lg_ctx *ctx, const cable_block *block, const cable_moment *now, const bool *wanted,
                                 bool by_differences, cable_slopes **out) {
  lg_status status = LG_OK;
  cable_slopes *s = NULL;
  double *kept = NULL, *answers = NULL;
  const cable_mechanism *kind = block->kind;
  *out = NULL;
  if (2 + kind->n_states + 3 * kind->n_ions + kind->n_parameters > MAX_SLOTS)
    return lg_fail(ctx, LG_ERR_LIMIT, "%s has %zu states and %zu fields; derivatives are made for up to %d together",
                   kind->name, kind->n_states, kind->n_parameters, MAX_SLOTS - 2);
  LG_NEW(ctx, s, 1);
  s->block = block;
  s->length = padded(block->number);
  s->now = *now;
  list_slots(s);
  s->n_plain = s->n_in;
  LG_NEW(ctx, s->base, (s->n_plain + 1) * s->length);
  LG_NEW(ctx, s->steps, (s->n_plain + 1) * s->length);
  LG_TRY(make_shadow(ctx, block, now->celsius, NULL, 0, NULL, 0, &s->at));
  LG_NEW(ctx, kept, s->n_in * s->length);
  LG_NEW(ctx, answers, 3 * s->n_out * s->length);
  for (size_t q = 0; wanted && q < kind->n_parameters; q++) {
    if (!wanted[q]) continue;
    add(s->in, &s->n_in, CABLE_SLOT_PARAMETER, q);
    s->n_fields++;
  }
  if (kind->receive && s->n_fields > 0) {
    LG_NEW(ctx, s->fields, s->n_fields);
    for (size_t q = 0; q < s->n_fields; q++)
      for (int p = 0; p < POINTS; p++)
        LG_TRY(make_shadow(ctx, block, now->celsius, &s->at, s->in[s->n_in - s->n_fields + q].index, moved_curved, p,
                           &s->fields[q][p]));
  }
  s->known = by_differences ? NULL : lg_cable_known(block);
  for (int f = 0; f < CABLE_FUNCTIONS; f++) {
    if (s->known && f != CABLE_DO_START) LG_TRY(take_known(ctx, s, (cable_function)f, wanted));
    else LG_TRY(find_function(ctx, s, (cable_function)f, kept, answers));
  }
  *out = s;
  s = NULL;
done:
  lg_free(ctx, kept);
  lg_free(ctx, answers);
  lg_cable_slopes_destroy(ctx, s);
  return status;
}

void lg_cable_slopes_destroy(lg_ctx *ctx, cable_slopes *s) {
  if (!s) return;
  for (int f = 0; f < CABLE_FUNCTIONS; f++) {
    for (size_t c = 0; c < s->of[f].n_columns; c++) {
      for (size_t k = 0; k < POINTS; k++) release_shadow(ctx, &s->of[f].columns[c].at[k]);
      lg_free(ctx, s->of[f].columns[c].of_input);
    }
    for (size_t q = 0; q < s->of[f].n_slopes; q++) lg_free(ctx, s->of[f].slopes[q].value);
    lg_free(ctx, s->of[f].columns);
    lg_free(ctx, s->of[f].slopes);
  }
  for (size_t q = 0; s->fields && q < s->n_fields; q++)
    for (size_t k = 0; k < POINTS; k++) release_shadow(ctx, &s->fields[q][k]);
  lg_free(ctx, s->fields);
  release_shadow(ctx, &s->at);
  lg_free(ctx, s->base);
  lg_free(ctx, s->steps);
  lg_free(ctx, s);
}
