#include "app/cli/trial_options.h"

#include "app/cli/clone_networks.h"
#include "base/base.h"
#include "data/provenance.h"
#include "twin/clone.h"

#include <loligo/recording.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* An EC20 of GABA at extrasynaptic receptors opens a fifth of them. */
#define EC20_UM (0.25 * LG_GABA_TONIC_EC50_UM)

static bool conductance_nS(const char *text, double *nS) {
  char *end = NULL;
  const double x = strtod(text, &end);
  const double factor = strcmp(end, "nS") == 0   ? 1.0
                        : strcmp(end, "pS") == 0 ? 1e-3
                        : strcmp(end, "uS") == 0 ? 1e3
                                                 : 0.0;
  *nS = x * factor;
  return end != text && factor > 0.0 && x >= 0.0 && isfinite(x);
}

int cli_bath(cli_run *run, lg_drug_bath *bath) {
  const char *tone = cli_text(run, "gaba-tone");
  char reason[160];
  double nS;
  *bath = (lg_drug_bath)LG_DRUG_BATH_INIT;
  if (cli_given(run, "egaba")) bath->EGABA_mV = cli_number(run, "egaba");
  if (strcmp(cli_text(run, "combination"), "one-site") == 0) bath->combination = LG_COMBINE_ONE_SITE;
  if (!tone) return CLI_OK;
  if (conductance_nS(tone, &nS)) {
    bath->gaba_tonic_uM = nS > 0.0 ? EC20_UM : 0.0;
    bath->gGABA_tonic_nS = 5.0 * nS;
    return CLI_OK;
  }
  const char last = tone[0] ? tone[strlen(tone) - 1] : '0';
  if (last >= '0' && last <= '9' && atof(tone) != 0.0)
    return cli_usage(run, "--gaba-tone: '%s' has no unit; give a concentration (0.3uM) or a conductance (2nS)", tone);
  if (!cli_parse_quantity(tone, CLI_CONCENTRATION, &bath->gaba_tonic_uM, reason, sizeof reason) ||
      !(bath->gaba_tonic_uM >= 0.0))
    return cli_usage(run, "--gaba-tone: '%s' is neither a concentration (0.3uM) nor a conductance (2nS)", tone);
  return CLI_OK;
}

/* A recording: cloned into the family that drugs act on. */
static lg_status clone_subject(cli_run *run, const char *path, size_t n_members, lg_subject **out) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  cli_networks nets = {.n = 0};
  lg_recording *rec = NULL;
  lg_clone *clone = NULL;
  lg_clone_opts opts = {.model = "hh", .seed = cli_seed(run)};
  const char *slash = strrchr(path, '/');
  LG_TRY(lg_recording_read(ctx, path, &rec));
  LG_TRY(lg_provenance_add_recording(ctx, cli_provenance(run), rec));
  cli_say(run, "loligo: %s is a recording: it is cloned first", path);
  LG_TRY(cli_networks_load(run, &nets));
  opts.nets = (const lg_clone_net_file *const *)nets.file;
  opts.n_nets = nets.n;
  LG_TRY(lg_clone_recording(ctx, rec, &opts, &clone));
  LG_TRY(lg_subject_of_twin(ctx, &clone->twin, slash ? slash + 1 : path, n_members, cli_seed(run), out));
done:
  cli_networks_forget(ctx, &nets);
  lg_clone_destroy(ctx, clone);
  lg_recording_destroy(ctx, rec);
  return status;
}

static bool is_json(const char *path) {
  const size_t n = strlen(path);
  return n >= 5 && strcasecmp(path + n - 5, ".json") == 0;
}

int cli_subject(cli_run *run, const char *path, size_t n_members, lg_subject **out) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status;
  *out = NULL;
  if (!is_json(path)) status = clone_subject(run, path, n_members, out);
  else {
    status = lg_subject_load(ctx, path, n_members, cli_seed(run), out);
    if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "twin", path);
  }
  if (status == LG_OK) return CLI_OK;
  lg_subject_destroy(ctx, *out);
  *out = NULL;
  return cli_report(run, path, status);
}

size_t cli_split(char *text, char **words, size_t most) {
  size_t n = 0;
  for (char *word = text; word;) {
    char *comma = strchr(word, ',');
    if (comma) *comma = '\0';
    while (*word == ' ') word++;
    if (n < most) words[n] = word;
    n++;
    word = comma ? comma + 1 : NULL;
  }
  return n;
}
