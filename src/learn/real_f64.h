/* Included before a *.tmpl.h: instantiate it for double. No guard: it is included many times. */
#undef REAL
#undef REAL_BITS
#undef LG_R
#undef LG_M
#define REAL double
#define REAL_BITS 64
#define LG_R(name) lg_f64_##name
#define LG_M(name) name##_f64
