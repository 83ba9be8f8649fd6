/*
 * One axon under as many profiles as a vector has lanes. The including file defines
 *   AXON(name), BUILD_NAME, REAL, V, W (lanes), LOAD STORE SET1 ADD SUB MUL DIV FMA(a,b,c) = ab + c, FNMA(a,b,c) = c -
 * ab, MAXV MINV ABSV EXPV EXPM1V WHERE_LESS(a, b, y, z) = a < b ? y : z, FIRST_STRAIN(p) = lanes from W doubles,
 *   EXP2_HALF(v) of vectors of floats = 2^(n-1) from the bits of n + 1.5 2^23,
 *   TO_DOUBLES(p, v) = W doubles from lanes, REDUCE_MAX(v) = the greatest lane as double.
 * They may evaluate an argument twice: what works, or has an effect, stands in a variable first.
 *
 * Unknowns are displacements w from the affine field (w = u - strain x): so the ends stay at 0, the affine predictor is
 * "w as before", and floats keep their digits. Nodes 1 … elements-1, rows of microtubules then the matrix: B unknowns a
 * node. Equilibrium by backward Euler and Newton; the symmetric band is eliminated column by column while it is set up.
 */
#ifdef EXP2_HALF /* vectors of floats */
#include "axon/lanes_exp.tmpl.h"
#endif

typedef struct AXON(state) {
  size_t rows, b, elements, n_pairs, n_inner; /* b = rows + 1; inner nodes: elements - 1 */
  REAL *w, *w_old;                            /* (elements + 1, b) */
  REAL *tau, *arm, *nf;                       /* bonds left: (inner, pairs), (inner, rows), (elements) */
  REAL *tau_rate, *arm_rate, *nf_rate;        /* of the end of the step before */
  REAL *tau_begin, *arm_begin, *nf_begin;     /* bonds left where the step began: second order only */
  REAL *maxwell, *strain_old, *stress_old;    /* (elements) h, e_n, S_n */
  REAL *intact;                               /* (elements, rows) */
  REAL *mt_strain, *mt_guess;                 /* (elements, rows) at the end of the step before; of this one, guessed */
  REAL *lower, *inverse, *z;                  /* (inner b + b padding, b), (…), (…) */
  REAL *force[2], *slope[2];                  /* (b) of the elements left and right of a node */
  REAL *band;                                 /* (b, b + 1) columns of one node */
  REAL *balance;                              /* (b) */
} AXON(state);

#define AT(array, index) ((array) + (index)*W)

/* Consts of a call as vectors. */
typedef struct AXON(consts) {
  V inv_dx, dx, ea, buckle_strain, buckle_load, buckled, kappa_tau, kappa_arm, tau_k, tau_eta, arm_k, arm_eta, drag,
      foundation, fade, branch, cortex_slow, cortex_fast, nf_stiff, nf_visc;
} AXON(consts);

static inline V AXON(hooke)(V stretch, V *slope) {
  const V low = SET1((REAL)0.7), l = MAXV(stretch, low), i = DIV(SET1((REAL)1), l), i2 = MUL(i, i);
  *slope = FMA(SET1((REAL)2), MUL(i2, i), SET1((REAL)1));
  return FMA(*slope, SUB(stretch, l), SUB(l, i2));
}

static void AXON(lay_out)(AXON(state) * s, const lg_axon *axon, void *work) {
  const size_t e = axon->params.elements, r = axon->params.rows, b = r + 1, inner = e - 1, p = axon->n_pairs;
  REAL *at = work;
  s->rows = r, s->b = b, s->elements = e, s->n_pairs = p, s->n_inner = inner;
#define TAKE(member, n) s->member = at, at += (n)*W
  TAKE(w, (e + 1) * b);
  TAKE(w_old, (e + 1) * b);
  TAKE(tau, inner * p);
  TAKE(tau_rate, inner * p);
  TAKE(tau_begin, inner * p);
  TAKE(arm, inner * r);
  TAKE(arm_rate, inner * r);
  TAKE(arm_begin, inner * r);
  TAKE(nf, e);
  TAKE(nf_rate, e);
  TAKE(nf_begin, e);
  TAKE(maxwell, e);
  TAKE(strain_old, e);
  TAKE(stress_old, e);
  TAKE(intact, e * r);
  TAKE(mt_strain, e * r);
  TAKE(mt_guess, e * r);
  TAKE(lower, (inner * b + b) * b);
  TAKE(inverse, inner * b + b);
  TAKE(z, inner * b + 2 * b);
  TAKE(force[0], b);
  TAKE(force[1], b);
  TAKE(slope[0], b);
  TAKE(slope[1], b);
  TAKE(band, b * (b + 1));
  TAKE(balance, b);
#undef TAKE
}

static void AXON(fill)(REAL *to, size_t n, REAL x) {
  for (size_t k = 0; k < n * W; k++) to[k] = x;
}

