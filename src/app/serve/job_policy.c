/* Which commands the API runs, and why not the others. A command that is in no line here is not run. */
#include "app/serve/job_internal.h"

#include <string.h>

static const char local[] = "it is for the terminal";
static const char administrators[] = "administrators have /api/v1/audit";
static const char reference[] = "it needs the developers' reference data, by path";

static const job_policy policies[] = {
    {"audit export", "", administrators},
    {"audit list", "", administrators},
    {"audit verify", "", administrators},
    {"axon grid", "", NULL},
    {"axon learn", "ff", NULL},
    {"axon map", "f", NULL},
    {"axon population", "f", NULL},
    {"axon predict", "f", NULL},
    {"axon protocol", "t", NULL},
    {"axon sample", "f", NULL},
    {"axon sensitivity", "f", NULL},
    {"axon simulate", "f", NULL},
    {"axon spread", "ff", NULL},
    {"axon strain", "f", NULL},
    {"axon threshold", "", NULL},
    {"calcium clamp", "", NULL},
    {"calcium fit", "f", NULL},
    {"calcium learn", "f", NULL},
    {"calcium reduction", "f", NULL},
    {"calcium simulate", "f", NULL},
    {"clone", "f", NULL},
    {"compare", "f", NULL},
    {"completion", "t", local},
    {"convert", "fo", NULL},
    {"culture frames", "f", NULL},
    {"culture graph", "f", NULL},
    {"culture identify", "", NULL},
    {"culture learn-coupling", "", NULL},
    {"culture pinn", "", NULL},
    {"culture run", "f", NULL},
    {"culture segment", "f", NULL},
    {"culture simulate", "f", NULL},
    {"culture traces", "f", NULL},
    {"describe", "t", NULL},
    {"drug apply", "f", NULL},
    {"drug delta", "f", NULL},
    {"drug fit", "f", NULL},
    {"drug import", "f", NULL},
    {"drug learn", "f", NULL},
    {"drug list", "", NULL},
    {"drug pk", "t", NULL},
    {"drug predict", "f", NULL},
    {"drug show", "t", NULL},
    {"export-onnx", "f", NULL},
    {"features", "f", NULL},
    {"help", "t", local},
    {"info", "f", NULL},
    {"merge", "f", "the server merges the shares of a batch itself"},
    {"models", "", NULL},
    {"neuron design", "f", NULL},
    {"neuron fit", "f", NULL},
    {"neuron live", "f", "it runs without end: see POST /api/v1/live"},
    {"neuron mechanism", "f", NULL},
    {"neuron morphology", "f", NULL},
    {"neuron plot", "f", NULL},
    {"neuron protocol", "t", NULL},
    {"neuron reduce", "f", NULL},
    {"neuron rheobase", "f", NULL},
    {"neuron sample", "t", NULL},
    {"neuron simulate", "f", NULL},
    {"plot", "f", NULL},
    {"population", "f", NULL},
    {"report", "f", NULL},
    {"screen", "f", NULL},
    {"serve", "", "a server does not start servers"},
    {"serve backup", "", local},
    {"serve restore", "f", local},
    {"study verify", "f", NULL},
    {"sweep", "f", NULL},
    {"train", "tf", "it takes hours and reads folders of data by path; the weights that ship are its results"},
    {"trial", "f", NULL},
    {"validate axon", "f", reference},
    {"validate axon-learn", "f", reference},
    {"validate cable", "f", reference},
    {"validate cable-fit", "f", reference},
    {"validate cable-gradient", "f", reference},
    {"validate cable-reduce", "f", reference},
    {"validate calcium", "f", reference},
    {"validate calcium-learn", "f", reference},
    {"validate clone-izhikevich", "", reference},
    {"validate clone-tm", "", reference},
    {"validate culture", "f", reference},
    {"validate drug-delta", "", reference},
    {"validate drug-fit", "f", reference},
    {"validate drug-runs", "f", reference},
    {"validate drug-verdicts", "", reference},
    {"validate wrong-family", "f", reference},
    {"verify", "f", "it runs again what a file says, with the paths that stand in it"},
};

const job_policy *job_policy_of(const char *command) {
  for (size_t k = 0; k < sizeof policies / sizeof policies[0]; k++)
    if (strcmp(policies[k].name, command) == 0) return &policies[k];
  return NULL;
}

const char *job_option_refused(const char *command, const char *option) {
  if (strcmp(command, "neuron mechanism") == 0 && strcmp(option, "compile") == 0)
    return "a server runs no compiler; mechanisms are interpreted here";
  return NULL;
}
