/**
 * @file clone_net.h
 * @brief Amortised cloning: a CNN+LSTM that reads a recording and returns a mixture over the transformed parameters of
 * a family.
 *
 * Targets are y = (z - middle) / (width / sqrt 12) of the prior's box in z (unit variance under the prior).
 */
#ifndef LG_CLONE_NET_H
#define LG_CLONE_NET_H

#include "learn/encoder.h"
#include "learn/mixture.h"
#include "learn/train.h"
#include "twin/observe.h"

enum { LG_CLONE_NET_P = 9 };

/** Families that networks know; a family of models without a network has LG_NET_NONE. */
typedef enum lg_net_family { LG_NET_NONE = 0, LG_NET_IZHIKEVICH, LG_NET_TM } lg_net_family;
typedef enum lg_net_protocol {
  LG_NET_CLONE1 = 0,
  LG_NET_STEP = 1,
  LG_NET_MIXED = 2 /**< recordings of all kinds: clone_net_mixed.h */
} lg_net_protocol;

/** What is trained and on what; read from a plan. */
typedef struct lg_net_plan {
  lg_net_family family;
  lg_net_protocol protocol;
  size_t neurons, held, batch; /* held: for early stopping and the temperature */
  size_t test, population;     /* neurons of the held-out table; of the population's place in embedding and features */
  double noise_low_mV, noise_high_mV;
  double dt_ms;       /**< of CLONE-1 and STEP; MIXED draws its own */
  double duration_ms; /**< MIXED: length of the network's input; shorter recordings are padded */
  double offset_mV;   /**< MIXED: largest offset of the potential */
  bool features;      /* false: V, I and t alone, as the first poster had it */
  bool point_head; /* train the encoder by beta-NLL of a point head, the mixture beside it; false: the mixture alone */
  size_t components;
  char encoder[LG_ENCODER_TEXT];
  lg_train_options train;
} lg_net_plan;

/** A network: its plan, table of parameters and layers. Weights are kept apart. */
typedef struct lg_clone_net {
  lg_net_plan plan;
  lg_params params;
  lg_encoder encoder;
  bool has_point; /* while it is trained */
  lg_dense point; /* (2 P) mean and log variance per parameter: what shapes the encoder */
  lg_dense head;  /* the mixture; its means are relative to those of `point` where there is one */
} lg_clone_net;

/** Where the training neurons lie, so that a recording of another kind is noticed: mean and Cholesky factor of the
 * covariance of some vector, and the distance that 97.5 % of unseen neurons of the training population keep. */
typedef struct lg_net_domain {
  size_t width;
  double *mean, *chol; /* (width), (width, width) lower */
  double limit;
} lg_net_domain;

/** @brief Build the layers of a plan. @param for_training with the point head, which a file does not keep */
LG_MUST_CHECK lg_status lg_clone_net_create(lg_ctx *ctx, const lg_net_plan *plan, bool for_training, lg_clone_net *net);
/** @brief Weights of a trained network for one without the point head: its means are added to those of the mixture. */
void lg_clone_net_fold(const lg_clone_net *trained, const float *from, const lg_clone_net *plain, float *to);
void lg_clone_net_clear(lg_ctx *ctx, lg_clone_net *net);

/** @brief Length of the recordings of a plan, padding included. */
double lg_net_duration_ms(const lg_net_plan *plan);

/**
 * @brief Features that the networks of a plan read: the scale of the current alone (the current's channel holds its
 * shape), or those of every recording, or also the family's closed form.
 */
size_t lg_net_feature_width(const lg_net_plan *plan);
/** @brief Whether the closed form is among them. */
bool lg_net_has_closed_form(const lg_net_plan *plan);
/** @brief Fill them. @param room scratch for the closed form, NULL without one @param[out] f (lg_net_feature_width) */
void lg_net_fill_features(const lg_net_plan *plan, lg_izh_data *room, const lg_fit_trace *traces, size_t n_traces,
                          float *f);

