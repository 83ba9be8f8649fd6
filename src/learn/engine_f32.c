/* The engine in float. */
#include "learn/mixture.h"
#include "learn/scalar.h"
#include "learn/tape.h"

#include <stdio.h>
#include <string.h>

#include "learn/real_f32.h"

#include "learn/tape_core.tmpl.h"

#include "learn/derivatives.tmpl.h"

#include "learn/op_basic.tmpl.h"

#include "learn/op_dense.tmpl.h"

#include "learn/op_recurrent.tmpl.h"

#include "learn/op_norm.tmpl.h"

#include "learn/op_image.tmpl.h"

#include "learn/op_graph.tmpl.h"

#include "learn/op_loss.tmpl.h"
