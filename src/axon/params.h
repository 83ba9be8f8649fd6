/**
 * @file params.h
 * @brief Constants of an axon's cytoskeleton. Units of this room: nm, pN, s (1 pN/nm² = 1 MPa); strains as fractions.
 *
 * The published finite-element axon (Zhang & Ji 2023) was not recovered: this is a self-contained shear-lag model after
 * Ahmadzadeh, Smith & Shenoy 2014 (doi:10.1016/j.bpj.2014.01.024) with Kelvin-Voigt tau, Bell-type loss of bonds and a
 * matrix of axolemma and neurofilaments. README.md says where each value comes from, and what is our choice.
 */
#ifndef LG_AXON_PARAMS_H
#define LG_AXON_PARAMS_H

#include "base/base.h"

typedef struct axon_params {
  /* shape: rows of microtubules in a hexagonal bundle, elements along the axis, seed of the gaps */
  size_t rows, elements;
  uint64_t seed;
  double element_nm;
  /* microtubules */
  double mt_stiffness;                                               /* EA, pN */
  double mt_buckling_load;                                           /* F_b, pN */
  double mt_buckled_fraction;                                        /* beta_c */
  double mt_failure_strain;                                          /* mt_fail */
  double mt_length_mean, mt_length_cv, mt_length_min, mt_length_max; /* nm */
  /* tau between neighbouring rows: Kelvin-Voigt bonds, lost at a rate that grows with their stretch */
  double tau_stiffness, tau_viscosity, tau_spacing; /* K pN/nm, eta pN s/nm, s nm */
  double tau_loss_stretch, tau_loss_width;          /* d0, db, nm */
  double loss_rate, loss_rate_max;                  /* kref, kmax, 1/s */
  /* side arms between microtubules and matrix */
  double arm_stiffness, arm_viscosity, arm_spacing, arm_loss_stretch, arm_loss_width; /* Km etam sm d0m dbm */
  double drag;                                                                        /* zd, pN s/nm² */
  /* axolemma and cortex: neo-Hookean with one Maxwell branch */
  double cortex_area, cortex_modulus, cortex_modulus_fast, cortex_time; /* A nm², Ginf, G1 pN/nm², tau1 s */
  /* neurofilaments: Kelvin-Voigt, lost by strain */
  double nf_stiffness, nf_time, nf_loss_strain, nf_loss_width; /* EAnf pN, taunf s, e0, eb */
  /* node of Ranvier at mid-length: a piece whose matrix is weaker */
  double node_length, node_fraction; /* nm, of the matrix's stiffness */
  double foundation;                 /* kf, pN/nm²: tissue around; 0: an isolated axon */
} axon_params;

/** @brief The default male axon. */
axon_params lg_axon_params_male(void);

/**
 * @brief The male axon with 7 rows instead of 19.
 *
 * Female axons are smaller and hold fewer microtubules (Dollé et al. 2018, PMC6495524; the counts were not recovered).
 * That they suffer more is not reproduced: with fewer rows and the same strain of the tissue, microtubules strain less.
 */
axon_params lg_axon_params_female(void);

/** @brief "male" or "female"; false: neither, out is left. */
bool lg_axon_params_preset(const char *name, axon_params *out);

/**
 * @brief Amplitude of a microtubule that is shorter by the fraction `compression` than where it bent, nm.
 *
 * A wave y = a sin(2 pi x/lambda) takes up (pi a/lambda)² of its length: a = lambda/pi sqrt(compression). A rod of
 * flexural rigidity EI in an elastic surrounding bends under F_b = 2 sqrt(EI alpha) into lambda = 2 pi (EI/alpha)^(1/4)
 * = 2 pi sqrt(2 EI/F_b), at most the axon's length; EI = 2.2e7 pN nm² (Gittes et al. 1993, doi:10.1083/jcb.120.4.923),
 * so 4.2 um where F_b is 100 pN.
 */
double lg_axon_undulation_nm(const axon_params *params, double compression);

/** One constant as files name it. */
typedef struct axon_param_name {
  const char *name, *unit;
  size_t offset;    /* in axon_params */
  bool is_count;    /* size_t or uint64_t */
  double low, high; /* allowed, inclusive */
} axon_param_name;

enum { AXON_PARAMS = 36 };
/** @brief Names as in ref_open.json: rows, seed, nel, dx, EA … zd. */
extern const axon_param_name lg_axon_param_names[AXON_PARAMS];

double lg_axon_param_get(const axon_params *params, const axon_param_name *name);
void lg_axon_param_set(axon_params *params, const axon_param_name *name, double value);

/** @retval LG_ERR_RANGE name, value and allowed range are in the message */
LG_MUST_CHECK lg_status lg_axon_params_check(lg_ctx *ctx, const axon_params *params);

#endif
