/* The interpreter: RUN is the name of the function. Loops over n instances, which the compiler makes vectors of. */
#include "cable/nmodl_math.h"
#include "cable/nmodl_program.h"

#include <string.h>

#define EACH(value)                                                                                                    \
  for (size_t k = 0; k < n; k++) d[k] = (value);                                                                       \
  break
/* a basic operation: vectors, or a vector and a scalar */
#define BASIC(op)                                                                                                      \
  if (i->b.place == NM_IN_SCALAR) {                                                                                    \
    const double y = scalar[i->b.index];                                                                               \
    for (size_t k = 0; k < n; k++) d[k] = a[k] op y;                                                                   \
  } else if (i->a.place == NM_IN_SCALAR) {                                                                             \
    const double x = scalar[i->a.index];                                                                               \
    for (size_t k = 0; k < n; k++) d[k] = x op b[k];                                                                   \
  } else {                                                                                                             \
    for (size_t k = 0; k < n; k++) d[k] = a[k] op b[k];                                                                \
  }                                                                                                                    \
  break

static const double *array_of(const nm_program *p, nm_operand o, const double *const *in, const double *registers) {
  if (o.place == NM_IN_INPUT) return in[o.index];
  return o.place == NM_IN_REGISTER ? registers + (size_t)p->code[o.index].target * NM_CHUNK : registers;
}

void RUN(const nm_program *p, size_t n, const double *const *in, const double *scalar, double *const *out,
         double *registers) {
  for (const nm_instruction *i = p->code, *end = p->code + p->n_code; i < end; i++) {
    double *restrict d = registers + (size_t)i->target * NM_CHUNK;
    const double *a = array_of(p, i->a, in, registers), *b = array_of(p, i->b, in, registers);
    switch ((ir_op)i->op) {
    case IR_CONST: {
      const double x = scalar[i->a.index];
      EACH(x);
    }
    case IR_INPUT:
      EACH(a[k]);
    case IR_NEG:
      EACH(-a[k]);
    case IR_NOT:
      EACH(a[k] == 0.0 ? 1.0 : 0.0);
    case IR_ABS:
      EACH(fabs(a[k]));
    case IR_SQRT:
      EACH(sqrt(a[k]));
    case IR_EXP:
      EACH(lg_nm_exp(a[k]));
    case IR_EXPM1:
      EACH(lg_nm_expm1(a[k]));
    case IR_LN:
      EACH(lg_nm_ln(a[k]));
    case IR_SIN:
      EACH(lg_nm_sin(a[k]));
    case IR_COS:
      EACH(lg_nm_cos(a[k]));
    case IR_TANH:
      EACH(lg_nm_tanh(a[k]));
    case IR_FLOOR:
      EACH(floor(a[k]));
    case IR_ADD:
      BASIC(+);
    case IR_SUB:
      BASIC(-);
    case IR_MUL:
      BASIC(*);
    case IR_DIV:
      BASIC(/);
    case IR_POW:
      EACH(lg_nm_pow(a[k], b[k]));
    case IR_LT:
      EACH(a[k] < b[k] ? 1.0 : 0.0);
    case IR_LE:
      EACH(a[k] <= b[k] ? 1.0 : 0.0);
    case IR_EQ:
      EACH(a[k] == b[k] ? 1.0 : 0.0);
    case IR_AND:
      EACH((a[k] != 0.0) & (b[k] != 0.0) ? 1.0 : 0.0);
    case IR_OR:
      EACH((a[k] != 0.0) | (b[k] != 0.0) ? 1.0 : 0.0);
    case IR_SELECT: {
      const double *c = array_of(p, i->c, in, registers);
      EACH(a[k] != 0.0 ? b[k] : c[k]);
    }
    }
  }
  for (size_t r = 0; r < p->n_results; r++) {
    const nm_operand o = p->results[r].value;
    double *to = out[r];
    if (o.place == NM_IN_SCALAR) {
      for (size_t k = 0; k < n; k++) to[k] = scalar[o.index];
    } else {
      memmove(to, array_of(p, o, in, registers), n * sizeof *to);
    }
  }
}

#undef EACH
#undef BASIC