static const lg_axon *AXON(axon_of)(const axon_lanes *call, size_t lane) {
  return call->axon_of_lane ? call->axon_of_lane[lane] : call->axon;
}

/* Everything but what is lost: no displacement, no stress, no rate of loss. */
static void AXON(relax)(AXON(state) * s) {
  AXON(fill)(s->w, (s->elements + 1) * s->b, 0);
  AXON(fill)(s->tau_rate, s->n_inner * s->n_pairs, 0);
  AXON(fill)(s->arm_rate, s->n_inner * s->rows, 0);
  AXON(fill)(s->nf_rate, s->elements, 0);
  AXON(fill)(s->maxwell, s->elements, 0);
  AXON(fill)(s->mt_strain, s->elements * s->rows, 0);
  AXON(fill)(s->mt_guess, s->elements * s->rows, 0);
}

static void AXON(begin)(AXON(state) * s, const axon_lanes *call) {
  AXON(relax)(s);
  AXON(fill)(s->tau, s->n_inner * s->n_pairs, 1);
  AXON(fill)(s->arm, s->n_inner * s->rows, 1);
  AXON(fill)(s->nf, s->elements, 1);
  AXON(fill)(s->lower, s->b * s->b, 0); /* columns before the first: zeros */
  AXON(fill)(s->inverse, s->b, 0);
  AXON(fill)(s->band, s->b * (s->b + 1), 0);    /* every node writes the same entries */
  AXON(fill)(s->z, (s->n_inner + 2) * s->b, 0); /* and behind the last */
  for (size_t l = 0; l < W; l++) {
    const uint8_t *intact = AXON(axon_of)(call, l)->intact;
    for (size_t k = 0; k < s->elements * s->rows; k++) AT(s->intact, k)[l] = (REAL)intact[k];
  }
}

/* dt: what rates of change are divided by; since: from the beginning of the step to where forces balance. */
static AXON(consts) AXON(constants)(const lg_axon *axon, double dt, double since) {
  const axon_params *p = &axon->params;
  const double fade = lg_exp(-since / p->cortex_time), branch = (1.0 - fade) / (since / p->cortex_time);
#define C(x) SET1((REAL)(x))
  return (AXON(consts)){.inv_dx = C(1.0 / p->element_nm),
                        .dx = C(p->element_nm),
                        .ea = C(p->mt_stiffness),
                        .buckle_strain = C(p->mt_buckling_load / p->mt_stiffness),
                        .buckle_load = C(p->mt_buckling_load),
                        .buckled = C(p->mt_buckled_fraction),
                        .kappa_tau = C(p->element_nm / p->tau_spacing * (p->tau_stiffness + p->tau_viscosity / dt)),
                        .kappa_arm = C(p->element_nm / p->arm_spacing * (p->arm_stiffness + p->arm_viscosity / dt)),
                        .tau_k = C(p->element_nm / p->tau_spacing * p->tau_stiffness),
                        .tau_eta = C(p->element_nm / p->tau_spacing * p->tau_viscosity / dt),
                        .arm_k = C(p->element_nm / p->arm_spacing * p->arm_stiffness),
                        .arm_eta = C(p->element_nm / p->arm_spacing * p->arm_viscosity / dt),
                        .drag = C(p->drag * p->element_nm / dt),
                        .foundation = C(p->foundation * p->element_nm),
                        .fade = C(fade),
                        .branch = C(branch),
                        .cortex_slow = C(p->cortex_area * p->cortex_modulus),
                        .cortex_fast = C(p->cortex_area * p->cortex_modulus_fast * branch),
                        .nf_stiff = C(p->nf_stiffness),
                        .nf_visc = C(p->nf_stiffness * p->nf_time / dt)};
#undef C
}

static inline V AXON(strain_of)(const AXON(state) * s, const AXON(consts) * c, size_t element, size_t row, V affine) {
  const V right = LOAD(AT(s->w, (element + 1) * s->b + row)), left = LOAD(AT(s->w, element * s->b + row));
  return FMA(SUB(right, left), c->inv_dx, affine);
}

/* Force and tangent (per nm) of every row in one element. A microtubule's force is on one of two lines; which, its
 * strain says, or a guess of it where that is not NULL. */
