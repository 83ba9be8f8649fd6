/**
 * @file gate.h
 * @brief How the open probability P of a channel moves: Keizer and Levine's four states, one-state formulas, or a
 * network.
 *
 * A gate works on arrays of nodes. u is what gates it (cytosolic calcium, µM; or a voltage, mV), udot its rate of
 * change per second. Gates in rate form give opening and closing rates (1/s), P' = ko (1 - P) - kc P; the solver moves
 * P exactly over a step, so 0 <= P <= 1 always.
 */
#ifndef LG_CALCIUM_GATE_H
#define LG_CALCIUM_GATE_H

#include "calcium/case.h"

struct calcium_tape;
typedef struct calcium_gate calcium_gate;

struct calcium_gate {
  const char *name;
  size_t n_states;   /* per node: states[k * n + node] */
  size_t n_unknowns; /* of them those that have an equation, where others are kept beside; 0: all */
  const void *own;
  /** States at rest under u = u0, udot = 0; returns P. */
  double (*rest)(const calcium_gate *gate, double u0, double *states);
  /** Move the states from t to t + h with u at the end of the step (backward Euler, or exact for rates frozen there);
   * the states given are those that stand on the right side (of BDF2: (4 s_n - s_n-1)/3 with h = 2 dt/3). */
  void (*advance)(const calcium_gate *gate, size_t n, double h_s, const double *u, const double *udot, double *states);
  /** P of every node. */
  void (*open)(const calcium_gate *gate, size_t n, const double *states, double *open);
  /** For gates with one state in rate form, else NULL: opening and closing rates (1/s) at given P, u and udot; what
   * other rooms (a channel of a cable, a point neuron) and implicit schemes ask for. */
  void (*rates)(const calcium_gate *gate, size_t n, const double *open, const double *u, const double *udot,
                double *opening, double *closing);
  /** For schemes that need the equations themselves, else NULL (then `rates` serves): how fast the states move, 1/s,
   * (n_states, n). */
  void (*slopes)(const calcium_gate *gate, size_t n, const double *states, const double *u, const double *udot,
                 double *slopes);
  /** Derivatives of the slopes, else NULL (then by differences): by the states (n_states, n_states, n; of the first by
   * the second), by u and by udot (n_states, n). */
  void (*derivatives)(const calcium_gate *gate, size_t n, const double *states, const double *u, const double *udot,
                      double *by_state, double *by_u, double *by_udot);
  /** Whether the states obey a linear system that BDF2 may be used on; else P moves exactly with rates at mid-step. */
  bool linear;
  /** What the gate itself remembers of a run of n nodes, for runs that go on later (tape.h); NULL: nothing. */
  void (*tape)(const calcium_gate *gate, size_t n, struct calcium_tape *tape);
  /** Called after every step that counts, with what `advance` had and the states it left; NULL: nobody looks. */
  void (*watch)(const calcium_gate *gate, size_t n, double t_s, const double *u, const double *udot,
                const double *states);
};

/** @brief Keizer & Levine 1996; the constants must outlive the gate. */
calcium_gate lg_calcium_gate_kl(const calcium_constants *constants);

/** @brief The constants of a gate of Keizer and Levine; NULL for others. */
const calcium_constants *lg_calcium_gate_kl_of(const calcium_gate *gate);

/** @brief One state that follows Keizer–Levine with its slow state at rest: P' = ka c⁴ (1 - P - c2) - ka₋ P/(1 + KB).
 */
calcium_gate lg_calcium_gate_closure(const calcium_constants *constants);

/** @brief One state that opens only while c rises, P' = ko(c, c') (1 - P) - k_c P with
 * ko = 2e4 c⁴/(2⁴ + c⁴)/(1 + exp(-(c' - 200)/20)) + 1e-3: the constant k_c sets how long P lasts. */
calcium_gate lg_calcium_gate_rise(const calcium_constants *constants);

#endif
