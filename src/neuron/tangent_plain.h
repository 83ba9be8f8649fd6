/* No guard: what the equations of a model mean in plain arithmetic; ended by tangent_undef.h. */
#define NUM double
#define T(name) name
#define REAL(x) (x)
#define EXP lg_exp
#define SIGMOID lg_sigmoid
#define X_OVER_EXPM1 lg_x_over_expm1
#define LN lg_ln
#define ABS fabs
