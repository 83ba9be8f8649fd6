/** @file store_schema.h @brief The steps that made the store's tables, oldest first: PRAGMA user_version counts them.
 */
#ifndef LG_SERVE_STORE_SCHEMA_H
#define LG_SERVE_STORE_SCHEMA_H

/** Each is run once, whole, in a transaction; never changed after a release: a new need is a new step. */
extern const char *const store_steps[];
extern const int store_n_steps;

#endif
