/* What a trial says beside its verdicts: flags and the panel of seizure-related targets. */
#include "base/elementary.h"
#include "twin/trial_internal.h"

#include <math.h>
#include <string.h>

bool lg_trial_extrapolates(const lg_drug *drug, double free_uM) {
  double far = 0.0;
  for (size_t k = 0; k < drug->n_effects; k++) {
    const double limit = 100.0 * drug->effects[k].K_uM;
    if (limit > far) far = limit;
  }
  return far > 0.0 && free_uM > far;
}

static void say(lg_trial_finding *f, const char *name, bool raised) {
  f->name = name;
  f->raised = raised;
}

static void over_inhibition(const lg_trial *t, lg_trial_finding *f) {
  const lg_trial_point *p = t->therapeutic;
  if (!p) {
    say(f, "over_inhibition", false);
    (void)snprintf(f->words, sizeof f->words, "the therapeutic free concentration is not known");
    return;
  }
  const bool stops = p->verdict == LG_VERDICT_SILENCED || p->verdict == LG_VERDICT_BLOCK;
  say(f, "over_inhibition", stops || p->ratios.area < 0.3);
  (void)snprintf(f->words, sizeof f->words,
                 "at the top of the therapeutic free range (%.4g uM) %s, area ratio %.3g (raised when the cell stops "
                 "firing or below 0.3)",
                 p->dose_uM, lg_verdict_name(p->verdict), p->ratios.area);
}

static bool excites(const lg_trial *t, const lg_trial_point *p) {
  return p->verdict == LG_VERDICT_EXCITED || p->verdict == LG_VERDICT_BLOCK ||
         p->assay.n_spikes[0] > t->before.n_spikes[0];
}

static void pro_convulsant(const lg_trial *t, lg_trial_finding *f) {
  const double top = t->therapeutic ? t->therapeutic->dose_uM : (double)INFINITY;
  const lg_trial_point *found = NULL;
  for (size_t k = 0; k < t->n_points && !found; k++)
    if (t->points[k].dose_uM <= top && excites(t, &t->points[k])) found = &t->points[k];
  if (!found && t->therapeutic && excites(t, t->therapeutic)) found = t->therapeutic;
  say(f, "pro_convulsant", found != NULL);
  const char *where = t->therapeutic ? "up to the therapeutic free range" : "at the doses tried";
  if (!found)
    (void)snprintf(f->words, sizeof f->words, "%s nothing excites, blocks or makes the cell fire by itself", where);
  else if (found->assay.n_spikes[0] > t->before.n_spikes[0])
    (void)snprintf(f->words, sizeof f->words, "at %.4g uM the cell fires without current", found->dose_uM);
  else
    (void)snprintf(f->words, sizeof f->words, "%s at %.4g uM, area ratio %.3g", lg_verdict_name(found->verdict),
                   found->dose_uM, found->ratios.area);
}

static void use_dependent(const lg_trial *t, lg_trial_finding *f) {
  double best = (double)NAN, dose = 0.0;
  for (size_t k = 0; k < t->n_points; k++) {
    const double x = lg_assay_use_dependence(&t->before, &t->points[k].assay);
    if (isnan(x) || x <= best) continue;
    best = x;
    dose = t->points[k].dose_uM;
  }
  say(f, "use_dependent", best >= 2.0);
  if (isnan(best))
    (void)snprintf(f->words, sizeof f->words, "less than 1 %% of the upstroke is lost in trains at 100 Hz");
  else
    (void)snprintf(f->words, sizeof f->words,
                   "at %.4g uM the upstroke loses %.3g x as much at 100 Hz as at 1 Hz (raised from 2 on)", dose, best);
}

static void outside(const lg_subject *s, const lg_trial *t, lg_trial_finding *f) {
  const bool beyond = s->range_high_pA < t->plan.i_pA[LG_ASSAY_LEVELS - 1];
  say(f, "outside_domain", s->domain != LG_DOMAIN_GREEN);
  if (s->domain != LG_DOMAIN_GREEN)
    (void)snprintf(f->words, sizeof f->words, "the twin is %s, so is every verdict%s%s", lg_domain_name(s->domain),
                   s->n_reasons > 0 ? ": " : "", s->n_reasons > 0 ? s->reasons[0] : "");
  else if (beyond)
    (void)snprintf(f->words, sizeof f->words,
                   "the twin is green; it was judged up to %.4g pA, the f-I curve goes to %.4g", s->range_high_pA,
                   t->plan.i_pA[LG_ASSAY_LEVELS - 1]);
  else (void)snprintf(f->words, sizeof f->words, s->is_twin ? "the twin is green" : "a model, not the twin of a cell");
}

static void extrapolated(const lg_trial *t, lg_trial_finding *f) {
  double from = (double)NAN;
  const char *beyond = "";
  for (size_t k = 0; k < t->n_points && isnan(from); k++) {
    if (!t->points[k].extrapolated) continue;
    from = t->points[k].dose_uM;
    beyond = t->points[k].beyond;
  }
  say(f, "extrapolated", !isnan(from));
  if (isnan(from))
    (void)snprintf(f->words, sizeof f->words, "all doses are near those at which the effects were measured");
  else if (beyond[0])
    (void)snprintf(f->words, sizeof f->words, "from %.4g uM on beyond what the learned map was trained on: %s", from,
                   beyond);
  else
    (void)snprintf(f->words, sizeof f->words,
                   "from %.4g uM on more than 100 x every half-effect concentration of the table", from);
}

