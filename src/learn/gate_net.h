/**
 * @file gate_net.h
 * @brief The gates of an ion channel as a network: how fast they open and close, given themselves and what gates them.
 *
 * A channel has 1 to LG_GATES_MOST gates x in 0 … 1; its open probability is P = Π x^power. A network of the form
 *
 * - `rate` gives two logarithms of rates for every gate, x' = ko (1 - x) - kc x with
 *   ko = exp(clip(scale y, opening range)), kc = exp(clip(scale y, closing range)), per second: outputs ko of gate 0,
 *   kc of gate 0, ko of gate 1, …
 * - `raw` gives x' of its one gate (Gurung and Guan 2024, doi:10.48550/arXiv.2407.15364): x' = scale y, or
 *   scale sinh y; the solver steps it explicitly and clips.
 *
 * What gates it is u, either calcium (µM) or voltage (mV), and its rate of change udot (per second). The list of
 * features says what the network is shown of x, u and udot. A gate of power 0 is a latent state: it moves others.
 * Nothing here knows whose membrane the channel sits in; `calcium`, `cable` and `neuron` each wrap it.
 *
 * The file is safetensors: "layer.<i>.weight" (in, out), "layer.<i>.bias" (out), F32, and metadata as text (numbers
 * separated by blanks):
 *
 *     schema       loligo-gate-net/1
 *     form         rate | raw
 *     input        c | v
 *     gates        P:1        or  m:3 h:1                                   name:power
 *     features     gate 0 1 0.5 2; logit 0 1 0 0.2; log10_u 1 0 1; asinh_udot 10 0 0.125
 *     layers       4 32 32 2                                                inputs, hidden, outputs
 *     activation   tanh | relu | sigmoid | silu                             between layers
 *     log_rates    3 -14 18 -14 12                                          scale, opening range, closing range
 *     raw_rate     1 linear | 100 sinh                                      form raw
 *     range_u, range_udot   low high                                        of the training data
 *     range_gates  low high  low high …                                     of every gate
 *     rest         u x0 x1 …                                                where the gates rest
 *     celsius      6.3 3                                                    temperature of the data, Q10; optional
 *     ion          na 1 | none 0                                            what the channel lets through; optional
 *
 * and whatever else the maker adds (seed, held-out errors, provenance).
 */
#ifndef LG_LEARN_GATE_NET_H
#define LG_LEARN_GATE_NET_H

#include "io/safetensors.h"
#include "learn/mlp.h"

enum { LG_GATES_MOST = 8, LG_GATE_FEATURES = 24, LG_GATE_NAME = 16 };

typedef enum lg_gate_form { LG_GATE_RATE = 0, LG_GATE_RAW } lg_gate_form;
typedef enum lg_gate_input { LG_GATE_CALCIUM = 0, LG_GATE_VOLTAGE } lg_gate_input;

/** f of a feature; its number is factor (f - offset). x is cut to 1e-6 … 1 - 1e-6, u to 1e-12 and more for log10. */
typedef enum lg_gate_sort {
  LG_GATE_X = 0,      /**< "gate": x / inner */
  LG_GATE_LOGIT,      /**< "logit": ln(x / (1 - x)) / inner */
  LG_GATE_U,          /**< "u": u / inner */
  LG_GATE_LOG10_U,    /**< "log10_u": log10(u / inner) */
  LG_GATE_ASINH_UDOT, /**< "asinh_udot": asinh(udot / inner) */
} lg_gate_sort;

typedef struct lg_gate_feature {
  lg_gate_sort sort;
  size_t gate; /**< of x and logit */
  double inner, offset, factor;
} lg_gate_feature;

/** Everything but the weights. */
typedef struct lg_gate_plan {
  lg_gate_form form;
  lg_gate_input input;
  size_t n_gates;
  char name[LG_GATES_MOST][LG_GATE_NAME];
  unsigned power[LG_GATES_MOST]; /**< 0 … 8 */
  size_t n_features;
  lg_gate_feature features[LG_GATE_FEATURES];
  size_t n_layers;                 /**< 1 … LG_MLP_LAYERS */
  size_t width[LG_MLP_LAYERS + 1]; /**< n_features … 2 n_gates, or 1 where raw */
  lg_act act;                      /**< between layers */
  double log_scale, log_open[2], log_close[2];
  double raw_scale;
  bool raw_sinh;
  double range_u[2], range_udot[2], range_gates[LG_GATES_MOST][2];
  double rest_u, rest[LG_GATES_MOST];
  double celsius, q10; /**< NAN, 1: rates as they are at any temperature */
  char ion[LG_GATE_NAME];
  int valence; /**< 0: no ion by name */
} lg_gate_plan;

/** A network that can be asked; read-only, so thread safe. */
typedef struct lg_gate_net {
  lg_gate_plan plan;
  lg_params params;
  lg_dense layers[LG_MLP_LAYERS];
  float *theta; /**< (params.count) */
  lg_f32_mlp *mlp;
  lg_f64_mlp *exact;                   /**< the same weights */
  uint64_t hash;                       /**< of plan and weights */
  const struct lg_gate_kernel *kernel; /**< the best of this CPU */
} lg_gate_net;

