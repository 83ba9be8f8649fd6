/* Fibre strain in eight voxels: AVX2. */
#include "axon/brain_lanes.h"

#define BRAIN_LANES_RUN lg_brain_lanes_v3
#include "axon/brain_lanes.tmpl.h"