static void AXON(element)(const AXON(state) * s, const AXON(consts) * c, const lg_axon *axon, size_t e, V affine,
                          const REAL *guess, REAL *force, REAL *slope) {
  const V minus = SUB(SET1((REAL)0), c->buckle_strain), stiff = MUL(c->ea, c->inv_dx);
  for (size_t r = 0; r < s->rows; r++) {
    const V x = AXON(strain_of)(s, c, e, r, affine), there = LOAD(AT(s->intact, e * s->rows + r));
    const V which = guess ? LOAD(AT(guess, e * s->rows + r)) : x, straight = MUL(c->ea, x);
    const V bent = FMA(MUL(c->buckled, c->ea), ADD(x, c->buckle_strain), SUB(SET1((REAL)0), c->buckle_load));
    STORE(AT(force, r), MUL(WHERE_LESS(which, minus, bent, straight), there));
    STORE(AT(slope, r), MUL(WHERE_LESS(which, minus, MUL(c->buckled, stiff), stiff), there));
  }
  const V share = SET1((REAL)axon->matrix_share[e]), nf = LOAD(AT(s->nf, e));
  const V x = AXON(strain_of)(s, c, e, s->rows, affine), old = LOAD(AT(s->strain_old, e));
  V rise;
  const V stress = AXON(hooke)(ADD(x, SET1((REAL)1)), &rise);
  const V cortex = FMA(c->cortex_slow, stress, MUL(c->cortex_fast, SUB(stress, LOAD(AT(s->stress_old, e)))));
  const V filaments = MUL(nf, FMA(c->nf_visc, SUB(x, old), MUL(c->nf_stiff, x)));
  STORE(AT(force, s->rows), FMA(share, ADD(cortex, filaments), MUL(LOAD(AT(s->maxwell, e)), c->fade)));
  const V k = FMA(ADD(c->cortex_slow, c->cortex_fast), rise, MUL(nf, ADD(c->nf_stiff, c->nf_visc)));
  STORE(AT(slope, s->rows), MUL(MUL(share, k), c->inv_dx));
}

/* Bonds of one node: their forces into the balance, their tangents into the band. */
static void AXON(couple)(const AXON(state) * s, const AXON(consts) * c, const lg_axon *axon, size_t node) {
  const size_t b = s->b, inner = node - 1, stride = b + 1;
  const REAL *w = AT(s->w, node * b), *old = AT(s->w_old, node * b);
  for (size_t q = 0; q < s->n_pairs; q++) {
    const size_t i = axon->pairs[q].a, j = axon->pairs[q].b;
    const V d = SUB(LOAD(AT(w, i)), LOAD(AT(w, j))), d_old = SUB(LOAD(AT(old, i)), LOAD(AT(old, j)));
    const V left = LOAD(AT(s->tau, inner * s->n_pairs + q));
    const V f = MUL(left, FMA(c->tau_k, d, MUL(c->tau_eta, SUB(d, d_old)))), k = MUL(left, c->kappa_tau);
    STORE(AT(s->balance, i), SUB(LOAD(AT(s->balance, i)), f));
    STORE(AT(s->balance, j), ADD(LOAD(AT(s->balance, j)), f));
    STORE(AT(s->band, i * stride), ADD(LOAD(AT(s->band, i * stride)), k));
    STORE(AT(s->band, j * stride), ADD(LOAD(AT(s->band, j * stride)), k));
    STORE(AT(s->band, i * stride + (j - i)), SUB(SET1((REAL)0), k));
  }
  const size_t m = s->rows;
  const V u = LOAD(AT(w, m)), u_old = LOAD(AT(old, m));
  V all = SET1((REAL)0), all_k = SET1((REAL)0);
  for (size_t i = 0; i < s->rows; i++) {
    const V d = SUB(LOAD(AT(w, i)), u), moved = SUB(d, SUB(LOAD(AT(old, i)), u_old));
    const V left = LOAD(AT(s->arm, inner * s->rows + i));
    const V f = FMA(left, FMA(c->arm_k, d, MUL(c->arm_eta, moved)), MUL(c->drag, moved));
    const V k = FMA(left, c->kappa_arm, c->drag);
    STORE(AT(s->balance, i), SUB(LOAD(AT(s->balance, i)), f));
    STORE(AT(s->band, i * stride), ADD(LOAD(AT(s->band, i * stride)), k));
    STORE(AT(s->band, i * stride + (m - i)), SUB(SET1((REAL)0), k));
    all = ADD(all, f);
    all_k = ADD(all_k, k);
  }
  STORE(AT(s->balance, m), ADD(LOAD(AT(s->balance, m)), FNMA(c->foundation, u, all)));
  STORE(AT(s->band, m * stride), ADD(LOAD(AT(s->band, m * stride)), ADD(all_k, c->foundation)));
}

static void AXON(assemble)(const AXON(state) * s, const AXON(consts) * c, const lg_axon *axon, size_t node,
                           const REAL *force[2], const REAL *slope[2]) {
  const size_t b = s->b, stride = b + 1;
  const bool last = node == s->n_inner;
  for (size_t r = 0; r < b; r++) {
    const V right = LOAD(AT(slope[1], r));
    STORE(AT(s->balance, r), SUB(LOAD(AT(force[1], r)), LOAD(AT(force[0], r))));
    STORE(AT(s->band, r * stride), ADD(LOAD(AT(slope[0], r)), right));
    STORE(AT(s->band, r * stride + b), SUB(SET1((REAL)0), last ? SET1((REAL)0) : right));
  }
  AXON(couple)(s, c, axon, node);
}

