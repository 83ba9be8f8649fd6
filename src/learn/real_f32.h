/* Included before a *.tmpl.h: instantiate it for float. No guard: it is included many times. */
#undef REAL
#undef REAL_BITS
#undef LG_R
#undef LG_M
#define REAL float
#define REAL_BITS 32
#define LG_R(name) lg_f32_##name
#define LG_M(name) name##_f32
