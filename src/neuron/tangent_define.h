/* No guard: what the equations of a model mean in tangent arithmetic; ended by tangent_undef.h. */
#define NUM lg_tangent
#define T(name) name##_tangent
#define REAL(x) creal(x)
#define EXP lg_tangent_exp
#define SIGMOID lg_tangent_sigmoid
#define X_OVER_EXPM1 lg_tangent_x_over_expm1
#define LN lg_tangent_ln
#define ABS lg_tangent_abs