/** Simulated examples in memory. */
typedef struct lg_net_data {
  size_t n, bins;
  float *x;        /* (n, bins, LG_OBSERVE_CHANNELS) */
  float *f;        /* (n, lg_net_feature_width) */
  float *y;        /* (n, 9) */
  double *natural; /* (n, 9) true parameters */
} lg_net_data;

/** @brief Simulate the neurons first … first + n - 1 of the plan's population. Same bytes for any number of threads. */
LG_MUST_CHECK lg_status lg_net_data_make(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, uint64_t first, size_t n,
                                         lg_net_data *data);
/** @brief Samples of one recording of a plan (CLONE-1, STEP). */
size_t lg_net_samples(const lg_net_plan *plan);
/**
 * @brief The recordings of neurons first … first + n - 1 themselves.
 * @param[out] v_mV, i_pA (n, lg_net_samples) @param[out] natural (n, 9) true parameters
 * @retval LG_ERR_ARGUMENT the plan's protocol is MIXED
 */
LG_MUST_CHECK lg_status lg_net_record(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, uint64_t first, size_t n,
                                      double *v_mV, double *i_pA, double *natural);
void lg_net_data_clear(lg_ctx *ctx, lg_net_data *data);

/** @brief y to natural parameters of the family. */
void lg_net_to_natural(lg_net_family family, const double y[LG_CLONE_NET_P], double natural[LG_CLONE_NET_P]);

/** @brief Sides of the prior's box over sqrt 12: dz = scale * dy. */
void lg_net_z_per_y(lg_net_family family, double scale[LG_CLONE_NET_P]);

/** The central intervals whose coverage is told: 0.50, 0.68, 0.90, 0.95. */
extern const double lg_net_shares[4];

/** Held-out table of a network. */
typedef struct lg_net_table {
  size_t n;
  double r2[LG_CLONE_NET_P];          /* natural units, posterior mean against truth */
  double coverage[LG_CLONE_NET_P][4]; /* share of truths inside the central 50, 68, 90, 95 % intervals */
  double rank_p[LG_CLONE_NET_P];      /* p of uniform posterior ranks, chi2 with 20 bins (Talts et al. 2018) */
  double mean_r2;
} lg_net_table;

/**
 * What the held-out neurons say of the marginals. With e the distance of parameter p from the mixture's mean in its
 * standard deviations, the calibrated distance is shift + spread * sinh(tail * asinh(e)): tails heavier (tail > 1) or
 * lighter than those of the mixture (Jones & Pewsey 2009). 0, 1, 1: as trained.
 */
typedef struct lg_net_calibration {
  double shift[LG_CLONE_NET_P], spread[LG_CLONE_NET_P], tail[LG_CLONE_NET_P];
} lg_net_calibration;

/** A calibrated mixture of one recording. */
typedef struct lg_net_posterior {
  lg_mixture mixture;
  double mean[LG_CLONE_NET_P], sd[LG_CLONE_NET_P]; /* of the mixture as trained */
  lg_net_calibration calibration;
} lg_net_posterior;

/** @brief Read a raw mixture. @param buffer lg_mixture_width doubles that the result points into */
LG_MUST_CHECK lg_status lg_net_posterior_read(lg_ctx *ctx, size_t components, const float *raw,
                                              const lg_net_calibration *calibration, double *buffer,
                                              lg_net_posterior *out);
/** @brief One sample (9), in y. */
void lg_net_posterior_sample(const lg_net_posterior *p, lg_rng *rng, double *y);
/** @brief P(y_i <= value). */
double lg_net_posterior_cdf(const lg_net_posterior *p, size_t i, double value);

/** @brief Find the calibration that brings ranks nearest to uniform. @param raw (n, width) @param y (n, 9) true */
LG_MUST_CHECK lg_status lg_net_calibrate(lg_ctx *ctx, size_t components, const float *raw, const float *y, size_t n,
                                         lg_net_calibration *out);

