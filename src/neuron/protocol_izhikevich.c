/* The two protocols that clones are trained and judged on. */
#include "neuron/protocol_izhikevich.h"
#include "base/base.h"
#include "base/elementary.h"

#define OU_GRID_MS 0.05
#define OU_TAU_MS 3.0

typedef struct segment {
  double t0_ms, t1_ms, from, to; /* in units of I0 */
} segment;

static const segment clone1[] = {
    {50.0, 200.0, -0.5, -0.5}, {300.0, 450.0, 1.5, 1.5}, {500.0, 600.0, 3.0, 3.0}, {650.0, 850.0, 0.0, 2.5}};
static const segment step[] = {{50.0, 550.0, 1.7, 1.7}};

#define OU_T0_MS 900.0
#define OU_T1_MS 1200.0

static double duration_ms(lg_izh_protocol protocol) { return protocol == LG_IZH_STEP ? 600.0 : OU_T1_MS; }

size_t lg_izh_protocol_samples(lg_izh_protocol protocol, double dt_ms) {
  return (size_t)(duration_ms(protocol) / dt_ms + 0.5);
}

lg_izh_player lg_izh_player_make(lg_izh_protocol protocol, double i0_pA, uint64_t seed, uint64_t index, double dt_ms) {
  const double decay = lg_exp(-OU_GRID_MS / OU_TAU_MS);
  lg_izh_player player = {.protocol = protocol,
                          .i0_pA = i0_pA,
                          .dt_ms = dt_ms,
                          .decay = decay,
                          .kick = sqrt(1.0 - decay * decay),
                          .rng = lg_rng_make(seed, 0x697a682d6f75u, index)}; /* "izh-ou" */
  player.ou = lg_rng_normal(&player.rng);
  return player;
}

static double level(const segment *segments, size_t n, double t) {
  for (size_t k = 0; k < n; k++) {
    const segment *s = &segments[k];
    if (t >= s->t0_ms && t < s->t1_ms) return s->from + (s->to - s->from) * (t - s->t0_ms) / (s->t1_ms - s->t0_ms);
  }
  return 0.0;
}

/* Standard OU value at time x after its start; moves forward only. */
static double ou_at(lg_izh_player *player, double x) {
  const size_t want = (size_t)(x / OU_GRID_MS + 1e-6);
  for (; player->ou_index < want; player->ou_index++)
    player->ou = player->decay * player->ou + player->kick * lg_rng_normal(&player->rng);
  return player->ou;
}

void lg_izh_player_fill(lg_izh_player *player, size_t n, double *i_pA) {
  for (size_t k = 0; k < n; k++) {
    const double t = (double)player->next * player->dt_ms + 1e-9; /* a sample on a border belongs behind it */
    player->next++;
    if (player->protocol == LG_IZH_STEP) i_pA[k] = player->i0_pA * level(step, 1, t);
    else if (t < OU_T0_MS) i_pA[k] = player->i0_pA * level(clone1, sizeof clone1 / sizeof clone1[0], t);
    else if (t < OU_T1_MS) i_pA[k] = player->i0_pA * 0.7 * (1.0 + ou_at(player, t - OU_T0_MS));
    else i_pA[k] = 0.0;
  }
}

void lg_izh_protocol_fill(lg_izh_protocol protocol, double i0_pA, uint64_t seed, uint64_t index, double dt_ms, size_t n,
                          double *i_pA) {
  lg_izh_player player = lg_izh_player_make(protocol, i0_pA, seed, index, dt_ms);
  lg_izh_player_fill(&player, n, i_pA);
}
