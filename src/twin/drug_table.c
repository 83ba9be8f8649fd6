/* A table of drugs: built row by row, looked up by name, destroyed. */
#include "base/elementary.h"
#include "twin/drug_internal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { CHUNK = 65536, MAX_PROBLEMS = 10000 };

/* Texts live in chunks, so that pointers to them stay. */
typedef struct chunk {
  struct chunk *next;
  size_t used, room;
  char *text;
} chunk;

/* Open addressing from the name, in whatever case, to 1 + index of a drug; two entries per drug (name and id). */
typedef struct lookup {
  size_t room, used;
  size_t *slot;
} lookup;

static const char nothing[1] = "";

/* ---- texts ------------------------------------------------------------------------------------ */

static chunk *new_chunk(lg_ctx *ctx, size_t room) {
  chunk *c = lg_alloc(ctx, 1, sizeof *c);
  if (c) c->text = lg_alloc(ctx, room, 1);
  if (c && !c->text) {
    lg_free(ctx, c);
    return NULL;
  }
  if (c) c->room = room;
  return c;
}

lg_status lg_drug_keep(lg_drug_builder *b, const char *text, char **out) {
  const size_t n = strlen(text) + 1;
  chunk *first = b->table->texts;
  if (n == 1) {
    *out = (char *)(uintptr_t)nothing;
    return LG_OK;
  }
  if (!first || first->room - first->used < n) {
    chunk *c = new_chunk(b->ctx, n > CHUNK ? n : CHUNK);
    if (!c) return LG_ERR_MEMORY;
    c->next = first;
    b->table->texts = first = c;
  }
  *out = memcpy(first->text + first->used, text, n);
  first->used += n;
  lg_one_line(*out);
  return LG_OK;
}

void lg_drug_table_destroy(lg_ctx *ctx, lg_drug_table *table) {
  if (!table) return;
  for (size_t k = 0; k < table->n; k++) lg_free(ctx, table->drugs[k].effects);
  for (chunk *c = table->texts, *next; c; c = next) {
    next = c->next;
    lg_free(ctx, c->text);
    lg_free(ctx, c);
  }
  lg_drug_variants_destroy(ctx, table->variants);
  if (table->lookup) lg_free(ctx, ((lookup *)table->lookup)->slot);
  lg_free(ctx, table->lookup);
  lg_free(ctx, table->drugs);
  lg_free(ctx, table->path);
  lg_free(ctx, table->ignored);
  lg_free(ctx, table);
}

/* ---- lookup ----------------------------------------------------------------------------------- */

static int lower(char c) { return tolower((unsigned char)c); }

static uint64_t hash_of(const char *text) {
  uint64_t h = 14695981039346656037u; /* FNV-1a */
  for (const char *p = text; *p; p++) h = (h ^ (uint64_t)lower(*p)) * 1099511628211u;
  return h ^ (h >> 29);
}

static bool equal(const char *a, const char *b) {
  while (*a && lower(*a) == lower(*b)) {
    a++;
    b++;
  }
  return *a == *b;
}

/* Slot of a drug by that name or id, or the empty slot where it would stand. */
static size_t slot_of(const lg_drug_table *table, const char *word) {
  const lookup *l = table->lookup;
  size_t k = (size_t)hash_of(word) & (l->room - 1);
  while (l->slot[k]) {
    const lg_drug *drug = &table->drugs[l->slot[k] - 1];
    if (equal(drug->name, word) || equal(drug->id, word)) return k;
    k = (k + 1) & (l->room - 1);
  }
  return k;
}

static void enter(lg_drug_table *table, size_t index, const char *word) {
  lookup *l = table->lookup;
  if (!word[0]) return;
  const size_t k = slot_of(table, word);
  if (l->slot[k]) return; /* the first of a name keeps it */
  l->slot[k] = index + 1;
  l->used++;
}