/** @brief Predict unseen neurons and compare. */
LG_MUST_CHECK lg_status lg_clone_net_table(lg_ctx *ctx, const lg_clone_net *net, const float *theta,
                                           const lg_net_calibration *calibration, const lg_net_data *data,
                                           lg_net_table *table);

/**
 * @brief Run a network over examples: raw mixtures and, when wanted, the embedding (the encoder's result).
 * @param[out] raw       (n, lg_mixture_width)
 * @param[out] embedding (n, encoder.width) or NULL
 */
LG_MUST_CHECK lg_status lg_clone_net_run(lg_ctx *ctx, const lg_clone_net *net, const float *theta,
                                         const lg_net_data *data, float *raw, float *embedding);

/** @brief The raw mixture of samples [begin, end) on a tape; and the point head (B, 2 P), where there is one. */
lg_var lg_clone_net_output(const lg_clone_net *net, lg_f32_tape *tape, const lg_f32_batch *b, size_t begin, size_t end,
                           lg_var *point);

/** @brief Mean, covariance (ridge of 1e-3 of its trace) and limit from two sets of rows (n, width). */
LG_MUST_CHECK lg_status lg_net_domain_make(lg_ctx *ctx, const float *rows, size_t n, const float *unseen,
                                           size_t n_unseen, size_t width, lg_net_domain *domain);
/** @brief Mahalanobis distance of a row over the limit: above 1 for 2.5 % of the training population. */
double lg_net_domain_distance(const lg_net_domain *domain, const float *row);
void lg_net_domain_clear(lg_ctx *ctx, lg_net_domain *domain);

/** @brief "CLONE-1", "STEP" or "MIXED". */
const char *lg_net_protocol_name(lg_net_protocol protocol);

/** A trained network. */
typedef struct lg_clone_net_file {
  char name[64]; /* of its file, without folder and ending */
  lg_clone_net net;
  float *theta;
  lg_net_calibration calibration;
  double held_out_r2[LG_CLONE_NET_P];
  lg_net_domain embedding, features; /* features: of width 0 for a network without features */
} lg_clone_net_file;

/** @brief Write the weights and all that goes with them. */
LG_MUST_CHECK lg_status lg_clone_net_write(lg_ctx *ctx, const lg_clone_net_file *file, uint64_t seed, const char *path);
/** @brief Read a weight file. @retval LG_ERR_FORMAT not such a file, or damaged */
LG_MUST_CHECK lg_status lg_clone_net_load(lg_ctx *ctx, const char *path, lg_clone_net_file **out);
void lg_clone_net_destroy(lg_ctx *ctx, lg_clone_net_file *file);

enum { LG_GUESS_SAMPLES = 400 };

/** What a network says of one recording, in natural units. */
typedef struct lg_clone_guess {
  double mean[LG_CLONE_NET_P], sd[LG_CLONE_NET_P], ci95[LG_CLONE_NET_P][2];
  double samples[LG_GUESS_SAMPLES][LG_CLONE_NET_P];
  double covariance_z[LG_CLONE_NET_P * LG_CLONE_NET_P]; /* of the transformed parameters */
  double embedding_distance, feature_distance;          /* lg_net_domain_distance */
} lg_clone_guess;

/** @brief Ask a network about a recording (its fitted traces, laid end to end). */
LG_MUST_CHECK lg_status lg_clone_net_guess(lg_ctx *ctx, const lg_clone_net_file *file, const lg_fit_trace *traces,
                                           size_t n_traces, uint64_t seed, lg_clone_guess *guess);

/** @brief Train; state is kept in `<output>.state` for exact resume, the result is written to output. */
LG_MUST_CHECK lg_status lg_clone_net_train(lg_ctx *ctx, const lg_net_plan *plan, uint64_t seed, const char *output,
                                           lg_net_table *table);

#endif
