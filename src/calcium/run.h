/**
 * @file run.h
 * @brief A dendrite in time: state, steps, and a run with what is watched.
 */
#ifndef LG_CALCIUM_RUN_H
#define LG_CALCIUM_RUN_H

#include "calcium/extra.h"
#include "calcium/film.h"
#include "calcium/gate.h"
#include "calcium/grid.h"

struct calcium_tape;

typedef enum calcium_scheme {
  CALCIUM_IMEX2 = 0, /* SBDF2 with gates at the times of the concentrations, BDF2 gates */
  CALCIUM_IMEX1,     /* backward Euler gate, explicit reactions, implicit diffusion: the paper's family */
  CALCIUM_RODAS4     /* Rosenbrock of order 4(3) with steps of its own choice */
} calcium_scheme;

/** Where a run goes on from, and where it leaves what it remembers: the same bits as if it had not stopped. */
typedef struct calcium_saver {
  const unsigned char *from; /* bytes of an earlier save; NULL: from the start */
  size_t n_from;
  void *user;
  bool (*due)(void *user); /* asked every 256 steps */
  lg_status (*save)(lg_ctx *ctx, void *user, double t_s, const unsigned char *bytes, size_t n);
} calcium_saver;

typedef struct calcium_options {
  calcium_scheme scheme;
  double dt_s;         /* 0: 2.5 µs */
  double max_dx_um;    /* 0: 0.05 */
  double sample_s;     /* of time series and totals; 0: 0.5 ms */
  double tolerance;    /* of rodas4 (see lg_calcium_run_tolerance); 0: 1 */
  calcium_film *film;  /* exposed by the run; NULL: none */
  double stop_after_s; /* > 0: end so long after the wave has passed three quarters of section 0, or when no stimulus is
                          left and calcium is nowhere above twice its rest; fewer samples and snapshots then */
  const calcium_saver *saver; /* saves when due and when the run is cancelled; NULL: none */
} calcium_options;

/** A dendrite that can be stepped; arrays are the run's own, (n). */
typedef struct calcium_state {
  size_t n;
  double t_s;
  double *c, *b, *e, *open;
  double *gates; /* (n_states, n) */
  size_t n_species;
  double *species;     /* (n_species, n) of the extra */
  double *extra_gates; /* (extra's n_gates, n) */
} calcium_state;

typedef struct calcium_run calcium_run;

/** @brief A dendrite at rest; extra: NULL for none. What is given must outlive the run. */
LG_MUST_CHECK lg_status lg_calcium_run_create(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                              const calcium_gate *gate, const calcium_extra *extra,
                                              calcium_scheme scheme, calcium_run **out);
void lg_calcium_run_destroy(lg_ctx *ctx, calcium_run *run);
/**
 * @brief Begin a stretch from the present time to end_s: at the start, when a stimulus begins or ends.
 *
 * Schemes of fixed steps cut it into equal ones of at most dt_s; others take dt_s as their first. The last step lands
 * on end_s.
 */
void lg_calcium_run_begin(calcium_run *run, double end_s, double dt_s);
/** @brief Whether the stretch is at its end. */
bool lg_calcium_run_ended(const calcium_run *run);
/** @brief One step; lg_calcium_run_state has the time that it reached. */
LG_MUST_CHECK lg_status lg_calcium_run_step(lg_ctx *ctx, calcium_run *run);
/** @brief Error that schemes with steps of their own choice let pass in each, in units of 1e-3 µM of c, 1e-2 µM of b
 * and ce, 1e-4 of a gate's state; 1 unless set. */
void lg_calcium_run_tolerance(calcium_run *run, double tolerance);

/** What schemes with steps of their own choice did. */
typedef struct calcium_effort {
  size_t steps, rejected;
  double shift_s;  /* how much later fronts arrive by the embedded errors of all steps, summed */
  double moving_s; /* time with a front running: shift / moving is the relative error of the speed */
} calcium_effort;

/** @brief All zero for schemes of fixed steps. */
calcium_effort lg_calcium_run_effort(const calcium_run *run);
const calcium_state *lg_calcium_run_state(const calcium_run *run);
/**
 * @brief Longest step under which the scheme keeps a dendrite at rest, s: what is explicit in it, buffering and
 * membrane fluxes, must not relax faster; INFINITY where all is implicit. A wave may ask for shorter ones.
 */
double lg_calcium_run_longest_step(const calcium_run *run);
/** @brief Fluxes, leaks and the gate at rest. */
calcium_derived lg_calcium_run_derived(const calcium_run *run);
/** @brief Calcium in µM µm³: free in the cytosol, bound, in the ER; species count by what they hold. */
void lg_calcium_run_totals(const calcium_run *run, double totals[3]);

