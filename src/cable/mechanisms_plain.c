/* Built-in mechanisms for any machine. */
#define LEVEL plain
#define FMA(a, b, c) ((a) * (b) + (c))
#include "cable/mechanisms.tmpl.h"
