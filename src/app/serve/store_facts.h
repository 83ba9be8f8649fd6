/** @file store_facts.h @brief Few words about the store itself: name and value. "demo": it was filled by --demo. */
#ifndef LG_SERVE_STORE_FACTS_H
#define LG_SERVE_STORE_FACTS_H

#include "app/serve/store.h"

enum { STORE_FACT = 128 };

/** @brief "" where it is not there. */
LG_MUST_CHECK lg_status facts_get(lg_ctx *ctx, store *s, const char *name, char value[STORE_FACT]);
LG_MUST_CHECK lg_status facts_set(lg_ctx *ctx, store *s, const char *name, const char *value);

#endif
