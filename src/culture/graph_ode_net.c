/* The message function, and the loss of one cell by the weak form as an operation of the tape. */
#include "culture/graph_ode.h"

#include "culture/panel.h"
#include "learn/mlp.h"
#include "num/median.h"

#include <math.h>
#include <string.h>

lg_status lg_culture_phi_create(lg_ctx *ctx, culture_phi *phi) {
  lg_status status = LG_OK;
  static const size_t width[CULTURE_PHI_LAYERS + 1] = {CULTURE_PHI_IN, CULTURE_PHI_WIDTH, CULTURE_PHI_WIDTH, 1};
  memset(phi, 0, sizeof *phi);
  phi->difference = phi->message = 1.0;
  for (size_t k = 0; k < CULTURE_PHI_LAYERS; k++) {
    char name[16];
    (void)snprintf(name, sizeof name, "phi.%zu", k);
    LG_TRY(lg_dense_create(ctx, &phi->params, name, width[k], width[k + 1], &phi->layer[k]));
  }
done:
  if (status != LG_OK) lg_culture_phi_clear(ctx, phi);
  return status;
}

void lg_culture_phi_clear(lg_ctx *ctx, culture_phi *phi) {
  lg_params_clear(ctx, &phi->params);
  memset(phi, 0, sizeof *phi);
}

lg_var lg_culture_phi_output(lg_f64_tape *tape, const culture_phi *phi, lg_var x) {
  for (size_t k = 0; k < CULTURE_PHI_LAYERS; k++)
    x = lg_f64_dense(tape, &phi->layer[k], x, k + 1 < CULTURE_PHI_LAYERS ? LG_ACT_TANH : LG_ACT_NONE);
  return x;
}

lg_status lg_culture_phi_values(lg_ctx *ctx, const culture_phi *phi, const double *theta, const double *x, size_t n,
                                double *out) {
  enum { ROWS = 256 };
  static const lg_act acts[CULTURE_PHI_LAYERS] = {LG_ACT_TANH, LG_ACT_TANH, LG_ACT_NONE};
  lg_f64_mlp *mlp = NULL;
  double in[2 * ROWS * CULTURE_PHI_IN], f[2 * ROWS];
  const lg_status status = lg_f64_mlp_create(ctx, CULTURE_PHI_LAYERS, phi->layer, acts, theta, &mlp);
  if (status != LG_OK) return status;
  for (size_t from = 0; from < n; from += ROWS) {
    const size_t m = n - from < ROWS ? n - from : ROWS;
    for (size_t r = 0; r < m; r++) {
      double *row = in + 2 * r * CULTURE_PHI_IN;
      memcpy(row, x + (from + r) * CULTURE_PHI_IN, CULTURE_PHI_IN * sizeof *row);
      row[0] /= phi->difference;
      memcpy(row + CULTURE_PHI_IN, row, CULTURE_PHI_IN * sizeof *row);
      row[CULTURE_PHI_IN] = -row[0];
    }
    lg_f64_mlp_eval(mlp, 2 * m, in, f);
    for (size_t r = 0; r < m; r++) out[from + r] = 0.5 * phi->message * (f[2 * r] - f[2 * r + 1]);
  }
  lg_f64_mlp_destroy(ctx, mlp);
  return LG_OK;
}

/* ---- the loss of a cell ---------------------------------------------------------------------------- */

static const double reach = 4.685; /* of the bisquare */

/* The cell by one more pointer: the tape hands on no pointer to what is constant. */
static void set(lg_f64_node *node, void *user) {
  const culture_weak_cell *const *cell = user;
  node->layer = *cell;
}

/* What all neighbours together send at every frame. */
static void add_up(const culture_weak_cell *cell, const double *f, double *sum) {
  const culture_weak_form *form = cell->form;
  const double scale = 0.5 * form->message / cell->norm;
  memset(sum, 0, form->n_times * sizeof *sum);
  for (size_t e = 0; e < cell->n_links; e++, f += 2 * form->n_times)
    for (size_t t = 0; t < form->n_times; t++) sum[t] += scale * (f[2 * t] - f[2 * t + 1]);
}