/**
 * @brief The usual plan: rate form, one gate "P" of power 1 (or those given), tanh, `n_hidden` layers of `hidden`.
 *
 * Features of every gate 2x - 1 and logit(x)/5; for calcium log10 u and asinh(udot/10)/8; for voltage u/50 and, when
 * `with_udot`, asinh(udot/1000)/8.
 */
lg_gate_plan lg_gate_plan_default(lg_gate_input input, lg_gate_form form, size_t n_gates, const unsigned *powers,
                                  size_t n_hidden, size_t hidden, bool with_udot);

/** @brief Check a plan. @retval LG_ERR_RANGE what and the allowed range are in the message */
LG_MUST_CHECK lg_status lg_gate_plan_check(lg_ctx *ctx, const lg_gate_plan *plan);

/** @brief Add "layer.0" … to a table of parameters; layers (n_layers). For training. */
LG_MUST_CHECK lg_status lg_gate_plan_layers(lg_ctx *ctx, const lg_gate_plan *plan, lg_params *params, lg_dense *layers);

/**
 * @brief Freeze weights that follow the plan.
 * @param theta flat, in the order of lg_gate_plan_layers(); copied
 */
LG_MUST_CHECK lg_status lg_gate_net_create(lg_ctx *ctx, const lg_gate_plan *plan, const float *theta,
                                           lg_gate_net **out);
/**
 * @brief Take a network from a file that was read.
 * @retval LG_ERR_FORMAT    no network of gates, or one whose plan and tensors do not go together
 * @retval LG_ERR_NOT_FOUND a tensor is missing
 */
LG_MUST_CHECK lg_status lg_gate_net_parse(lg_ctx *ctx, const lg_safetensors *file, lg_gate_net **out);
/** @brief Whether a file says that it holds a network of gates. */
bool lg_gate_net_is(const lg_safetensors *file);
/** @brief Write; `more` (n_more) are further entries of the metadata. */
LG_MUST_CHECK lg_status lg_gate_net_write(lg_ctx *ctx, const lg_gate_net *net, const lg_text_pair *more, size_t n_more,
                                          const char *path);
/** @brief Destroy; accepts NULL. */
void lg_gate_net_destroy(lg_ctx *ctx, lg_gate_net *net);

/**
 * @brief What the network is shown: x (n, n_features) of gates (n_gates, stride), u (n), udot (n; NULL: 0).
 * The plain arithmetic in float, which training and inference share.
 */
void lg_gate_features(const lg_gate_plan *plan, size_t n, size_t stride, const double *gates, const double *u,
                      const double *udot, float *x);

/** @brief Opening and closing rates (n_gates, stride) per second; form rate. */
void lg_gate_net_rates(const lg_gate_net *net, size_t n, size_t stride, const double *gates, const double *u,
                       const double *udot, double *opening, double *closing);
/** @brief The same rates (n_gates) of one row in double, form rate: smooth to rounding; slower. */
void lg_gate_net_rates_exact(const lg_gate_net *net, const double *gates, double u, double udot, double *opening,
                             double *closing);
/** @brief Whether the network is shown its gates: else rates follow u and udot alone. */
bool lg_gate_plan_shown_itself(const lg_gate_plan *plan);
/** @brief x' (n) per second; form raw. */
void lg_gate_net_raw(const lg_gate_net *net, size_t n, const double *gate, const double *u, const double *udot,
                     double *slope);
/** @brief x' (n_gates, stride) per second, of either form. */
void lg_gate_net_slopes(const lg_gate_net *net, size_t n, size_t stride, const double *gates, const double *u,
                        const double *udot, double *slopes);
/**
 * @brief Derivatives of the slopes: by the gates (n_gates, n_gates, stride; of the first by the second), by u and by
 * udot (n_gates, stride). Those of the network itself, not differences, which float would spoil.
 */
void lg_gate_net_derivatives(const lg_gate_net *net, size_t n, size_t stride, const double *gates, const double *u,
                             const double *udot, double *by_gate, double *by_u, double *by_udot);
/**
 * @brief Move x (n) over h under rates that stay: x ← x∞ + (x - x∞) e^(-k h), k = ko + kc, x∞ = ko / k.
 * @param middle (n) out: where the same rates lead in half a step more, what the network is best shown for the next
 */
void lg_gate_relax(const lg_gate_net *net, size_t n, double h_s, const double *opening, const double *closing,
                   double *x, double *middle);
/** @brief How many of x (n) lie outside low … high; NaN do not count. */
size_t lg_gate_outside(const lg_gate_net *net, size_t n, const double *x, double low, double high);
/** @brief P (n) = Π x^power of gates (n_gates, stride). */
void lg_gate_open(const lg_gate_plan *plan, size_t n, size_t stride, const double *gates, double *open);

/**
 * @brief Gates (n_gates) at rest under u, udot = 0: x' = 0, the lowest one that is stable, so exact that a step leaves
 * it where it is. Returns P.
 */
double lg_gate_net_rest(const lg_gate_net *net, double u, double *gates);

/** @brief The factor on rates at another temperature: q10^((celsius - plan's)/10); 1 where the plan has none. */
double lg_gate_temperature_factor(const lg_gate_plan *plan, double celsius);

#endif