static lg_status grow_lookup(lg_ctx *ctx, lg_drug_table *table) {
  lookup *l = table->lookup;
  if (l && 3 * (l->used + 2) < 2 * l->room) return LG_OK;
  const size_t room = l ? 2 * l->room : 256;
  size_t *slot = lg_alloc(ctx, room, sizeof *slot);
  if (!slot) return LG_ERR_MEMORY;
  if (!l) {
    l = lg_alloc(ctx, 1, sizeof *l);
    if (!l) {
      lg_free(ctx, slot);
      return LG_ERR_MEMORY;
    }
    table->lookup = l;
  }
  lg_free(ctx, l->slot);
  *l = (lookup){.room = room, .slot = slot};
  for (size_t k = 0; table->drugs && k < table->n; k++) {
    enter(table, k, table->drugs[k].name);
    enter(table, k, table->drugs[k].id);
  }
  return LG_OK;
}

static const lg_drug *look_up(const lg_drug_table *table, const char *word) {
  if (!table->lookup || !table->drugs || !word[0]) return NULL;
  const size_t found = ((const lookup *)table->lookup)->slot[slot_of(table, word)];
  return found ? &table->drugs[found - 1] : NULL;
}

/* By name or id in whatever case, else without punctuation. */
static const lg_drug *find_any(const lg_drug_table *table, const char *name) {
  char wanted[128], own[128];
  const lg_drug *found = look_up(table, name);
  lg_drug_squeeze(name, wanted, sizeof wanted);
  for (size_t k = 0; k < table->n && !found && wanted[0]; k++) {
    lg_drug_squeeze(table->drugs[k].id, own, sizeof own);
    if (strcmp(own, wanted) == 0) found = &table->drugs[k];
    lg_drug_squeeze(table->drugs[k].name, own, sizeof own);
    if (strcmp(own, wanted) == 0) found = &table->drugs[k];
  }
  return found;
}

static const lg_drug *nearest(const lg_drug_table *table, const char *name) {
  char wanted[128], own[128];
  lg_drug_squeeze(name, wanted, sizeof wanted);
  const lg_drug *best = NULL;
  size_t least = strlen(wanted) / 3 + 2;
  for (size_t k = 0; k < table->n && k < 100000; k++) {
    lg_drug_squeeze(table->drugs[k].name, own, sizeof own);
    size_t d = lg_word_distance(wanted, own);
    if (strlen(wanted) >= 3 && strncmp(own, wanted, strlen(wanted)) == 0 && d > 1) d = 1; /* "carba" */
    if (d >= least) continue;
    least = d;
    best = &table->drugs[k];
  }
  return best;
}

lg_status lg_drug_find(lg_ctx *ctx, const lg_drug_table *table, const char *name, const lg_drug **out) {
  char base[128];
  *out = find_any(table, name);
  if (*out) return LG_OK;
  const char *at = strchr(name, '@');
  if (at && (size_t)(at - name) < sizeof base) {
    memcpy(base, name, (size_t)(at - name));
    base[at - name] = '\0';
    const lg_drug *drug = find_any(table, base);
    if (drug) return lg_drug_variant(ctx, table, drug, at + 1, out);
    name = base;
  }
  const lg_drug *best = nearest(table, name);
  if (best)
    return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no drug '%s' in %s; did you mean '%s'?", name, table->path,
                   best->name);
  return lg_fail(ctx, LG_ERR_NOT_FOUND, "there is no drug '%s' among the %zu of %s; 'loligo drug list' names them",
                 name, table->n, table->path);
}

/* ---- building --------------------------------------------------------------------------------- */

lg_status lg_drug_builder_begin(lg_ctx *ctx, const char *name, lg_drug_problems *skipped, lg_drug_builder *b) {
  lg_status status = LG_OK;
  *b = (lg_drug_builder){.ctx = ctx, .name = name, .skipped = skipped};
  if (skipped) *skipped = (lg_drug_problems){0};
  LG_NEW(ctx, b->table, 1);
  b->table->variants = lg_drug_variants_create(ctx);
  if (!b->table->variants) LG_TRY(LG_ERR_MEMORY);
  b->table->path = lg_strdup(ctx, name);
  if (!b->table->path) LG_TRY(LG_ERR_MEMORY);
done:
  return status;
}

