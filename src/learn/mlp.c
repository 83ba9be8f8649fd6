#include "learn/mlp.h"

#include <string.h>

#include "learn/real_f32.h"

#include "learn/mlp.tmpl.h"

#include "learn/real_f64.h"

#include "learn/mlp.tmpl.h"
