/**
 * @file version.h
 * @brief Version of the library.
 */
#ifndef LOLIGO_VERSION_H
#define LOLIGO_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/** Steps when something public is removed or renamed. */
#define LG_VERSION_MAJOR 0
/** Steps when something is added. */
#define LG_VERSION_MINOR 1
/** Steps when something is mended. */
#define LG_VERSION_PATCH 0
/** The version of this header. */
#define LG_VERSION "0.1.0"

/** @brief Return the version of the library that is linked ("0.1.0"). */
const char *lg_version(void);

/** @brief Return the commit it was built from (short hash, "unknown" outside a checkout). */
const char *lg_version_commit(void);

/** @brief Return the compiler it was built with. */
const char *lg_version_compiler(void);

#ifdef __cplusplus
}
#endif
#endif
