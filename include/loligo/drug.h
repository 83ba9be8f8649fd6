/**
 * @file drug.h
 * @brief Tables of drugs, and neurons under them.
 *
 * Concentrations are free ones in uM. What a drug does to a neuron: src/twin/README.md, docs/decisions/0023-drugs.md.
 */
#ifndef LOLIGO_DRUG_H
#define LOLIGO_DRUG_H

#include <loligo/neuron.h>
#include <loligo/result.h>
#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A table of drugs. */
typedef struct lg_drug_table lg_drug_table;

/**
 * @brief Read a table: the columns of data/drugs.csv, a long form or an AP-Portal sheet (docs/formats.md).
 * @param ctx the caller's context; holds the message of a failure
 * @param path the file
 * @param[out] out destroy with lg_drug_table_destroy(); NULL on failure
 * @retval LG_ERR_FORMAT the message names the file and the line of the first bad row
 */
LG_MUST_CHECK lg_status lg_drug_table_load(lg_ctx *ctx, const char *path, lg_drug_table **out);

/**
 * @brief Destroy a table; accepts NULL.
 * @param ctx the caller's context
 * @param table may be NULL
 */
void lg_drug_table_destroy(lg_ctx *ctx, lg_drug_table *table);

/**
 * @brief Number of drugs.
 * @param table a table
 */
size_t lg_drug_table_count(const lg_drug_table *table);

/**
 * @brief Name of drug k; NULL behind the last. It belongs to the table.
 * @param table a table
 * @param k from 0, in the order of the file
 */
const char *lg_drug_table_name(const lg_drug_table *table, size_t k);

/**
 * @brief What the table says of a drug: text "json", the keys of `loligo drug show --json`.
 * @param ctx the caller's context; holds the message of a failure
 * @param table the drugs
 * @param name as in the table or short; case and punctuation are ignored
 * @param[out] out destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_NOT_FOUND the message suggests the nearest
 */
LG_MUST_CHECK lg_status lg_drug_describe(lg_ctx *ctx, const lg_drug_table *table, const char *name, lg_result **out);

/** The bath around a neuron. */
typedef struct lg_bath_options {
  size_t size;             /**< sizeof(lg_bath_options) */
  double gaba_tonic_uM;    /**< ambient GABA; 0: none, or 0.3 where the neuron has a tonic gGABA already */
  double gGABA_tonic_nS;   /**< of the extrasynaptic receptors when all are open; 0: from the neuron */
  double gaba_synaptic_uM; /**< peak GABA of a synaptic event */
  double EGABA_mV;         /**< NAN: the neuron's own */
  double gGIRK_max_nS;     /**< of GABA-B agonists; 0: half of the leak */
  int one_site;            /**< several drugs: non-zero, one molecule excludes the other; 0: independent (Bliss) */
} lg_bath_options;

/** Defaults of lg_bath_options. */
#define LG_BATH_OPTIONS_INIT                                                                                           \
  { .size = sizeof(lg_bath_options), .gaba_synaptic_uM = 1000.0, .EGABA_mV = (double)NAN }

/**
 * @brief Make the treated neuron.
 *
 * Conductances and gates of a tm neuron by the table; parameters of an izhikevich one by a learned map.
 * @param ctx the caller's context; holds the message of a failure
 * @param neuron  is not changed; may be out
 * @param table   the drugs
 * @param names   (n) drugs, as lg_drug_describe() takes them
 * @param free_uM (n) their free concentrations, 0 … 1e9; 0 changes no bit
 * @param n       number of drugs; 0: the untreated neuron in its bath
 * @param learned path of the learned map (models/drug-delta.safetensors), for izhikevich neurons; else may be NULL
 * @param bath    NULL = defaults
 * @param[out] out   the neuron; filled on LG_OK
 * @param[out] notes text "json": what became of every effect; may be NULL; destroy with lg_result_destroy()
 * @retval LG_ERR_NOT_FOUND no such drug @retval LG_ERR_RANGE a concentration is negative or not finite
 * @retval LG_ERR_UNSUPPORTED another family of neurons
 */
LG_MUST_CHECK lg_status lg_neuron_treat(lg_ctx *ctx, const lg_neuron *neuron, const lg_drug_table *table,
                                        const char *const *names, const double *free_uM, size_t n, const char *learned,
                                        const lg_bath_options *bath, lg_neuron *out, lg_result **notes);

/**
 * @brief Read doses as people write them: "10nM", "1uM,10uM", "0.1:100uM:10log", "1:10uM:5lin", "0.5x,1x".
 * @param ctx the caller's context; holds the message of a failure
 * @param text  items between commas: a value, or LOW:HIGH:COUNT with "log" or "lin" behind it; units pM … M, or x for
 *              multiples; at most 1000 doses
 * @param table for multiples of a drug's therapeutic concentration; may be NULL
 * @param drug  whose; may be NULL
 * @param[out] out array "dose_uM" (n), in the order of the text; destroy with lg_result_destroy(); NULL on failure
 * @retval LG_ERR_ARGUMENT no unit, negative, not a number; the message says what would be right
 */
LG_MUST_CHECK lg_status lg_doses_read(lg_ctx *ctx, const char *text, const lg_drug_table *table, const char *drug,
                                      lg_result **out);

#ifdef __cplusplus
}
#endif
#endif
