/* A concentration that something outside of the cell's equations moves: calcium of a dendrite with stores. */
#include "cable/given.h"
#include "cable/group.h"

enum { START, SLOPE, SINCE };
enum { INSIDE, CHARGE };

static const lg_field parameters[] = {
    {"cai", "mM", 5e-5, 0.0, 1e3, "Concentration at the time `since`."},
    {"slope", "mM/ms", 0.0, -1e9, 1e9, "How fast it changes."},
    {"since", "ms", 0.0, -1e12, 1e12, "Where `cai` holds."},
};
static const char *const states[] = {"cai", "charge"};
static const cable_ion_use ions[] = {{.name = "ca", .valence = 2, .reads_current = true, .writes_inside = true}};

static void put(const cable_block *b, double t_ms) {
  for (size_t k = 0; k < b->number; k++) {
    const double c = b->parameter[START][k] + b->parameter[SLOPE][k] * (t_ms - b->parameter[SINCE][k]);
    b->state[INSIDE][k] = c > 1e-9 ? c : 1e-9; /* a line beyond its end must not make a logarithm of 0 */
    b->ion[0]->inside_mM[b->node[k]] = b->state[INSIDE][k];
  }
}

static void start(const cable_block *b, const cable_moment *now) { put(b, now->t_ms); }

static void advance(const cable_block *b, const cable_moment *now) {
  for (size_t k = 0; k < b->number; k++) b->state[CHARGE][k] += b->ion[0]->current_mA_cm2[b->node[k]] * now->dt_ms;
  put(b, now->t_ms);
}

const cable_mechanism lg_cable_given_calcium = {.name = "calcium of the dendrite",
                                                .summary = "Calcium that a reaction-diffusion model moves.",
                                                .source = "src/calcium",
                                                .sort = CABLE_DENSITY,
                                                .parameters = parameters,
                                                .n_parameters = sizeof parameters / sizeof parameters[0],
                                                .states = states,
                                                .n_states = 2,
                                                .ions = ions,
                                                .n_ions = 1,
                                                .whole_steps = true,
                                                .start = start,
                                                .advance = advance};

/* Its instance at a node of a cell, NULL where there is none. */
static const cable_block *find(const cable_group *g, size_t node, size_t cell, size_t *instance) {
  const uint32_t place = g->place[node];
  for (size_t b = 0; b < g->n_blocks; b++) {
    const group_block *block = &g->blocks[b];
    if (block->block.kind != &lg_cable_given_calcium) continue;
    size_t low = 0, high = block->block.number / g->lanes;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (block->sites[middle] < place) low = middle + 1;
      else high = middle;
    }
    if (low == block->block.number / g->lanes || block->sites[low] != place) return NULL;
    *instance = low * g->lanes + cell;
    return &block->block;
  }
  return NULL;
}

bool lg_cable_group_give_calcium(cable_group *g, size_t node, size_t cell, double t_ms, double inside_mM,
                                 double slope_mM_per_ms) {
  size_t k;
  const cable_block *b = find(g, node, cell, &k);
  if (!b) return false;
  b->parameter[START][k] = inside_mM;
  b->parameter[SLOPE][k] = slope_mM_per_ms;
  b->parameter[SINCE][k] = t_ms;
  return true;
}

double lg_cable_group_calcium_charge(const cable_group *g, size_t node, size_t cell) {
  size_t k;
  const cable_block *b = find(g, node, cell, &k);
  return b ? b->state[CHARGE][k] : 0.0;
}