void lg_trial_find(const lg_subject *s, const lg_trial_opts *o, const lg_trial *t,
                   lg_trial_finding findings[LG_TRIAL_FINDINGS]) {
  (void)o;
  memset(findings, 0, LG_TRIAL_FINDINGS * sizeof findings[0]);
  over_inhibition(t, &findings[0]);
  pro_convulsant(t, &findings[1]);
  use_dependent(t, &findings[2]);
  outside(s, t, &findings[3]);
  extrapolated(t, &findings[4]);
}

/* ---- panel ------------------------------------------------------------------------------------------- */

enum { TOWARDS = 1, AGAINST = -1 };

static const struct row {
  const char *target, *names[3]; /* beginnings of the table's targets */
  int by_block;                  /* what block does; activation does the opposite */
  const char *field[2];          /* conductances of tm that stand for it */
  const char *hazard;
} rows[LG_LIABILITIES] = {
    {"Cav2.1", {"Cav2.1"}, TOWARDS, {NULL}, "block lowers the release of GABA (absence epilepsy when lost)"},
    {"Cav3.2", {"Cav3"}, AGAINST, {"gCaT"}, "gain of function makes thalamic bursts"},
    {"GlyR a1", {"GlyR", "glycine"}, TOWARDS, {NULL}, "block convulses (strychnine)"},
    {"AMPA", {"AMPA"}, AGAINST, {"gAMPA"}, "activation drives networks into seizures"},
    {"HCN1", {"HCN"}, TOWARDS, {"gH"}, "loss raises the excitability of dendrites"},
    {"Kv1.1", {"Kv1.1", "Kv1 "}, TOWARDS, {"gA"}, "block broadens spikes and lowers threshold (4-AP)"},
    {"Kv7.2/7.3", {"Kv7", "M1->Kv7"}, TOWARDS, {"gM"}, "block removes adaptation (neonatal epilepsy when lost)"},
    {"Nav1.1", {"Nav1.1", "Nav (brain)"}, TOWARDS, {"gNa"}, "block silences interneurons first (Dravet when lost)"},
    {"Nav1.2", {"Nav1.2", "Nav (brain)"}, AGAINST, {"gNa"}, "gain of function excites principal cells"},
    {"GABA-A", {"GABA-A"}, TOWARDS, {"gGABA", "gGABAA"}, "block convulses (picrotoxin, bicuculline)"},
    {"NMDA", {"NMDA", "GluN"}, AGAINST, {"gNMDA"}, "activation drives networks into seizures"},
};

static bool at_target(const struct row *r, const lg_drug_effect *e) {
  for (size_t k = 0; k < 3 && r->names[k]; k++)
    if (strncmp(e->target, r->names[k], strlen(r->names[k])) == 0) return true;
  return false;
}

static bool activates(const lg_drug_effect *e) {
  switch (e->mode) {
  case LG_DRUG_ACTIVATION:
  case LG_DRUG_AGONIST:
  case LG_DRUG_PAM_GAIN:
  case LG_DRUG_PAM_AFFINITY:
    return true;
  case LG_DRUG_GATING_SHIFT:
    return e->hook != LG_HOOK_NA && e->shift_mV < 0.0; /* an opener; of h: inactivates */
  default:
    return false;
  }
}

static double occupied(const lg_drug_effect *e, double dose) {
  if (!(dose > 0.0) || !(e->K_uM > 0.0)) return 0.0;
  const double h = e->hill > 0.0 ? e->hill : 1.0;
  return 1.0 / (1.0 + lg_exp(h * lg_ln(e->K_uM / dose)));
}

/* Conductances whose drugs the learned map of izhikevich twins was trained on. */
static bool known_to_map(const char *field) { return strcmp(field, "gM") == 0 || strcmp(field, "gNa") == 0; }

void lg_liability_panel(const lg_trial_opts *o, const lg_neuron *neuron, double dose_uM,
                        lg_liability panel[LG_LIABILITIES]) {
  const bool learned = o->learned && strcmp(neuron->info->model, "izhikevich") == 0;
  for (size_t r = 0; r < LG_LIABILITIES; r++) {
    lg_liability *l = &panel[r];
    *l = (lg_liability){rows[r].target, rows[r].hazard, (double)NAN, (double)NAN, (double)NAN, "unknown", false};
    for (size_t f = 0; f < 2 && rows[r].field[f]; f++)
      if (lg_neuron_get(neuron, rows[r].field[f]) > 0.0 || (learned && known_to_map(rows[r].field[f])))
        l->in_model = true;
    for (size_t d = 0; d < o->n_drugs; d++)
      for (size_t k = 0; k < o->drug[d]->n_effects; k++) {
        const lg_drug_effect *e = &o->drug[d]->effects[k];
        const double dose = dose_uM * o->per_dose[d], share = occupied(e, dose);
        if (!at_target(&rows[r], e) || e->mode == LG_DRUG_EMPIRICAL || share <= l->share) continue;
        const int direction = activates(e) ? -rows[r].by_block : rows[r].by_block;
        l->share = share;
        l->K_uM = e->K_uM;
        l->margin = dose > 0.0 ? e->K_uM / dose : (double)INFINITY;
        l->direction = share < 0.05 ? "none" : direction == TOWARDS ? "towards seizures" : "against seizures";
      }
  }
}