/* Bisquare's weight of a residual over its scale. */
static double weight_of(double u) {
  const double v = 1.0 - (u / reach) * (u / reach);
  return fabs(u) < reach ? v * v : 0.0;
}

/* Level of the residuals that makes the robust loss least near their median. */
static double level_of(const culture_weak_form *form, const double *residual, double scale, double start) {
  double level = start;
  for (int it = 0; it < 50; it++) {
    double sum = 0.0, all = 0.0;
    for (size_t r = 0; r < form->rows; r++) {
      const double w = (form->weight ? form->weight[r] : 1.0) * weight_of((residual[r] - level) / scale);
      sum += w * residual[r], all += w;
    }
    if (!(all > 0.0)) return level;
    const double next = sum / all, moved = fabs(next - level);
    level = next;
    if (moved < 1e-13 * scale) break;
  }
  return level;
}

/* Robust loss of residuals; they become its slopes. */
static double robust(const culture_weak_form *form, double scale, double level, double *residual) {
  double loss = 0.0, all = 0.0;
  for (size_t r = 0; r < form->rows; r++) {
    const double w = form->weight ? form->weight[r] : 1.0, u = (residual[r] - level) / scale;
    const double v = fmax(1.0 - (u / reach) * (u / reach), 0.0);
    loss += w * reach * reach / 6.0 * (1.0 - v * v * v);
    residual[r] = w * u * weight_of(u) / scale;
    all += w;
  }
  for (size_t r = 0; r < form->rows; r++) residual[r] /= all;
  return loss / all;
}

static void loss_forward(lg_f64_tape *tape, lg_f64_node *node) {
  const culture_weak_cell *cell = node->layer;
  const culture_weak_form *form = cell->form;
  double *sum = lg_f64_tape_alloc(tape, form->n_times + 2 * form->rows, sizeof *sum), median;
  if (!sum) return;
  double *residual = node->work[0] = sum + form->n_times, *scratch = residual + form->rows;
  add_up(cell, tape->nodes[node->in[0]].v, sum);
  for (size_t r = 0; r < form->rows; r++) {
    double message = 0.0;
    for (size_t q = 0; q <= 2 * form->half; q++) message += form->value[q] * sum[r * form->step + q];
    residual[r] = cell->b[r] - message;
  }
  const double mad = lg_culture_mad(residual, form->rows, scratch, &median);
  const double scale = cell->scale > 0.0 ? cell->scale : fmax(mad, 1e-9);
  node->v[0] = robust(form, scale, level_of(form, residual, scale, median), residual);
}

static void loss_backward(lg_f64_tape *tape, lg_f64_node *node) {
  const culture_weak_cell *cell = node->layer;
  const culture_weak_form *form = cell->form;
  lg_f64_node *in = &tape->nodes[node->in[0]];
  double *slope = lg_f64_tape_alloc(tape, form->n_times, sizeof *slope);
  if (!in->needs || !slope) return;
  const double scale = -0.5 * form->message / cell->norm * node->g[0];
  memset(slope, 0, form->n_times * sizeof *slope);
  for (size_t r = 0; r < form->rows; r++)
    for (size_t q = 0; q <= 2 * form->half; q++) slope[r * form->step + q] += scale * form->value[q] * node->work[0][r];
  for (size_t e = 0; e < cell->n_links; e++)
    for (size_t t = 0; t < form->n_times; t++) {
      double *g = in->g + 2 * (e * form->n_times + t);
      g[0] += slope[t], g[1] -= slope[t];
    }
}

static const lg_f64_op op_loss = {"weak_loss", loss_forward, loss_backward, false};

lg_var lg_culture_weak_loss(lg_f64_tape *tape, const culture_weak_cell *cell, lg_var f) {
  return lg_f64_custom(tape, &op_loss, 1, &f, 0, NULL, set, &cell);
}
