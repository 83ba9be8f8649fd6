/** @file drug_internal.h @brief What the files of the drug table share: words, a table that is being built, columns. */
#ifndef LG_TWIN_DRUG_INTERNAL_H
#define LG_TWIN_DRUG_INTERNAL_H

#include "io/csv_rows.h"
#include "twin/drug.h"

/* ---- words (drug_words.c) --------------------------------------------------------------------- */

/** @brief Lower case, without anything but letters and digits; cut at bytes - 1. */
void lg_drug_squeeze(const char *text, char *out, size_t bytes);

/** @brief Mode of a word of the table ("pore_block", "PAM"); "" is a pore block. False: unknown. */
bool lg_drug_mode_of(const char *word, lg_drug_mode *mode);

/** @brief Hook by the expression of the column model_hook ("gK(Kv3)*(1-block)"); false when it names none. */
bool lg_drug_hook_of(const char *expression, lg_drug_hook *hook);

/** @brief Hook by a channel's, a gene's or a current's name ("Nav1.6", "SCN8A", "INaL"); false when unknown. */
bool lg_drug_hook_of_target(const char *target, lg_drug_hook *hook);

/** @brief Which of a drug's rows with one hook stands for it: the lower the better. */
int lg_drug_target_rank(lg_drug_hook hook, const char *target);

/* ---- a table that is being built (drug_table.c) ------------------------------------------------ */

typedef struct lg_drug_builder {
  lg_ctx *ctx;
  const char *name; /* of the file, for messages */
  lg_drug_problems *skipped;
  lg_drug_table *table;
  size_t room;      /* of drugs */
  size_t *n_chosen; /* (room) rows with a column "default" that was not empty */
  size_t room_problems;
} lg_drug_builder;

LG_MUST_CHECK lg_status lg_drug_builder_begin(lg_ctx *ctx, const char *name, lg_drug_problems *skipped,
                                              lg_drug_builder *b);
/** @brief A row cannot be used: fails, or is listed. */
LG_MUST_CHECK lg_status lg_drug_bad_row(lg_drug_builder *b, size_t line, const char *fmt, ...) LG_PRINTF(3, 4);
/** @brief Keep a text as long as the table; the same text is kept once in a row. */
LG_MUST_CHECK lg_status lg_drug_keep(lg_drug_builder *b, const char *text, char **out);
/** @brief The drug of that name and id, made when it is new; its index. id may be "". */
LG_MUST_CHECK lg_status lg_drug_builder_drug(lg_drug_builder *b, const char *name, const char *id, size_t line,
                                             size_t *index);
LG_MUST_CHECK lg_status lg_drug_builder_effect(lg_drug_builder *b, size_t drug, const lg_drug_effect *effect);
/** @brief Choose rows and hand the table over; the builder is empty afterwards, also on failure. */
LG_MUST_CHECK lg_status lg_drug_builder_end(lg_drug_builder *b, lg_status status, lg_drug_table **out);

/** @brief Rows of one hook that say the same of one drug in two ways: only one of them may act. */
bool lg_drug_same_action(const lg_drug_effect *a, const lg_drug_effect *b);

/* ---- drug@target (drug_variant.c) --------------------------------------------------------------- */

/** @brief A drug with the row of `target` chosen; kept by the table. */
LG_MUST_CHECK lg_status lg_drug_variant(lg_ctx *ctx, const lg_drug_table *table, const lg_drug *base,
                                        const char *target, const lg_drug **out);
void *lg_drug_variants_create(lg_ctx *ctx);
void lg_drug_variants_destroy(lg_ctx *ctx, void *variants);

/** An effect with nothing known: pore block, Hill 1, full effect. */
lg_drug_effect lg_drug_effect_blank(void);

/** @brief Ranges of every number of an effect; NULL when all is well, else what is wrong (words in `buffer`). */
const char *lg_drug_effect_fault(const lg_drug_effect *e, bool K_may_miss, char *buffer, size_t bytes);

/* ---- columns (drug_columns.c) ------------------------------------------------------------------ */

typedef enum lg_drug_role {
  LG_ROLE_NONE = 0,
  LG_ROLE_NAME,
  LG_ROLE_ID,
  LG_ROLE_CLASS,
  LG_ROLE_TARGET,
  LG_ROLE_HOOK,
  LG_ROLE_MODE,
  LG_ROLE_K,
  LG_ROLE_PK,
  LG_ROLE_HILL,
  LG_ROLE_MAX,
  LG_ROLE_SATURATION,
  LG_ROLE_SPREAD,
  LG_ROLE_K_REST,
  LG_ROLE_KON,
  LG_ROLE_SHIFT,
  LG_ROLE_SHIFT_AT,
  LG_ROLE_ZDELTA,
  LG_ROLE_AT_MV,
  LG_ROLE_AT_MG,
  LG_ROLE_TOTAL_LOW,
  LG_ROLE_TOTAL_HIGH,
  LG_ROLE_UNBOUND,
  LG_ROLE_FREE_LOW,
  LG_ROLE_FREE_HIGH,
  LG_ROLE_CONFIDENCE,
  LG_ROLE_PK_CONFIDENCE,
  LG_ROLE_VERDICT,
  LG_ROLE_SOURCE,
  LG_ROLE_NOTES,
  LG_ROLE_DEFAULT,
  LG_ROLE_RANGE_SOURCE,
  LG_ROLE_HALF_LIFE,
  LG_ROLE_VOLUME,
  LG_ROLE_BIOAVAILABILITY,
  LG_ROLE_TMAX,
  LG_ROLE_MOLAR_MASS,
  LG_ROLE_KINETICS_CONFIDENCE,
  LG_ROLE_KINETICS_SOURCE,
  LG_ROLE_UNIT,
  LG_ROLE_PARAMETER,
  LG_ROLE_VALUE,
  LG_ROLES
} lg_drug_role;

/** One column of a file. */
typedef struct lg_drug_column {
  lg_drug_role role;
  double factor;    /* to uM; NAN: the column is a concentration and its name has no unit */
  char channel[48]; /* sheets: which channel; "" for the others */
  size_t channel_index;
} lg_drug_column;

typedef struct lg_drug_columns {
  size_t n;
  lg_drug_column *column; /* (n) */
  lg_drug_form form;
  size_t n_channels; /* sheets */
} lg_drug_columns;

/** @brief Read the row (or two rows) of column names; rows stands at the first row of data afterwards. */
LG_MUST_CHECK lg_status lg_drug_columns_read(lg_drug_builder *b, lg_csv_rows *rows, double default_factor,
                                             lg_drug_columns *out);

/** @brief uM per unit: "nM" -> 1e-3; NAN when it is none. */
double lg_drug_unit_factor(const char *unit);

/** @brief Number of a cell; NAN for "", NA, "-", "nd" …; false when it is words. "> 30" (IC50) and "< 4" (pIC50) set
 * *beyond. */
bool lg_drug_cell_number(const lg_csv_rows *rows, const char *cell, lg_drug_role role, double *x, bool *beyond);

/** @brief What AP-Portal calls saturation: left at high dose in percent, 0 = full block; also 0 … 1, the share that is
 * blocked. Sets mode and max_effect; false when out of range. */
bool lg_drug_set_saturation(double saturation, lg_drug_effect *e);

#endif
