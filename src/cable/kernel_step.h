/**
 * @file kernel_step.h
 * @brief The passes of a step over all nodes, in vectors: building the linear system, the second stage of SDIRK2, what
 * is driven from outside. No fused products: all builds give the same bits.
 */
#ifndef LG_CABLE_KERNEL_STEP_H
#define LG_CABLE_KERNEL_STEP_H

#include <stddef.h>

/** Flat arrays (n_nodes * lanes); by node (n_nodes) what is the same for all lanes. */
typedef struct cable_pass {
  size_t n_nodes, lanes;                              /* lanes: 1 or a multiple of 8 */
  const double *capacitance_nF, *fixed_uS, *fixed_nA; /* by node */
  double *v, *g, *i, *diagonal, *rhs;                 /* flat; rhs may be v itself */
} cable_pass;

/** How the current of channels changes from step to step. */
typedef struct cable_change {
  double *g_before, *b_before, *change_nA; /* flat */
  const double *per_nF;                    /* by node: 1 / capacitance */
} cable_change;

typedef struct cable_pass_kernels {
  /** (c + fixed + g) and c v + fixed i + g v - i, c = capacitance per_ms; empties g and i. */
  void (*assemble)(const cable_pass *pass, double per_ms);
  /** v := rhs, the first stage; rhs := capacitance per_ms (rhs - v). */
  void (*second_stage)(const cable_pass *pass, double per_ms);
  /** v += rhs. */
  void (*add_rhs)(const cable_pass *pass);
  /** g += drive_uS, i += drive_uS v - drive_nA over the flat places [begin, end), which are whole vectors of 8. */
  void (*drive)(const cable_pass *pass, const double *drive_uS, const double *drive_nA, size_t begin, size_t end);
  /** Over n places side by side: before := value, value := factor ln(outside / inside) where fixed is NAN; with the
   * bits of lg_ln. */
  void (*nernst)(size_t n, double factor, const double *inside, const double *outside, const double *fixed,
                 double *value, double *before);
  /** Flat places [begin, end): change = scale ((b - b_before) - (g - g_before) v) with b = g v - i; then b and g are
   * kept as those before. Any alignment and length. */
  void (*tell_change)(const cable_pass *pass, const cable_change *change, double scale, size_t begin, size_t end);
  /** Flat places [begin, end), whole nodes: rhs -= to_rhs change, v += to_v change / capacitance. */
  void (*use_change)(const cable_pass *pass, const cable_change *change, double to_rhs, double to_v, size_t begin,
                     size_t end);
} cable_pass_kernels;

extern const cable_pass_kernels lg_cable_pass_plain, lg_cable_pass_v3, lg_cable_pass_v4;

/** @brief The build for this CPU. */
const cable_pass_kernels *lg_cable_pass_kernels(void);

#endif
