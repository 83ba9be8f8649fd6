/** @file protocol_izhikevich.h @brief The protocols in pieces, so that a caller needs no buffer for a whole sweep. */
#ifndef LG_PROTOCOL_IZHIKEVICH_H
#define LG_PROTOCOL_IZHIKEVICH_H

#include "base/base.h"
#include "neuron/prior_izhikevich.h"

typedef struct lg_izh_player {
  lg_izh_protocol protocol;
  double i0_pA, dt_ms;
  size_t next;        /* next sample */
  double decay, kick; /* of one OU step */
  double ou;          /* standard OU value at ou_index */
  size_t ou_index;
  lg_rng rng;
} lg_izh_player;

lg_izh_player lg_izh_player_make(lg_izh_protocol protocol, double i0_pA, uint64_t seed, uint64_t index, double dt_ms);
/** @brief Write the next n samples. */
void lg_izh_player_fill(lg_izh_player *player, size_t n, double *i_pA);

#endif
