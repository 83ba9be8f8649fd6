/**
 * @file clamp.h
 * @brief Channels under a prescribed u(t): where the data come from that learned gates are trained on.
 *
 * u is cytosolic calcium in µM or a voltage in mV, time in s. Every channel here is a linear system y' = A(u, u') y +
 * b(u, u') of up to three states, solved by Radau IIA of order 5 with step doubling.
 */
#ifndef LG_CALCIUM_CLAMP_H
#define LG_CALCIUM_CLAMP_H

#include "calcium/case.h"

enum { CLAMP_STATES = 3, CLAMP_PARTS = 12, CLAMP_NAME = 40 };

typedef enum clamp_kind {
  CLAMP_KL = 0,  /* Keizer & Levine 1996, three states */
  CLAMP_CLOSURE, /* the same with its slow state at rest, one state */
  CLAMP_RISE,    /* opens only while calcium rises; duration set by its closing rate */
  CLAMP_HH_NA,   /* Hodgkin & Huxley 1952, squid: m^3 h */
  CLAMP_HH_K,    /* n^4 */
  CLAMP_VDCC_N,  /* Borg-Graham 1998: m^2 h */
  CLAMP_VDCC_L   /* m^2 */
} clamp_kind;

/** A channel and its constants. */
typedef struct clamp_channel {
  clamp_kind kind;
  const calcium_constants *constants; /* of the ryanodine receptor; must outlive it */
  double closing;                     /* kc of CLAMP_RISE, 1/s */
} clamp_channel;

/** What is known of a kind. */
typedef struct clamp_about {
  const char *name; /* "kl", "hh-na" */
  bool voltage;     /* u in mV */
  size_t n_states;
  const char *states[CLAMP_STATES]; /* names of the columns */
  const char *summary;
} clamp_about;

const clamp_about *lg_clamp_about(clamp_kind kind);
/** @brief Kind by name. */
LG_MUST_CHECK lg_status lg_clamp_find(lg_ctx *ctx, const char *name, clamp_kind *kind);

/** @brief States at rest under a constant u. */
void lg_clamp_rest(const clamp_channel *channel, double u, double *states);
/** @brief Open probability. */
double lg_clamp_open(const clamp_channel *channel, const double *states);
/** @brief Rates of change of the states, 1/s. */
void lg_clamp_slope(const clamp_channel *channel, double u, double udot, const double *states, double *slope);

/** One piece that is added to the resting u. */
typedef struct clamp_part {
  enum { CLAMP_TRAPEZOID = 0, CLAMP_PULSE, CLAMP_SINE } kind;
  double size;         /* µM or mV */
  double from_s, to_s; /* trapezoid and sine: begin and end; pulse: from is its middle of rise */
  double rise_s,
      fall_s; /* trapezoid: 0 is a jump; pulse: width of the sigmoid, first decay; sine: rise is the period */
  double fall2_s, portion; /* pulse: second decay, share of the first */
} clamp_part;

/** u(t) = rest + parts. */
typedef struct clamp_protocol {
  char name[CLAMP_NAME];
  double rest, end_s;
  size_t n;
  clamp_part parts[CLAMP_PARTS];
  bool given; /* start from `start`, else at rest under `rest` */
  double start[CLAMP_STATES];
} clamp_protocol;

/** @brief u and its slope at t; at a jump the values just after it. */
void lg_clamp_u(const clamp_protocol *protocol, double t_s, double *u, double *udot);

/** Families of random protocols, as bits. */
enum {
  CLAMP_STEPS = 1,      /* from rest to a level and back */
  CLAMP_STAIRS = 2,     /* several levels */
  CLAMP_RAMPS = 4,      /* up, hold, down */
  CLAMP_TRANSIENTS = 8, /* as a wave brings them: fast rise, two decays; or spikes of a neuron */
  CLAMP_TRAINS = 16,    /* several transients */
  CLAMP_PAIRS = 32,     /* a conditioning level, a pause, a test: what tells memory */
  CLAMP_STARTS = 64,    /* from states that protocols do not reach */
  CLAMP_ALL = 127
};

/** @brief Names of the families in the order of their bits. */
extern const char *const lg_clamp_families[7];

/** @brief Protocol `index` of a set; depends on its arguments only. */
clamp_protocol lg_clamp_random(const clamp_channel *channel, unsigned families, uint64_t seed, size_t index);

/** Rows of a recording: t, u, u', states, P. */
typedef struct clamp_rows {
  size_t n, capacity;
  double *row; /* (n, CLAMP_STATES + 4): t, u, u', P, states */
} clamp_rows;

enum { CLAMP_ROW = CLAMP_STATES + 4 };

/**
 * @brief Run a protocol; a row wherever u or P has moved by a little, so that fast phases have as many as slow ones.
 * @param max_rows refuse to make more
 * @retval LG_ERR_NUMERICAL the step became too small
 */
LG_MUST_CHECK lg_status lg_clamp_run(lg_ctx *ctx, const clamp_channel *channel, const clamp_protocol *protocol,
                                     double tolerance, size_t max_rows, clamp_rows *rows);
void lg_clamp_rows_clear(lg_ctx *ctx, clamp_rows *rows);

/** u(t) as a function, for driving a channel with anything. */
typedef void (*clamp_drive)(const void *user, double t_s, double *u, double *udot);

/** @brief Move states from a to b, between which u is smooth, with the error of a step below tolerance. */
LG_MUST_CHECK lg_status lg_clamp_move(lg_ctx *ctx, const clamp_channel *channel, clamp_drive drive, const void *user,
                                      double a_s, double b_s, double tolerance, double *states);

#endif
