/* "4-AP@Kv3.1": a drug with another of its rows acting than the default. */
#include "twin/drug_internal.h"

#include <string.h>

typedef struct variant {
  struct variant *next;
  lg_drug drug;
  char name[192];
} variant;

/* What the table points at: a const table may still get more of them. */
typedef struct shelf {
  variant *first;
} shelf;

void *lg_drug_variants_create(lg_ctx *ctx) { return lg_alloc(ctx, 1, sizeof(shelf)); }

void lg_drug_variants_destroy(lg_ctx *ctx, void *variants) {
  if (!variants) return;
  for (variant *v = ((shelf *)variants)->first, *next; v; v = next) {
    next = v->next;
    lg_free(ctx, v->drug.effects);
    lg_free(ctx, v);
  }
  lg_free(ctx, variants);
}

static lg_status no_target(lg_ctx *ctx, const lg_drug *drug, const char *target) {
  char list[300] = "";
  for (size_t k = 0; k < drug->n_effects; k++) {
    const size_t used = strlen(list);
    (void)snprintf(list + used, sizeof list - used, "%s%s", k > 0 ? ", " : "", drug->effects[k].target);
  }
  return lg_fail(ctx, LG_ERR_NOT_FOUND, "%s has no target '%.40s'; it has %s", drug->name, target, list);
}

/* The row of that target: its whole name, else the only one that holds the word; n_effects: there is none. */
static lg_status find_row(lg_ctx *ctx, const lg_drug *drug, const char *target, size_t *row) {
  char wanted[64], own[64];
  size_t n = 0;
  lg_drug_squeeze(target, wanted, sizeof wanted);
  for (size_t k = 0; k < drug->n_effects && wanted[0]; k++) {
    lg_drug_squeeze(drug->effects[k].target, own, sizeof own);
    if (strcmp(own, wanted) == 0) {
      *row = k;
      return LG_OK;
    }
    if (!strstr(own, wanted)) continue;
    *row = k;
    n++;
  }
  if (n == 0) return no_target(ctx, drug, target);
  if (n > 1)
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "%s@%s: %zu of its targets are called so; name one of them", drug->name,
                   target, n);
  return LG_OK;
}

lg_status lg_drug_variant(lg_ctx *ctx, const lg_drug_table *table, const lg_drug *base, const char *target,
                          const lg_drug **out) {
  lg_status status = LG_OK;
  shelf *all = table->variants;
  variant *v = NULL;
  size_t row = 0;
  char name[192];
  LG_TRY(find_row(ctx, base, target, &row));
  (void)snprintf(name, sizeof name, "%s@%s", base->name, base->effects[row].target);
  for (const variant *have = all->first; have; have = have->next)
    if (strcmp(have->name, name) == 0) {
      *out = &have->drug;
      return LG_OK;
    }
  LG_NEW(ctx, v, 1);
  v->drug = *base;
  v->drug.effects = NULL;
  LG_NEW(ctx, v->drug.effects, base->n_effects);
  memcpy(v->drug.effects, base->effects, base->n_effects * sizeof *base->effects);
  memcpy(v->name, name, sizeof name);
  v->drug.name = v->name;
  for (size_t k = 0; k < base->n_effects; k++)
    if (k == row) v->drug.effects[k].chosen = true;
    else if (lg_drug_same_action(&base->effects[k], &base->effects[row])) v->drug.effects[k].chosen = false;
  v->next = all->first;
  all->first = v;
  *out = &v->drug;
  v = NULL;
done:
  if (v) lg_free(ctx, v->drug.effects);
  lg_free(ctx, v);
  return status;
}
