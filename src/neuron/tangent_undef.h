/* No guard: the end of the words that the equations of a model are written in. */
#undef NUM
#undef T
#undef REAL
#undef EXP
#undef SIGMOID
#undef X_OVER_EXPM1
#undef LN
#undef ABS
