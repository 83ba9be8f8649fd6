/* Built-in mechanisms for any machine: one instance at a time. */
#include "cable/simd_plain.h"

#define LEVEL plain
#include "cable/mechanisms.tmpl.h"
