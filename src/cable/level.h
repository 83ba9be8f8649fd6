/** @file level.h @brief Names of what is compiled for several instruction sets: the includer defines LEVEL, what they
 * end with: plain, v3, v4. */
#ifndef LG_CABLE_LEVEL_H
#define LG_CABLE_LEVEL_H

#define LG_JOIN_AS_IS(a, b) a##_##b
#define LG_JOIN(a, b) LG_JOIN_AS_IS(a, b)
#define LG_M(name) LG_JOIN(name, LEVEL)

#endif
