/* The derivatives of hh, built for one kind of CPU. */
#include "base/elementary.h"
#include "cable/slopes_known.h"

#define KERNEL(name) lg_cable_known_hh_##name##_plain
#include "cable/slopes_hh.inc"
