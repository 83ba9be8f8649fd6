#include "twin/trial_report_schema.h"

#include <math.h>
#include <stddef.h>

#define NONE ((double)NAN)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RECORD(name, type, table) const lg_record name = {table, COUNT(table), sizeof(type)}
#define KEY(type, name, kind, member)                                                                                  \
  { name, kind, offsetof(type, member), NONE }

/* clang-format off */
#define D(name, kind, member) KEY(lg_trial_report_data, name, kind, member)
static const lg_key head[] = {
    D("title", LG_KEY_TEXT, title),               D("twin", LG_KEY_TEXT, twin),
    D("model", LG_KEY_TEXT, model),               D("variant", LG_KEY_TEXT, variant),
    D("domain", LG_KEY_TEXT, domain),             D("accepted", LG_KEY_FLAG, accepted),
    D("created_utc", LG_KEY_TEXT, created),       D("combination", LG_KEY_TEXT, combination),
    D("bath", LG_KEY_TEXT, bath),                 D("posterior_members", LG_KEY_SIZE, n_posterior),
    D("baseline_rheobase_pA", LG_KEY_NUMBER, baseline_rheobase_pA),
    D("step_ms", LG_KEY_NUMBER, step_ms),
    D("EC50_uM", LG_KEY_NUMBER, ec50_uM),         D("EC50_lo95_uM", LG_KEY_NUMBER, ec50_lo_uM),
    D("EC50_hi95_uM", LG_KEY_NUMBER, ec50_hi_uM), D("EC50_hill", LG_KEY_NUMBER, ec50_hill),
    D("EC50_words", LG_KEY_TEXT, ec50_words),
    D("window_low_uM", LG_KEY_NUMBER, window_low_uM),
    D("window_high_uM", LG_KEY_NUMBER, window_high_uM),
    D("window_words", LG_KEY_TEXT, window_words),
    D("example_I_pA", LG_KEY_NUMBER, trace_pA),   D("example_on_ms", LG_KEY_NUMBER, trace_on_ms),
    D("example_off_ms", LG_KEY_NUMBER, trace_off_ms),
};
#define R(name, kind, member) KEY(lg_trial_drug, name, kind, member)
static const lg_key drug[] = {
    R("name", LG_KEY_NAME, name),                   R("class", LG_KEY_TEXT, drug_class),
    R("expected_verdict", LG_KEY_TEXT, expected),
    R("free_low_uM", LG_KEY_NUMBER, free_low_uM),   R("free_high_uM", LG_KEY_NUMBER, free_high_uM),
    R("total_low_uM", LG_KEY_NUMBER, total_low_uM), R("total_high_uM", LG_KEY_NUMBER, total_high_uM),
    R("fraction_unbound", LG_KEY_NUMBER, fraction_unbound),
    R("pk_confidence", LG_KEY_LETTER, pk_confidence),
    R("per_dose", LG_KEY_NUMBER, per_dose),
};
#define T(name, kind, member) KEY(lg_trial_target, name, kind, member)
static const lg_key target[] = {
    T("target", LG_KEY_NAME, target),             T("mode", LG_KEY_TEXT, mode),
    T("K_uM", LG_KEY_NUMBER, K_uM),               T("hill", LG_KEY_NUMBER, hill),
    T("max_effect", LG_KEY_NUMBER, max_effect),   T("unit", LG_KEY_TEXT, unit),
    T("strength", LG_KEY_NUMBER, strength),       T("outcome", LG_KEY_TEXT, outcome),
    T("confidence", LG_KEY_LETTER, confidence),   T("source", LG_KEY_TEXT, source),
    T("notes", LG_KEY_TEXT, notes),
};
#define M(name, kind, member) KEY(lg_trial_metric, name, kind, member)
static const lg_key metric[] = {
    M("name", LG_KEY_NAME, name), M("unit", LG_KEY_TEXT, unit), M("meaning", LG_KEY_TEXT, meaning),
};
/* dose, verdict, probabilities, counts and metrics are written and read by hand */
#define S(name, kind, member) KEY(lg_trial_dose, name, kind, member)
static const lg_key dose[] = {
    S("rule", LG_KEY_TEXT, rule),
    S("extrapolated", LG_KEY_MAYBE, extrapolated),
    S("area_ratio", LG_KEY_NUMBER, area_ratio),
    S("area_ratio_lo95", LG_KEY_NUMBER, area_lo),
    S("area_ratio_hi95", LG_KEY_NUMBER, area_hi),
    S("rheobase_ratio", LG_KEY_NUMBER, rheobase_ratio),
    S("rheobase_ratio_lo95", LG_KEY_NUMBER, rheobase_lo),
    S("rheobase_ratio_hi95", LG_KEY_NUMBER, rheobase_hi),
    S("area_to_healthy", LG_KEY_NUMBER, area_to_healthy),
    S("domain", LG_KEY_TEXT, domain),
    S("beyond_learned", LG_KEY_FLAG, beyond_learned),
};
#define F(name, kind, member) KEY(lg_trial_flag, name, kind, member)
static const lg_key flag[] = {
    F("name", LG_KEY_NAME, name), F("raised", LG_KEY_FLAG, raised), F("words", LG_KEY_TEXT, words),
};
#define L(name, kind, member) KEY(lg_trial_liability, name, kind, member)
static const lg_key liability[] = {
    L("target", LG_KEY_NAME, target), L("hazard", LG_KEY_TEXT, hazard),   L("K_uM", LG_KEY_NUMBER, K_uM),
    L("share", LG_KEY_NUMBER, share), L("margin", LG_KEY_NUMBER, margin), L("direction", LG_KEY_TEXT, direction),
};
/* clang-format on */

RECORD(lg_record_trial_head, lg_trial_report_data, head);
RECORD(lg_record_trial_drug, lg_trial_drug, drug);
RECORD(lg_record_trial_target, lg_trial_target, target);
RECORD(lg_record_trial_metric, lg_trial_metric, metric);
RECORD(lg_record_trial_dose, lg_trial_dose, dose);
RECORD(lg_record_trial_flag, lg_trial_flag, flag);
RECORD(lg_record_trial_liability, lg_trial_liability, liability);