/** Equal steps from start_s to end_s. */
typedef struct calcium_stretch {
  double start_s, end_s, dt_s;
  uint64_t step, n_steps;
} calcium_stretch;

/** @brief As few equal steps as dt_s allows; none where the end is not after now. */
calcium_stretch lg_calcium_stretch(double now_s, double end_s, double dt_s);
/** @brief Count a step; returns the time that it reached: no sum of steps, and the last lands on the end. */
double lg_calcium_stretch_next(calcium_stretch *stretch);

/**
 * What lg_calcium_simulate_with() moves: the state that it shows has one value per node of the grid (of a scheme that
 * resolves the cross-section: its means). begin, ended and step as lg_calcium_run_begin, _ended and _step.
 */
typedef struct calcium_stepper {
  void *own;
  const calcium_state *(*state)(const void *own);
  void (*begin)(void *own, double end_s, double dt_s);
  bool (*ended)(const void *own);
  lg_status (*step)(lg_ctx *ctx, void *own);
  void (*totals)(const void *own, double totals[3]);
  calcium_derived (*derived)(const void *own);
  void (*tape)(void *own, struct calcium_tape *tape); /* all that it remembers; NULL: cannot be saved */
} calcium_stepper;

/** @brief The stepper of a run of the tree. */
calcium_stepper lg_calcium_run_stepper(calcium_run *run);

/** What one probe saw. */
typedef struct calcium_arrival {
  double up_s, down_s, peak_uM; /* NAN where the threshold was not crossed */
} calcium_arrival;

typedef struct calcium_summary {
  double speed_um_s; /* between a quarter and three quarters of section 0 */
  double peak_uM, fwhm_ms, above_threshold_ms, open_max, open_half_ms, er_min_uM; /* at mid-length of section 0 */
  double open_low, open_high;                                                     /* over all nodes and times */
  size_t clipped; /* gate values that had to be put back into 0 … 1 */
} calcium_summary;

/** What a run says of its own error in time (not of the grid's). */
typedef struct calcium_estimate {
  size_t runs;      /* that it took; 0: there is no estimate */
  double speed;     /* relative; NAN: no wave ran */
  double arrival_s; /* of arrivals */
  double dt_s;      /* step; 0: the scheme's own choice */
} calcium_estimate;

enum { CALCIUM_MAX_SPECIES = 8 };

typedef struct calcium_result {
  size_t n_nodes, n_steps, n_probes, n_samples, n_snapshots;
  size_t n_columns;                      /* c, b, e, P and the extra's species */
  char columns[CALCIUM_MAX_SPECIES][16]; /* names of the species */
  calcium_arrival *arrivals;             /* (n_probes) */
  double *sample_s;                      /* (n_samples) */
  double *samples;                       /* (n_samples, n_probes, n_columns) */
  double *totals;                        /* (n_samples, 3) */
  double *snapshot_s;                    /* (n_snapshots) */
  double *snapshots;                     /* (n_snapshots, n_nodes, n_columns) */
  double derived_plasma_leak, derived_er_leak, open_rest;
  calcium_summary summary;
  calcium_effort effort;
  calcium_estimate estimate;
  double cpu_s;    /* processor time of the steps and of watching them */
  size_t unknowns; /* per node: c, b, e, species, states of the gates; 0: not one number for all nodes */
} calcium_result;

/**
 * @brief Run a case to its end; extra: NULL for what the case itself says (lg_calcium_extra_create()).
 * @retval LG_ERR_RANGE    steps that are too long for the scheme; the longest is in the message
 * @retval LG_ERR_ARGUMENT what the options' saver gives to go on from is of another run
 * @retval LG_ERR_NUMERICAL a concentration became negative or infinite: time, place and what to change are in the
 * message
 */
LG_MUST_CHECK lg_status lg_calcium_simulate(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                            const calcium_gate *gate, const calcium_extra *extra,
                                            const calcium_options *options, calcium_result **out);

/** @brief As lg_calcium_simulate(), with whatever moves the dendrite; the scheme of the options does not count, of the
 * extra only the times to land on. */
LG_MUST_CHECK lg_status lg_calcium_simulate_with(lg_ctx *ctx, const calcium_case *c, const calcium_grid *grid,
                                                 const calcium_stepper *stepper, const calcium_extra *extra,
                                                 const calcium_options *options, calcium_result **out);
void lg_calcium_result_destroy(lg_ctx *ctx, calcium_result *result);

#endif
