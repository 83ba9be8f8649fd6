#include "app/cli/shipped.h"

static const cli_shipped networks[] = {
    {"axon-male", "Fibre strain to the cytoskeleton of the default male axon (axon predict)."},
    {"axon-male-population",
     "What one male axon says of a population that differs in its gaps (axon predict --population)."},
    {"calcium/hh-k", "Squid potassium channel: n, learned from openness alone (calcium, cells with shape)."},
    {"calcium/hh-na", "Squid sodium channel: m and h, learned from openness alone (calcium, cells with shape)."},
    {"calcium/kl", "Ryanodine receptor of Keizer and Levine (calcium simulate)."},
    {"calcium/kl-latent", "The same with the memory of its slow gate."},
    {"calcium/kl-paper", "The same as a network of the rate of openness, stepped explicitly."},
    {"calcium/rise-30", "A receptor that opens only while calcium rises and closes at 30/s."},
    {"calcium/rise-100", "The same, closing at 100/s."},
    {"calcium/rise-300", "The same, closing at 300/s."},
    {"calcium/rise-800", "The same, closing at 800/s."},
    {"clone-izhikevich", "Recording by CLONE-1 to an Izhikevich neuron with its uncertainty (clone)."},
    {"clone-tm", "Recording by CLONE-1 to a Traub-Miles neuron with its uncertainty (clone)."},
    {"culture-amortised", "Traces and graph of a culture to its coupling and feeds with intervals (culture identify)."},
    {"culture-unet", "Cells of calcium movies and of stained membranes by flows (culture segment, culture run)."},
    {"drug-delta", "What drugs make of an Izhikevich twin (trial, screen)."},
    {"mixed-izhikevich", "Recording by many protocols to an Izhikevich neuron with its uncertainty (clone)."},
    {"mixed-tm", "Recording by many protocols to a Traub-Miles neuron with its uncertainty (clone)."},
    {"step-izhikevich", "Recording by one step to an Izhikevich neuron with its uncertainty (clone)."},
};

const cli_shipped *cli_shipped_networks(size_t *n) {
  *n = sizeof networks / sizeof *networks;
  return networks;
}

bool cli_shipped_find(lg_ctx *ctx, const cli_shipped *network, char *path, size_t bytes) {
  char relative[128];
  (void)snprintf(relative, sizeof relative, "models/%s.safetensors", network->name);
  return cli_find_data(ctx, relative, path, bytes) == LG_OK;
}
