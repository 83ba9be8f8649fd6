/* Words of the drug table: modes, hooks, channels with their many names. */
#include "twin/drug_internal.h"

#include <ctype.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void lg_drug_squeeze(const char *text, char *out, size_t bytes) {
  size_t n = 0;
  for (const unsigned char *p = (const unsigned char *)text; *p && n + 1 < bytes; p++) {
    if (*p >= 128) out[n++] = (char)*p; /* letters of other scripts stay */
    else if (isalnum(*p)) out[n++] = (char)tolower(*p);
  }
  out[n] = '\0';
}

static const char *const mode_names[LG_DRUG_MODES] = {
    "pore_block",   "activation",        "inactivated_state", "slow_inactivated_state",
    "gating_shift", "voltage_dep_block", "agonist",           "PAM",
    "PAM_affinity", "competitive",       "empirical"};

static const char *const hook_names[LG_HOOKS] = {"none",  "gNa",   "gNaP",  "gK",   "gA",          "gM",
                                                 "gH",    "gCaT",  "gCaL",  "gSK",  "gGABA_tonic", "gGABA_phasic",
                                                 "gGABA", "gNMDA", "gAMPA", "gGIRK"};

const char *lg_drug_mode_name(lg_drug_mode mode) { return (unsigned)mode < LG_DRUG_MODES ? mode_names[mode] : "?"; }
const char *lg_drug_hook_name(lg_drug_hook hook) { return (unsigned)hook < LG_HOOKS ? hook_names[hook] : "?"; }

const char *lg_drug_outcome_name(lg_drug_outcome outcome) {
  switch (outcome) {
  case LG_DRUG_ACTED:
    return "acted";
  case LG_DRUG_NOT_CHOSEN:
    return "another row stands for it";
  case LG_DRUG_NO_TARGET:
    return "this neuron has no such current";
  case LG_DRUG_NO_AGONIST:
    return "no GABA to modulate";
  case LG_DRUG_NO_MECHANISM:
    return "no known mechanism";
  }
  return "?";
}

bool lg_drug_mode_of(const char *word, lg_drug_mode *mode) {
  static const struct {
    const char *word;
    lg_drug_mode mode;
  } words[] = {{"", LG_DRUG_PORE_BLOCK},
               {"poreblock", LG_DRUG_PORE_BLOCK},
               {"block", LG_DRUG_PORE_BLOCK},
               {"inhibition", LG_DRUG_PORE_BLOCK},
               {"inhibitor", LG_DRUG_PORE_BLOCK},
               {"noncompetitive", LG_DRUG_PORE_BLOCK},
               {"gpcrblock", LG_DRUG_PORE_BLOCK},
               {"activation", LG_DRUG_ACTIVATION},
               {"activator", LG_DRUG_ACTIVATION},
               {"inactivatedstate", LG_DRUG_STATE_BLOCK},
               {"stateblock", LG_DRUG_STATE_BLOCK},
               {"slowinactivatedstate", LG_DRUG_SLOW_STATE_BLOCK},
               {"slowstateblock", LG_DRUG_SLOW_STATE_BLOCK},
               {"gatingshift", LG_DRUG_GATING_SHIFT},
               {"inactivationshift", LG_DRUG_GATING_SHIFT},
               {"openershift", LG_DRUG_GATING_SHIFT},
               {"voltagedepblock", LG_DRUG_VOLTAGE_BLOCK},
               {"voltagedependentblock", LG_DRUG_VOLTAGE_BLOCK},
               {"agonist", LG_DRUG_AGONIST},
               {"pam", LG_DRUG_PAM_GAIN},
               {"pamgain", LG_DRUG_PAM_GAIN},
               {"pamaffinity", LG_DRUG_PAM_AFFINITY},
               {"competitive", LG_DRUG_COMPETITIVE},
               {"antagonist", LG_DRUG_COMPETITIVE},
               {"empirical", LG_DRUG_EMPIRICAL}};
  char squeezed[64];
  lg_drug_squeeze(word, squeezed, sizeof squeezed);
  for (size_t k = 0; k < COUNT(words); k++)
    if (strcmp(words[k].word, squeezed) == 0) {
      *mode = words[k].mode;
      return true;
    }
  return false;
}

/* One name of an expression: "gnap", "kv3", "h_inf". */
static bool hook_of_token(const char *token, lg_drug_hook *hook) {
  static const struct {
    const char *word;
    lg_drug_hook hook;
  } words[] = {{"gna", LG_HOOK_NA},
               {"gnap", LG_HOOK_NAP},
               {"gk", LG_HOOK_K},
               {"ga", LG_HOOK_A},
               {"gm", LG_HOOK_M},
               {"gh", LG_HOOK_H},
               {"gcat", LG_HOOK_CAT},
               {"gcal", LG_HOOK_CAL},
               {"gsk", LG_HOOK_SK},
               {"gahp", LG_HOOK_SK},
               {"ggaba", LG_HOOK_GABA},
               {"gaba", LG_HOOK_GABA},
               {"ggaba_tonic", LG_HOOK_GABA_TONIC},
               {"ggaba_phasic", LG_HOOK_GABA_PHASIC},
               {"gnmda", LG_HOOK_NMDA},
               {"gampa", LG_HOOK_AMPA},
               {"ggirk", LG_HOOK_GIRK},
               {"h_inf", LG_HOOK_NA},
               {"p_inf", LG_HOOK_M},
               {"none", LG_HOOK_NONE},
               {"gbk", LG_HOOK_NONE},
               {"gerg", LG_HOOK_NONE},
               {"gcan", LG_HOOK_NONE},
               {"release", LG_HOOK_NONE},
               {"learned", LG_HOOK_NONE}};
  for (size_t k = 0; k < COUNT(words); k++)
    if (strcmp(words[k].word, token) == 0) {
      *hook = words[k].hook;
      return true;
    }
  return false;
}

