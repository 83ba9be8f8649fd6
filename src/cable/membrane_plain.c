/* Spiking membranes for any machine. */
#include "cable/simd_plain.h"

#define LEVEL plain
#include "cable/membrane.tmpl.h"