/* Columns of one node of the band, from those of the node before and of this one (left-looking), with the forward
 * substitution. lower keeps L D, so that a column needs no second pass; b is a constant where it is inlined. */
static inline LG_ALWAYS_INLINE void AXON(eliminate)(const AXON(state) * s, size_t node, size_t b) {
  for (size_t j = 0; j < b; j++) {
    const size_t column = node * b + j; /* with the padding of b columns in front */
    const REAL *a = AT(s->band, j * (b + 1));
    V sum[AXON_MOST_ROWS + 2];
    LG_UNROLL_ALL for (size_t m = 0; m <= b; m++) sum[m] = LOAD(AT(a, m));
    V y = LOAD(AT(s->balance, j));
    LG_UNROLL_ALL for (size_t i = b; i > 0; i--) {
      const REAL *before = AT(s->lower, (column - i) * b);
      const V under = LOAD(AT(before, i - 1)), factor = MUL(under, LOAD(AT(s->inverse, column - i)));
      y = FNMA(under, LOAD(AT(s->z, column - i)), y);
      // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) 0 … b are set above, unrolled
      LG_UNROLL_ALL for (size_t m = 0; m + i <= b; m++) sum[m] = FNMA(factor, LOAD(AT(before, i + m - 1)), sum[m]);
    }
    const V inverse = DIV(SET1((REAL)1), sum[0]);
    STORE(AT(s->inverse, column), inverse);
    STORE(AT(s->z, column), MUL(y, inverse));
    LG_UNROLL_ALL for (size_t m = 1; m <= b; m++) STORE(AT(s->lower, column * b + m - 1), sum[m]);
  }
}

/* The rows of one node in back substitution, from the farthest unknown to the nearest, so that the next row waits for
 * one product only; b is a constant where it is inlined. Behind the last node's columns stand zeros. */
static inline LG_ALWAYS_INLINE void AXON(go_back_node)(const AXON(state) * s, size_t node, size_t b, V active, V *most,
                                                       V *stretch) {
  for (size_t j = b; j-- > 0;) {
    const size_t column = node * b + j;
    const REAL *below = AT(s->lower, column * b), *z = AT(s->z, column);
    V sum = SET1((REAL)0);
    LG_UNROLL_ALL for (size_t m = b; m > 0; m--) sum = FMA(LOAD(AT(below, m - 1)), LOAD(AT(z, m)), sum);
    const V x = FNMA(sum, LOAD(AT(s->inverse, column)), LOAD(z));
    STORE(AT(s->z, column), x);
    const V step = WHERE_LESS(SET1((REAL)0), active, x, SET1((REAL)0));
    STORE(AT(s->w, column), ADD(LOAD(AT(s->w, column)), step)); /* node 1 begins at b: the same index */
    *most = MAXV(*most, ABSV(x));
    const V change = ABSV(SUB(LOAD(AT(s->z, column + b)), x));
    *stretch = MAXV(*stretch, j == s->rows ? change : MUL(change, LOAD(AT(s->intact, node * s->rows + j))));
  }
}

/* Back substitution; adds the step to w in lanes where active is above 0. Returns the greatest move of each lane, and
 * the greatest change of a strain.
 */
static V AXON(go_back)(const AXON(state) * s, const AXON(consts) * c, V active, V *strained) {
  V most = SET1((REAL)0), stretch = SET1((REAL)0);
  for (size_t node = s->n_inner; node > 0; node--) {
    if (AXON_WRITE_OUT && s->b == 20) AXON(go_back_node)(s, node, 20, active, &most, &stretch);
    else if (AXON_WRITE_OUT && s->b == 8) AXON(go_back_node)(s, node, 8, active, &most, &stretch);
    else AXON(go_back_node)(s, node, s->b, active, &most, &stretch);
  }
  *strained = MUL(stretch, c->inv_dx);
  return most;
}

static V AXON(newton)(AXON(state) * s, const AXON(consts) * c, const lg_axon *axon, V affine, const REAL *guess,
                      V active, V *strained) {
  AXON(element)(s, c, axon, 0, affine, guess, s->force[0], s->slope[0]);
  for (size_t node = 1; node <= s->n_inner; node++) {
    const size_t left = (node - 1) % 2, right = node % 2;
    AXON(element)(s, c, axon, node, affine, guess, s->force[right], s->slope[right]);
    const REAL *force[2] = {s->force[left], s->force[right]}, *slope[2] = {s->slope[left], s->slope[right]};
    AXON(assemble)(s, c, axon, node, force, slope);
    if (AXON_WRITE_OUT && s->b == 20) AXON(eliminate)(s, node, 20);
    else if (AXON_WRITE_OUT && s->b == 8) AXON(eliminate)(s, node, 8);
    else AXON(eliminate)(s, node, s->b);
  }
  return AXON(go_back)(s, c, active, strained);
}