bool lg_drug_hook_of(const char *expression, lg_drug_hook *hook) {
  const char *p = expression;
  while (*p) {
    char token[32];
    size_t n = 0;
    while (*p && !isalnum((unsigned char)*p)) p++;
    for (; isalnum((unsigned char)*p) || *p == '_'; p++)
      if (n + 1 < sizeof token) token[n++] = (char)tolower((unsigned char)*p);
    token[n] = '\0';
    if (n == 0 || !hook_of_token(token, hook)) continue;
    /* "gK(Kv1)": the twin's A current stands for the channels that inactivate */
    if (*hook == LG_HOOK_K && (strncmp(p, "(Kv1", 4) == 0 || strncmp(p, "(Kv4", 4) == 0)) *hook = LG_HOOK_A;
    return true;
  }
  return false;
}

/* Beginnings ('^'), endings ('$') or whole ('=') squeezed names of channels, or parts ('~') of them; the first that
 * fits counts. */
static const struct rule {
  const char *word;
  lg_drug_hook hook;
  char how;
} rules[] = {
    {"none", LG_HOOK_NONE, '='},
    /* currents without a counterpart */
    {"herg", LG_HOOK_NONE, '~'},
    {"ikr", LG_HOOK_NONE, '^'},
    {"kcnh", LG_HOOK_NONE, '^'},
    {"kv111", LG_HOOK_NONE, '='}, /* Kv11.1; Kv1.1 is kv11 */
    {"erg", LG_HOOK_NONE, '^'},
    {"iks", LG_HOOK_NONE, '^'},
    {"kcnq1", LG_HOOK_NONE, '^'},
    {"kvlqt", LG_HOOK_NONE, '^'},
    {"kv71", LG_HOOK_NONE, '^'},
    {"mink", LG_HOOK_NONE, '^'},
    {"ik1", LG_HOOK_NONE, '^'},
    {"kir2", LG_HOOK_NONE, '^'},
    {"kcnj2", LG_HOOK_NONE, '^'},
    {"kir6", LG_HOOK_NONE, '^'},
    {"kcnj11", LG_HOOK_NONE, '^'},
    {"katp", LG_HOOK_NONE, '^'},
    {"ikatp", LG_HOOK_NONE, '^'},
    {"ikur", LG_HOOK_A, '^'}, /* Kv1.5 */
    {"bk", LG_HOOK_NONE, '^'},
    {"kca11", LG_HOOK_NONE, '^'},
    {"kcnma", LG_HOOK_NONE, '^'},
    {"ik", LG_HOOK_NONE, '='},
    {"kca3", LG_HOOK_NONE, '^'},
    {"kcnn4", LG_HOOK_NONE, '^'},
    {"cav2", LG_HOOK_NONE, '^'},
    {"ican", LG_HOOK_NONE, '^'},
    {"cacna1a", LG_HOOK_NONE, '^'},
    {"cacna1b", LG_HOOK_NONE, '^'},
    {"cacna1e", LG_HOOK_NONE, '^'},
    {"k2p", LG_HOOK_NONE, '^'},
    {"task", LG_HOOK_NONE, '^'},
    {"trek", LG_HOOK_NONE, '^'},
    {"kcnk", LG_HOOK_NONE, '^'},
    {"m1", LG_HOOK_M, '^'},
    {"unknown", LG_HOOK_NONE, '^'},
    /* sodium; the late and persistent currents first */
    {"inal", LG_HOOK_NAP, '~'},
    {"inap", LG_HOOK_NAP, '~'},
    {"latena", LG_HOOK_NAP, '~'},
    {"latesodium", LG_HOOK_NAP, '~'},
    {"persistent", LG_HOOK_NAP, '~'},
    {"late", LG_HOOK_NAP, '^'},
    {"nap", LG_HOOK_NAP, '^'},
    {"nav", LG_HOOK_NA, '^'},
    {"scn", LG_HOOK_NA, '^'},
    {"ina", LG_HOOK_NA, '^'},
    {"na", LG_HOOK_NA, '='},
    {"sodium", LG_HOOK_NA, '^'},
    /* potassium */
    {"kv7", LG_HOOK_M, '^'},
    {"kcnq", LG_HOOK_M, '^'},
    {"im", LG_HOOK_M, '='},
    {"kv1", LG_HOOK_A, '^'},
    {"kv4", LG_HOOK_A, '^'},
    {"kcna", LG_HOOK_A, '^'},
    {"kcnd", LG_HOOK_A, '^'},
    {"ito", LG_HOOK_A, '^'},
    {"ia", LG_HOOK_A, '='},
    {"kv2", LG_HOOK_K, '^'},
    {"kv3", LG_HOOK_K, '^'},
    {"kcnb", LG_HOOK_K, '^'},
    {"kcnc", LG_HOOK_K, '^'},
    {"delayedrect", LG_HOOK_K, '~'},
    {"kdr", LG_HOOK_K, '^'},
    {"ikdr", LG_HOOK_K, '^'},
    {"sk", LG_HOOK_SK, '='},
    {"sk1", LG_HOOK_SK, '^'},
    {"sk2", LG_HOOK_SK, '^'},
    {"sk3", LG_HOOK_SK, '^'},
    {"kca2", LG_HOOK_SK, '^'},
    {"kcnn", LG_HOOK_SK, '^'},
    {"girk", LG_HOOK_GIRK, '^'},
    {"kir3", LG_HOOK_GIRK, '^'},
    {"kcnj", LG_HOOK_GIRK, '^'},
    {"gabab", LG_HOOK_GIRK, '^'},
    {"hcn", LG_HOOK_H, '^'},
    {"ih", LG_HOOK_H, '='},
    {"if", LG_HOOK_H, '='},
    /* calcium */
    {"cav3", LG_HOOK_CAT, '^'},
    {"icat", LG_HOOK_CAT, '^'},
    {"cat", LG_HOOK_CAT, '='},
    {"cacna1g", LG_HOOK_CAT, '^'},
    {"cacna1h", LG_HOOK_CAT, '^'},
    {"cacna1i", LG_HOOK_CAT, '^'},
    {"cav1", LG_HOOK_CAL, '^'},
    {"ical", LG_HOOK_CAL, '^'},
    {"cal", LG_HOOK_CAL, '='},
    {"cacna1", LG_HOOK_CAL, '^'},
    /* receptors */
    {"extrasynaptic", LG_HOOK_GABA_TONIC, '~'},
    {"gabaatonic", LG_HOOK_GABA_TONIC, '~'},
    {"gabaaphasic", LG_HOOK_GABA_PHASIC, '~'},
    {"gaba", LG_HOOK_GABA, '^'},
    {"gabr", LG_HOOK_GABA, '^'},
    {"nmda", LG_HOOK_NMDA, '~'},
    {"glun", LG_HOOK_NMDA, '^'},
    {"grin", LG_HOOK_NMDA, '^'},
    {"nr1", LG_HOOK_NMDA, '^'},
    {"nr2", LG_HOOK_NMDA, '^'},
    {"ampa", LG_HOOK_AMPA, '~'},
    {"glua", LG_HOOK_AMPA, '^'},
    {"gria", LG_HOOK_AMPA, '^'},
};

