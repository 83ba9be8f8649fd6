/* The reference: double precision, one profile, no fused operations. */
#include "axon/lanes_double.h"
#include "axon/lanes.h"

#define AXON(name) name##_double
#define BUILD_NAME "double"
#include "axon/lanes.tmpl.h"