/* Bell's law with a ceiling; factor = kref / (e^(q0/b) - 1). */
static inline V AXON(loss_rate)(V q, V inv_width, V factor, V ceiling) {
  const V y = MUL(factor, EXPM1V(MINV(MUL(q, inv_width), SET1((REAL)60))));
  return DIV(MUL(y, ceiling), ADD(y, ceiling));
}

/* What the bonds lose: e^-(was k_old + now k) of `from`, k where they stand; never more than there was. */
typedef struct AXON(loss) {
  V was, now;
  bool keep; /* k is that of the end of a step */
} AXON(loss);

static inline void AXON(lose)(const AXON(loss) * loss, const REAL *from, REAL *left, REAL *rate_old, V rate) {
  const V amount = MAXV(FMA(loss->was, LOAD(rate_old), MUL(loss->now, rate)), SET1((REAL)0));
  STORE(left, MUL(LOAD(from), EXPV(SUB(SET1((REAL)0), amount))));
  if (loss->keep) STORE(rate_old, rate);
}

static void AXON(lose_bonds)(AXON(state) * s, const AXON(consts) * c, const lg_axon *axon, const AXON(loss) * loss,
                             bool from_begin, V affine) {
  const axon_params *p = &axon->params;
  const REAL *tau_from = from_begin ? s->tau_begin : s->tau, *arm_from = from_begin ? s->arm_begin : s->arm;
  const REAL *nf_from = from_begin ? s->nf_begin : s->nf;
  const V ceiling = SET1((REAL)p->loss_rate_max);
  const V tau_width = SET1((REAL)(1.0 / p->tau_loss_width)), arm_width = SET1((REAL)(1.0 / p->arm_loss_width));
  const V tau_factor = SET1((REAL)(p->loss_rate / lg_expm1(p->tau_loss_stretch / p->tau_loss_width)));
  const V arm_factor = SET1((REAL)(p->loss_rate / lg_expm1(p->arm_loss_stretch / p->arm_loss_width)));
  for (size_t inner = 0; inner < s->n_inner; inner++) {
    const REAL *w = AT(s->w, (inner + 1) * s->b);
    for (size_t q = 0; q < s->n_pairs; q++) {
      const V d = ABSV(SUB(LOAD(AT(w, axon->pairs[q].a)), LOAD(AT(w, axon->pairs[q].b))));
      const size_t k = inner * s->n_pairs + q;
      AXON(lose)
      (loss, AT(tau_from, k), AT(s->tau, k), AT(s->tau_rate, k), AXON(loss_rate)(d, tau_width, tau_factor, ceiling));
    }
    const V u = LOAD(AT(w, s->rows));
    for (size_t i = 0; i < s->rows; i++) {
      const V d = ABSV(SUB(LOAD(AT(w, i)), u));
      const size_t k = inner * s->rows + i;
      AXON(lose)
      (loss, AT(arm_from, k), AT(s->arm, k), AT(s->arm_rate, k), AXON(loss_rate)(d, arm_width, arm_factor, ceiling));
    }
  }
  const V nf_width = SET1((REAL)(1.0 / p->nf_loss_width));
  const V nf_factor = SET1((REAL)(p->loss_rate / lg_expm1(p->nf_loss_strain / p->nf_loss_width)));
  for (size_t e = 0; e < s->elements; e++) {
    const V x = MAXV(AXON(strain_of)(s, c, e, s->rows, affine), SET1((REAL)0));
    AXON(lose)
    (loss, AT(nf_from, e), AT(s->nf, e), AT(s->nf_rate, e), AXON(loss_rate)(x, nf_width, nf_factor, ceiling));
  }
}

/* The Maxwell branch and what broke; greatest strains now, and microtubules' strains guessed for the end of the next
 * step: on by three quarters of what they moved in this one. The affine guess of displacements would bend or stretch
 * all of them; from this one the fourth Newton iteration is as good as the fifth from that. */
static void AXON(finish_step)(AXON(state) * s, const AXON(consts) * c, const lg_axon *axon, V affine, V *mt,
                              V *axolemma, V *compression) {
  const V fail = SET1((REAL)axon->params.mt_failure_strain), zero = SET1((REAL)0), none = SET1((REAL)-1);
  const V fast = SET1((REAL)(axon->params.cortex_area * axon->params.cortex_modulus_fast));
  *mt = none;
  *axolemma = SET1((REAL)-1e30);
  *compression = zero;
  for (size_t e = 0; e < s->elements; e++) {
    for (size_t r = 0; r < s->rows; r++) {
      REAL *at = AT(s->intact, e * s->rows + r);
      const V x = AXON(strain_of)(s, c, e, r, affine), there = LOAD(at), seen = WHERE_LESS(zero, there, x, none);
      REAL *last = AT(s->mt_strain, e * s->rows + r);
      STORE(AT(s->mt_guess, e * s->rows + r), FMA(SET1((REAL)0.75), SUB(x, LOAD(last)), x));
      STORE(last, x);
      *mt = MAXV(*mt, seen);
      *compression = MAXV(*compression, SUB(zero, ADD(WHERE_LESS(zero, there, x, zero), c->buckle_strain)));
      STORE(at, WHERE_LESS(fail, seen, zero, there));
    }
    const V x = AXON(strain_of)(s, c, e, s->rows, affine);
    V rise;
    const V moved = SUB(AXON(hooke)(ADD(x, SET1((REAL)1)), &rise), LOAD(AT(s->stress_old, e)));
    const V share = MUL(SET1((REAL)axon->matrix_share[e]), MUL(fast, c->branch));
    STORE(AT(s->maxwell, e), FMA(share, moved, MUL(LOAD(AT(s->maxwell, e)), c->fade)));
    *axolemma = MAXV(*axolemma, x);
  }
}

