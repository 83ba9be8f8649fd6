/* Fibre strain in eight voxels: AVX-512. */
#include "axon/brain_lanes.h"

#define BRAIN_LANES_RUN lg_brain_lanes_v4
#include "axon/brain_lanes.tmpl.h"
