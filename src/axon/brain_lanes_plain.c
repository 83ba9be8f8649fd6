/* Fibre strain in eight voxels: for any CPU. */
#include "axon/brain_lanes.h"

#define BRAIN_LANES_RUN lg_brain_lanes_plain
#include "axon/brain_lanes.tmpl.h"