static void AXON(begin_step)(AXON(state) * s, const AXON(consts) * c, V affine_old) {
  for (size_t k = 0; k < (s->elements + 1) * s->b; k++) STORE(AT(s->w_old, k), LOAD(AT(s->w, k)));
  for (size_t e = 0; e < s->elements; e++) {
    const V x = AXON(strain_of)(s, c, e, s->rows, affine_old);
    V rise;
    STORE(AT(s->strain_old, e), x);
    STORE(AT(s->stress_old, e), AXON(hooke)(ADD(x, SET1((REAL)1)), &rise));
  }
}

/* Mean of n values of every lane. */
static void AXON(sum)(const REAL *values, size_t n, double *sums) {
  for (size_t l = 0; l < W; l++) sums[l] = 0.0;
  for (size_t k = 0; k < n; k++)
    for (size_t l = 0; l < W; l++) sums[l] += (double)AT(values, k)[l];
}

static void AXON(trace_step)(const axon_lanes *call, AXON(state) * s, size_t step, V mt, V axolemma, V compression) {
  double tau[W], nf[W], now[3][W], reaction[W];
  const double nodes = (double)(s->elements + 1), pairs = (double)s->n_pairs;
  AXON(sum)(s->tau, s->n_inner * s->n_pairs, tau);
  AXON(sum)(s->nf, s->elements, nf);
  AXON(sum)(s->force[0], s->b, reaction); /* of the first element, as run() left it */
  TO_DOUBLES(now[0], mt);
  TO_DOUBLES(now[1], axolemma);
  TO_DOUBLES(now[2], compression);
  for (size_t l = 0; l < W; l++) {
    double *row = call->trace + (l * (call->n_steps + 1) + step) * AXON_TRACES;
    row[AXON_TRACE_STRAIN] = call->strain[step * W + l];
    row[AXON_TRACE_MT] = now[0][l];
    row[AXON_TRACE_AXOLEMMA] = now[1][l];
    row[AXON_TRACE_TAU] = 1.0 - (tau[l] + 2.0 * pairs) / (nodes * pairs); /* the ends lose nothing */
    row[AXON_TRACE_NF] = 1.0 - nf[l] / (double)s->elements;
    row[AXON_TRACE_REACTION] = reaction[l];
    row[AXON_TRACE_COMPRESSION] = now[2][l];
  }
}

/* What a run has seen since it began or the last impact ended; times in steps since then. */
typedef struct AXON(seen) {
  V mt, axolemma, moved, reaction, compression, mt_at, axolemma_at;
  V mt_now, axolemma_now, compression_now; /* of the last step */
} AXON(seen);

static AXON(seen) AXON(nothing_seen)(void) {
  const V zero = SET1((REAL)0);
  return (AXON(seen)){zero, zero, zero, zero, zero, zero, zero, zero, zero, zero};
}

static void AXON(write_further)(const axon_lanes *call, const AXON(seen) * seen, double *further) {
  double of[AXON_FURTHER][W];
  TO_DOUBLES(of[AXON_REACTION], seen->reaction);
  TO_DOUBLES(of[AXON_COMPRESSION], seen->compression);
  TO_DOUBLES(of[AXON_MT_TIME], seen->mt_at);
  TO_DOUBLES(of[AXON_AXOLEMMA_TIME], seen->axolemma_at);
  for (size_t l = 0; l < W; l++)
    for (size_t q = 0; q < AXON_FURTHER; q++)
      further[l * AXON_FURTHER + q] = of[q][l] * (q >= AXON_MT_TIME ? call->dt_s : 1.0);
}

