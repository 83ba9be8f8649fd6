/* Training in double. */
#define _POSIX_C_SOURCE 200809L
#include "learn/train.h"

#include "learn/train_internal.h"

#include <lbfgs.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "learn/real_f64.h"

#include "learn/runner.tmpl.h"

#include "learn/train_impl.tmpl.h"

#include "learn/train_file.tmpl.h"

#include "learn/lbfgs.tmpl.h"