static bool fits(const struct rule *r, const char *name) {
  switch (r->how) {
  case '=':
    return strcmp(name, r->word) == 0;
  case '^':
    return strncmp(name, r->word, strlen(r->word)) == 0;
  default:
    return strstr(name, r->word) != NULL;
  }
}

bool lg_drug_hook_of_target(const char *target, lg_drug_hook *hook) {
  char name[96];
  lg_drug_squeeze(target, name, sizeof name);
  /* "Nav1.5-late", "NaV1.5 (late)" */
  const size_t n = strlen(name);
  const bool late = n >= 4 && strcmp(name + n - 4, "late") == 0;
  for (size_t k = 0; k < COUNT(rules); k++)
    if (fits(&rules[k], name)) {
      *hook = late && rules[k].hook == LG_HOOK_NA ? LG_HOOK_NAP : rules[k].hook;
      return true;
    }
  return false;
}

/* What a point neuron's lumped conductance is made of, the best first. */
int lg_drug_target_rank(lg_drug_hook hook, const char *target) {
  static const char *const sodium[] = {"nav16", "scn8a", "navbrain", "navneuronal", "nav12", "nav11", "nav13"};
  static const char *const rectifier[] = {"kv2", "delayedrect"};
  static const char *const inactivating[] = {"kv4", "kv11", "kv12"};
  static const char *const nmda[] = {"glun1glun2a"};
  const struct {
    lg_drug_hook hook;
    const char *const *words;
    size_t n;
  } lists[] = {{LG_HOOK_NA, sodium, COUNT(sodium)},
               {LG_HOOK_K, rectifier, COUNT(rectifier)},
               {LG_HOOK_A, inactivating, COUNT(inactivating)},
               {LG_HOOK_NMDA, nmda, COUNT(nmda)}};
  char name[96];
  lg_drug_squeeze(target, name, sizeof name);
  for (size_t k = 0; k < COUNT(lists); k++)
    for (size_t j = 0; lists[k].hook == hook && j < lists[k].n; j++)
      if (strstr(name, lists[k].words[j])) return (int)j;
  return 100;
}