static void AXON(write)(const axon_lanes *call, AXON(state) * s, const AXON(seen) * seen, size_t end) {
  double tau[W], arm[W], nf[W], there[W], greatest[2][W];
  const double nodes = (double)(s->elements + 1), rows = (double)s->rows, pairs = (double)s->n_pairs;
  AXON(sum)(s->tau, s->n_inner * s->n_pairs, tau);
  AXON(sum)(s->arm, s->n_inner * s->rows, arm);
  AXON(sum)(s->nf, s->elements, nf);
  AXON(sum)(s->intact, s->elements * s->rows, there);
  TO_DOUBLES(greatest[0], seen->mt);
  TO_DOUBLES(greatest[1], seen->axolemma);
  TO_DOUBLES(call->moved + end * W, seen->moved);
  if (call->further) AXON(write_further)(call, seen, call->further + end * W * AXON_FURTHER);
  for (size_t l = 0; l < W; l++) {
    double *out = call->out + (end * W + l) * AXON_OUTPUTS, intact = 0.0;
    const uint8_t *at_first = AXON(axon_of)(call, l)->intact;
    for (size_t k = 0; k < s->elements * s->rows; k++) intact += (double)at_first[k];
    out[AXON_MT] = greatest[0][l];
    out[AXON_AXOLEMMA] = greatest[1][l];
    out[AXON_TAU] = 100.0 * (1.0 - (tau[l] + 2.0 * pairs) / (nodes * pairs));
    out[AXON_NF] = 100.0 * (1.0 - nf[l] / (double)s->elements);
    out[AXON_ARM] = 100.0 * (1.0 - (arm[l] + 2.0 * rows) / (nodes * rows));
    out[AXON_MT_BROKEN] = 100.0 * (1.0 - there[l] / intact);
  }
}

/* How a call steps: one set of constants for each balance of forces within a step. */
typedef struct AXON(scheme) {
  double dt;
  AXON(consts) c[2];
} AXON(scheme);

/* Both diagonal elements of the two-stage scheme (Alexander 1977, doi:10.1137/0714068): L-stable, second order. */
static const double AXON(gamma) = 0.29289321881345247560;

static AXON(scheme) AXON(plan)(const axon_lanes *call, double dt) {
  AXON(scheme) plan = {.dt = dt};
  const double gamma = AXON(gamma);
  if (call->scheme == AXON_EULER) plan.c[0] = plan.c[1] = AXON(constants)(call->axon, dt, dt);
  else {
    plan.c[0] = AXON(constants)(call->axon, gamma * dt, gamma * dt);
    plan.c[1] = AXON(constants)(call->axon, gamma * dt, dt);
  }
  return plan;
}

/* Balance of forces; guess: where microtubules' strains will be, NULL: where they are. Returns by how much the last
 * iteration changed a strain. Lanes that are far from it go on for a few more; the others stand still meanwhile, as
 * they would without them. */
static V AXON(solve)(const axon_lanes *call, AXON(state) * s, const AXON(consts) * c, V affine, const REAL *guess) {
  const V all = SET1((REAL)1), none = SET1((REAL)0), bound = SET1((REAL)call->more_above);
  V strained = none, active = all;
  for (unsigned it = 0; it < call->newton; it++) {
    const V move = AXON(newton)(s, c, call->axon, affine, it == 0 ? guess : NULL, all, &strained);
    if (REDUCE_MAX(move) < call->tolerance_nm) break;
  }
  for (unsigned it = 0; it < call->newton_more; it++) {
    V now;
    const V far = MUL(active, strained);
    if (!(REDUCE_MAX(far) > call->more_above)) break;
    active = WHERE_LESS(bound, strained, active, none);
    (void)AXON(newton)(s, c, call->axon, affine, NULL, active, &now);
    strained = WHERE_LESS(none, active, now, strained);
  }
  return strained;
}

/* What is left of n bonds after they went on at the rates they had. */
static void AXON(go_on)(REAL *left, REAL *begin, const REAL *rate, size_t n, V minus_time) {
  for (size_t k = 0; k < n; k++) {
    const V was = LOAD(AT(left, k));
    STORE(AT(begin, k), was);
    STORE(AT(left, k), MUL(was, EXPV(MUL(minus_time, LOAD(AT(rate, k))))));
  }
}

/* The first stage of second order: as a short step of backward Euler; then what the second one needs: bonds at the
 * end of the step from rates drawn on to its middle, and where rates of change begin. */
