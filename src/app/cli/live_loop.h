/** @file live_loop.h @brief The loop of `loligo neuron live`: frames out at a pace, lines of control in. */
#ifndef LG_CLI_LIVE_LOOP_H
#define LG_CLI_LIVE_LOOP_H

#include "app/serve/live_record.h"
#include "twin/live.h"

typedef struct live_loop live_loop;

typedef struct live_loop_options {
  double every_ms;    /* of simulated time between frames */
  double rate_Hz;     /* frames per second of real time; 0: as fast as it goes */
  double duration_ms; /* of simulated time; 0: until the input ends */
  live_type type;
  int input; /* lines of JSON; -1: none */
  FILE *output;
} live_loop_options;

/** @brief Describe the stream, then run it to its end. LG_ERR_IO: nobody reads it any more. */
LG_MUST_CHECK lg_status live_loop_run(lg_ctx *ctx, lg_live *live, const live_loop_options *options);

#endif