lg_status lg_drug_bad_row(lg_drug_builder *b, size_t line, const char *fmt, ...) {
  char words[200];
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(words, sizeof words, fmt, args);
  va_end(args);
  lg_one_line(words);
  if (!b->skipped) return lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: %s", b->name, line, words);
  lg_drug_problems *list = b->skipped;
  if (list->n >= MAX_PROBLEMS)
    return lg_fail(b->ctx, LG_ERR_FORMAT, "%s:%zu: more than %d bad rows; the last: %s", b->name, line, MAX_PROBLEMS,
                   words);
  if (list->n == b->room_problems) {
    const size_t room = b->room_problems ? 2 * b->room_problems : 16;
    lg_drug_problem *grown = lg_realloc(b->ctx, list->problems, list->n * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    list->problems = grown;
    b->room_problems = room;
  }
  list->problems[list->n].line = line;
  memcpy(list->problems[list->n].message, words, sizeof words);
  list->n++;
  return LG_OK;
}

static lg_status make_room(lg_drug_builder *b) {
  lg_drug_table *t = b->table;
  if (t->n < b->room) return LG_OK;
  const size_t room = b->room ? 2 * b->room : 64;
  lg_drug *drugs = lg_realloc(b->ctx, t->drugs, t->n * sizeof *drugs, room, sizeof *drugs);
  if (!drugs) return LG_ERR_MEMORY;
  t->drugs = drugs;
  size_t *chosen = lg_realloc(b->ctx, b->n_chosen, t->n * sizeof *chosen, room, sizeof *chosen);
  if (!chosen) return LG_ERR_MEMORY;
  b->n_chosen = chosen;
  b->room = room;
  return LG_OK;
}

lg_status lg_drug_builder_drug(lg_drug_builder *b, const char *name, const char *id, size_t line, size_t *index) {
  lg_status status = LG_OK;
  lg_drug_table *t = b->table;
  const double nan_value = (double)NAN;
  const lg_drug *known = look_up(t, id[0] ? id : name);
  if (known) {
    *index = (size_t)(known - t->drugs);
    return LG_OK;
  }
  LG_TRY(make_room(b));
  LG_TRY(grow_lookup(b->ctx, t));
  if (!t->drugs) LG_TRY(LG_ERR_INTERNAL);
  lg_drug *drug = &t->drugs[t->n];
  *drug = (lg_drug){.total_low_uM = nan_value,
                    .total_high_uM = nan_value,
                    .fraction_unbound = nan_value,
                    .free_low_uM = nan_value,
                    .free_high_uM = nan_value,
                    .pk_confidence = LG_CONFIDENCE_NONE,
                    .kinetics = {nan_value, nan_value, nan_value, nan_value, nan_value, LG_CONFIDENCE_NONE, NULL},
                    .line = line};
  LG_TRY(lg_drug_keep(b, name[0] ? name : id, &drug->name));
  LG_TRY(lg_drug_keep(b, id, &drug->id));
  LG_TRY(lg_drug_keep(b, "", &drug->drug_class));
  LG_TRY(lg_drug_keep(b, "", &drug->expected_verdict));
  LG_TRY(lg_drug_keep(b, "", &drug->range_source));
  LG_TRY(lg_drug_keep(b, "", &drug->kinetics.source));
  *index = t->n++;
  b->n_chosen[*index] = 0;
  enter(t, *index, drug->name);
  enter(t, *index, drug->id);
done:
  return status;
}

/* Rooms of 1, 2, 4, … effects, so that the room follows from the number. */
lg_status lg_drug_builder_effect(lg_drug_builder *b, size_t index, const lg_drug_effect *effect) {
  lg_drug *drug = &b->table->drugs[index];
  if ((drug->n_effects & (drug->n_effects - 1)) == 0) {
    const size_t room = drug->n_effects ? 2 * drug->n_effects : 1;
    lg_drug_effect *grown = lg_realloc(b->ctx, drug->effects, drug->n_effects * sizeof *grown, room, sizeof *grown);
    if (!grown) return LG_ERR_MEMORY;
    drug->effects = grown;
  }
  drug->effects[drug->n_effects++] = *effect;
  return LG_OK;
}

/* Rows of one hook that say the same of one drug in two ways: one of them acts. A shift of inactivation and a block of
 * inactivated channels are the same binding, seen in two assays. */
bool lg_drug_same_action(const lg_drug_effect *a, const lg_drug_effect *b) {
  if (a->hook != b->hook || a->hook == LG_HOOK_NONE) return false;
  const bool state_a =
      a->mode == LG_DRUG_STATE_BLOCK || a->mode == LG_DRUG_SLOW_STATE_BLOCK || a->mode == LG_DRUG_GATING_SHIFT;
  const bool state_b =
      b->mode == LG_DRUG_STATE_BLOCK || b->mode == LG_DRUG_SLOW_STATE_BLOCK || b->mode == LG_DRUG_GATING_SHIFT;
  return a->mode == b->mode || (a->hook == LG_HOOK_NA && state_a && state_b);
}

static int confidence_rank(char confidence) {
  const char *place = strchr("VMA-", confidence);
  return confidence && place ? (int)(place - "VMA-") : 4;
}

/* Whether a stands rather than b; the earlier row when nothing tells them apart. */
static bool is_better(const lg_drug_effect *a, const lg_drug_effect *b) {
  const bool kinetic_a = isfinite(a->kon_per_uM_per_ms), kinetic_b = isfinite(b->kon_per_uM_per_ms);
  if (isfinite(a->K_uM) != isfinite(b->K_uM)) return isfinite(a->K_uM);
  if ((a->mode == LG_DRUG_GATING_SHIFT) != (b->mode == LG_DRUG_GATING_SHIFT)) return b->mode == LG_DRUG_GATING_SHIFT;
  if (kinetic_a != kinetic_b) return kinetic_a;
  const int rank_a = lg_drug_target_rank(a->hook, a->target), rank_b = lg_drug_target_rank(b->hook, b->target);
  if (rank_a != rank_b) return rank_a < rank_b;
  return confidence_rank(a->confidence) < confidence_rank(b->confidence);
}

static bool has_other_potassium(const lg_drug *drug, const lg_drug_effect *than) {
  for (size_t k = 0; k < drug->n_effects; k++) {
    const lg_drug_effect *e = &drug->effects[k];
    if (e != than && (e->hook == LG_HOOK_A || e->hook == LG_HOOK_M)) return true;
  }
  return false;
}

static void choose(lg_drug *drug) {
  for (size_t k = 0; k < drug->n_effects; k++) {
    lg_drug_effect *e = &drug->effects[k];
    char name[96];
    lg_drug_squeeze(e->target, name, sizeof name);
    /* the delayed rectifier of a twin is not Kv3 but in fast-spiking cells; a blocker of Kv1 there is known by its Kv1
     */
    const bool kv3 = e->hook == LG_HOOK_K && strncmp(name, "kv3", 3) == 0 && has_other_potassium(drug, e);
    e->chosen = !kv3;
    for (size_t j = 0; j < drug->n_effects && e->chosen; j++)
      if (j != k && lg_drug_same_action(e, &drug->effects[j]))
        e->chosen = is_better(e, &drug->effects[j]) || (j > k && !is_better(&drug->effects[j], e));
  }
}

static lg_status check_choice(lg_drug_builder *b, lg_drug *drug) {
  for (size_t k = 0; k < drug->n_effects; k++)
    for (size_t j = 0; j < k; j++)
      if (drug->effects[k].chosen && drug->effects[j].chosen &&
          lg_drug_same_action(&drug->effects[j], &drug->effects[k])) {
        drug->effects[k].chosen = false;
        const lg_status status = lg_drug_bad_row(b, drug->effects[k].line,
                                                 "%s: both %s (line %zu) and %s are the default for %s; one may be",
                                                 drug->name, drug->effects[j].target, drug->effects[j].line,
                                                 drug->effects[k].target, lg_drug_hook_name(drug->effects[k].hook));
        if (status != LG_OK) return status;
      }
  return LG_OK;
}

/* A Hill coefficient whose IC50 never came (lists of parameters) is no effect. */
static void drop_incomplete(lg_drug *drug) {
  size_t kept = 0;
  for (size_t k = 0; k < drug->n_effects; k++) {
    const lg_drug_effect *e = &drug->effects[k];
    if (isfinite(e->K_uM) || e->above_uM > 0.0 || e->mode == LG_DRUG_EMPIRICAL) drug->effects[kept++] = *e;
  }
  drug->n_effects = kept;
}

/* Drugs of which no row was good go again. */
static void drop_bad(lg_drug_builder *b) {
  lg_drug_table *t = b->table;
  size_t kept = 0;
  for (size_t k = 0; k < t->n; k++) {
    if (t->drugs[k].line == 0) {
      lg_free(b->ctx, t->drugs[k].effects);
      continue;
    }
    t->drugs[kept] = t->drugs[k];
    b->n_chosen[kept++] = b->n_chosen[k];
  }
  if (kept == t->n) return;
  t->n = kept;
  lookup *l = t->lookup;
  memset(l->slot, 0, l->room * sizeof *l->slot);
  l->used = 0;
  for (size_t k = 0; k < t->n; k++) {
    enter(t, k, t->drugs[k].name);
    enter(t, k, t->drugs[k].id);
  }
}

lg_status lg_drug_builder_end(lg_drug_builder *b, lg_status status, lg_drug_table **out) {
  if (status == LG_OK) drop_bad(b);
  for (size_t k = 0; status == LG_OK && k < b->table->n; k++) {
    drop_incomplete(&b->table->drugs[k]);
    if (b->n_chosen[k] == 0) choose(&b->table->drugs[k]);
    else status = check_choice(b, &b->table->drugs[k]);
  }
  *out = status == LG_OK ? b->table : NULL;
  if (status != LG_OK) {
    lg_drug_table_destroy(b->ctx, b->table);
    if (b->skipped) {
      lg_free(b->ctx, b->skipped->problems);
      *b->skipped = (lg_drug_problems){0};
    }
  }
  lg_free(b->ctx, b->n_chosen);
  b->table = NULL;
  b->n_chosen = NULL;
  return status;
}

/* ---- facts of one drug ------------------------------------------------------------------------ */

lg_drug_effect lg_drug_effect_blank(void) {
  const double unknown = (double)NAN;
  return (lg_drug_effect){.K_uM = unknown,
                          .hill = 1.0,
                          .max_effect = 1.0,
                          .K_rest_uM = unknown,
                          .kon_per_uM_per_ms = unknown,
                          .z_delta = unknown,
                          .at_mV = 0.0,
                          .confidence = LG_CONFIDENCE_NONE};
}

double lg_drug_therapeutic_uM(const lg_drug *drug) {
  const double low = drug->free_low_uM, high = drug->free_high_uM;
  if (isnan(low)) return high;
  return isnan(high) ? low : sqrt(low * high);
}

double lg_drug_K0(const lg_drug_effect *e) {
  const double z = isnan(e->z_delta) ? 0.0 : e->z_delta;
  const double magnesium = 1.0 + e->at_Mg_mM / 3.57 * lg_exp(-0.062 * e->at_mV);
  return e->K_uM / magnesium * lg_exp(-z * e->at_mV / LG_DRUG_RT_F_MV);
}

double lg_drug_occupancy(double dose_uM, double K_uM, double hill) {
  if (!(dose_uM > 0.0) || !(K_uM > 0.0)) return 0.0;
  const double x = hill == 1.0 ? dose_uM / K_uM : lg_pow(dose_uM / K_uM, hill);
  return isinf(x) ? 1.0 : x / (1.0 + x);
}