static V AXON(first_stage)(const axon_lanes *call, AXON(state) * s, const AXON(scheme) * plan, V old, V affine) {
  const double g = AXON(gamma), dt = plan->dt, middle = 0.5 / g;
  const V then = FMA(SET1((REAL)g), SUB(affine, old), old), base = FMA(SET1((REAL)(1.0 - g)), SUB(affine, old), old);
  const V minus_time = SET1((REAL)(-g * dt)), more = SET1((REAL)((1.0 - g) / g));
  AXON(go_on)(s->tau, s->tau_begin, s->tau_rate, s->n_inner * s->n_pairs, minus_time);
  AXON(go_on)(s->arm, s->arm_begin, s->arm_rate, s->n_inner * s->rows, minus_time);
  AXON(go_on)(s->nf, s->nf_begin, s->nf_rate, s->elements, minus_time);
  const V strained = AXON(solve)(call, s, &plan->c[0], then, s->mt_guess);
  const AXON(loss) loss = {SET1((REAL)((1.0 - middle) * dt)), SET1((REAL)(middle * dt)), false};
  AXON(lose_bonds)(s, &plan->c[0], call->axon, &loss, true, then);
  for (size_t k = 0; k < (s->elements + 1) * s->b; k++) {
    const V was = LOAD(AT(s->w_old, k)), now = LOAD(AT(s->w, k)), moved = SUB(now, was), from = FMA(more, moved, was);
    STORE(AT(s->w_old, k), from);
    STORE(AT(s->w, k), ADD(from, moved)); /* a guess of the end: on as until here */
  }
  for (size_t e = 0; e < s->elements; e++) {
    const V right = LOAD(AT(s->w_old, (e + 1) * s->b + s->rows)), left = LOAD(AT(s->w_old, e * s->b + s->rows));
    STORE(AT(s->strain_old, e), FMA(SUB(right, left), plan->c[0].inv_dx, base));
  }
  return strained;
}

static void AXON(step)(const axon_lanes *call, AXON(state) * s, const AXON(scheme) * plan, V old, V affine, V at,
                       AXON(seen) * seen) {
  const bool second = call->scheme == AXON_SECOND;
  const AXON(consts) *c = &plan->c[1];
  AXON(begin_step)(s, c, old);
  const V before = second ? AXON(first_stage)(call, s, plan, old, affine) : SET1((REAL)0);
  const V strained = AXON(solve)(call, s, c, affine, second ? NULL : s->mt_guess);
  AXON(element)(s, c, call->axon, 0, affine, NULL, s->force[0], s->slope[0]);
  const V half = SET1((REAL)(0.5 * plan->dt));
  AXON(lose_bonds)(s, c, call->axon, &(AXON(loss)){half, half, true}, second, affine);
  AXON(finish_step)(s, c, call->axon, affine, &seen->mt_now, &seen->axolemma_now, &seen->compression_now);
  V reaction = SET1((REAL)0);
  for (size_t r = 0; r < s->b; r++) reaction = ADD(reaction, LOAD(AT(s->force[0], r)));
  seen->moved = MAXV(MAXV(before, strained), seen->moved);
  seen->reaction = MAXV(ABSV(reaction), seen->reaction);
  seen->compression = MAXV(seen->compression_now, seen->compression);
  seen->mt_at = WHERE_LESS(seen->mt, seen->mt_now, at, seen->mt_at);
  seen->axolemma_at = WHERE_LESS(seen->axolemma, seen->axolemma_now, at, seen->axolemma_at);
  seen->mt = MAXV(seen->mt, seen->mt_now);
  seen->axolemma = MAXV(seen->axolemma, seen->axolemma_now);
}

/* From one sample of the strain to the next; returns where it stands. */
static V AXON(advance)(const axon_lanes *call, AXON(state) * s, const AXON(scheme) * plan, unsigned pieces, V old,
                       V affine, size_t n, AXON(seen) * seen) {
  const V begin = old;
  for (unsigned k = 1; k <= pieces; k++) {
    const double part = (double)k / (double)pieces;
    const V now = k == pieces ? affine : FMA(SET1((REAL)part), SUB(affine, begin), begin);
    AXON(step)(call, s, plan, old, now, SET1((REAL)((double)n - 1.0 + part)), seen);
    old = now;
  }
  return old;
}

static void AXON(run)(const axon_lanes *call) {
  AXON(state) s;
  AXON(lay_out)(&s, call->axon, call->work);
  AXON(begin)(&s, call);
  unsigned pieces = 1;
  size_t end = 0, began = 0;
  AXON(scheme) plan = AXON(plan)(call, call->dt_s);
  const V zero = SET1((REAL)0);
  AXON(seen) seen = AXON(nothing_seen)();
  V old = FIRST_STRAIN(call->strain);
  if (call->trace) {
    AXON(fill)(s.force[0], s.b, 0);
    AXON(trace_step)(call, &s, 0, zero, zero, zero);
  }
  for (size_t n = 1; n <= call->n_steps; n++) {
    if (call->pieces && call->pieces[n] != pieces) {
      pieces = call->pieces[n];
      plan = AXON(plan)(call, call->dt_s / (double)pieces);
    }
    old = AXON(advance)(call, &s, &plan, pieces, old, FIRST_STRAIN(call->strain + n * W), n - began, &seen);
    if (call->trace) AXON(trace_step)(call, &s, n, seen.mt_now, seen.axolemma_now, seen.compression_now);
    if (n != (call->ends ? call->ends[end] : call->n_steps)) continue;
    AXON(write)(call, &s, &seen, end++);
    seen = AXON(nothing_seen)();
    began = n;
    if (call->relax) AXON(relax)(&s), old = zero;
  }
}

const axon_build AXON(lg_axon) = {BUILD_NAME, W, sizeof(REAL), AXON(run)};

#undef AT
