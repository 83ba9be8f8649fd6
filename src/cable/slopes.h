/**
 * @file slopes.h
 * @brief Local derivatives of a mechanism: how what it adds to its nodes, and its next states, answer to what it reads.
 *
 * A mechanism is one text: its functions over arrays. The derivatives come from that same text, evaluated beside the
 * present point on arrays of their own, by central differences of fourth order (of second where the answer is a
 * straight line, which is exact there). Which output answers to which input is found once; inputs that share no output
 * are moved together (Curtis, Powell & Reid 1974, doi 10.1093/imamat/13.1.117). The errors are some 1e-12 of the
 * derivative. Mechanisms of NMODL and built-in ones alike have derivatives so, to every field, kinetic ones included.
 */
#ifndef LG_CABLE_SLOPES_H
#define LG_CABLE_SLOPES_H

#include "cable/mechanism.h"

typedef enum cable_slot_sort {
  CABLE_SLOT_V,
  CABLE_SLOT_STATE,           /* index: of the state */
  CABLE_SLOT_REVERSAL,        /* index: of the ion in kind->ions */
  CABLE_SLOT_INSIDE,          /* the same */
  CABLE_SLOT_ION_CURRENT,     /* the same */
  CABLE_SLOT_PARAMETER,       /* index: of the field */
  CABLE_SLOT_ION_CONDUCTANCE, /* as of the ion; only written */
  CABLE_SLOT_G,               /* only written */
  CABLE_SLOT_I                /* only written */
} cable_slot_sort;

/** Something a mechanism reads or writes, one number per instance. */
typedef struct cable_slot {
  cable_slot_sort sort;
  uint32_t index;
} cable_slot;

/** d out / d in of each instance. G and I are what is added to the node, ion currents what is added to the ion's. */
typedef struct cable_slope {
  cable_slot out, in;
  double *value; /* (number) */
} cable_slope;

/** What an event makes of the states of one instance, answering to one input. */
typedef struct cable_jump {
  bool is_weight; /* in is the weight, else the slot */
  cable_slot in;  /* a state or a field */
  double *value;  /* (kind->n_states) */
} cable_jump;

/** Functions of a mechanism that have slopes. */
typedef enum cable_function { CABLE_DO_START, CABLE_DO_CURRENT, CABLE_DO_ADVANCE, CABLE_FUNCTIONS } cable_function;

typedef struct cable_slopes cable_slopes;

/**
 * @brief Prepare the derivatives of a block.
 * @param block  its arrays are read at every call; must outlive the slopes
 * @param now    temperature, scheme and step are taken from it
 * @param wanted (kind->n_parameters) fields whose derivatives are wanted; NULL: none
 * @param by_differences even where derivatives are written out (hh and fixed leaks: slopes_known.c); for tests
 */
LG_MUST_CHECK lg_status lg_cable_slopes_create(lg_ctx *ctx, const cable_block *block, const cable_moment *now,
                                               const bool *wanted, bool by_differences, cable_slopes **out);
void lg_cable_slopes_destroy(lg_ctx *ctx, cable_slopes *slopes);

/** @brief Derivatives of a function at the present point of the block; changes nothing of the block. No allocation. */
void lg_cable_slopes_at(cable_slopes *slopes, cable_function function, const cable_moment *now);

/** @brief The derivatives of a function that are not zero throughout; their values hold after lg_cable_slopes_at(). */
const cable_slope *lg_cable_slopes_of(const cable_slopes *slopes, cable_function function, size_t *n);

/** @brief How many jumps lg_cable_slopes_receive() fills: the weight, the states, the wanted fields. */
size_t lg_cable_slopes_jumps(const cable_slopes *slopes);
/**
 * @brief Derivatives of the states after an event at instance k, at its present states; changes nothing of the block.
 * @param jumps (lg_cable_slopes_jumps()) with room for values
 */
void lg_cable_slopes_receive(cable_slopes *slopes, size_t k, double weight, double offset_ms, const cable_moment *now,
                             cable_jump *jumps);

#endif
