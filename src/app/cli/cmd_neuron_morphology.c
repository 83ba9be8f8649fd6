/* loligo neuron morphology: what is made of an SWC file, how it is cut, how it looks. */
#include "app/cli/commands.h"
#include "app/cli/morphology_output.h"
#include "app/cli/picture.h"
#include "base/base.h"
#include "data/provenance.h"
#include "io/swc.h"

#include <math.h>
#include <string.h>

static const cli_option options[] = {
    {"soma", "g1|import3d|arbor", CLI_CHOICE, "g1", "Which rule makes sections of the soma: ours, NEURON's, Arbor's."},
    {"keep-soma-tree", NULL, CLI_FLAG, NULL,
     "Of several trees keep the one with the soma instead of refusing the file."},
    {"svg", "FILE.svg", CLI_OUTPUT, NULL, "Draw the cell: projected, diameters to scale, by type; .svg, .png or .pdf."},
    {"view", "xy|xz|zy|yx|zx|yz", CLI_CHOICE, "xy", "Which axis points right, which up, in the drawing."},
    {"max-dx-um", "LENGTH", CLI_NUMBER, NULL, "Cut into compartments of at most this length, um."},
    {"d-lambda", "F", CLI_NUMBER, NULL, "Cut into compartments of at most this share of the length constant."},
    {"frequency", "FREQUENCY", CLI_FREQUENCY, "100Hz", "Of the length constant."},
    {"nseg", "N", CLI_COUNT, NULL, "Cut every section into this number of compartments."},
    {"even-too", NULL, CLI_FLAG, NULL, "Do not round the numbers that follow from lengths up to odd ones."},
    {"ra", "R", CLI_NUMBER, "100", "Axial resistivity, ohm cm, for --d-lambda and the nodes."},
    {"cm", "C", CLI_NUMBER, "1", "Capacitance of the membrane, uF/cm2."},
    {"nodes", "FILE.csv", CLI_OUTPUT, NULL,
     "Write the nodes of the cut cell: areas, capacitances, axial conductances."},
};

/* What is asked for beside the geometry. */
typedef struct cutting {
  bool wanted;
  cable_cut cut;
  cable_region region;
} cutting;

static int take_cutting(cli_run *run, cutting *c) {
  static const char *const policies[] = {"max-dx-um", "d-lambda", "nseg"};
  size_t given = 0;
  for (size_t k = 0; k < 3; k++) given += cli_given(run, policies[k]);
  if (cli_text(run, "svg") && !cli_is_picture(cli_text(run, "svg")))
    return cli_usage(run, "'%s' ends in none of .svg, .png, .pdf", cli_text(run, "svg"));
  if (given > 1) return cli_usage(run, "give one of --max-dx-um, --d-lambda and --nseg");
  *c = (cutting){.wanted = given > 0 || cli_given(run, "nodes"), .cut = CABLE_CUT_INIT};
  c->cut.odd = !cli_flag(run, "even-too");
  c->cut.frequency_Hz = cli_number(run, "frequency");
  if (cli_given(run, "max-dx-um") && !((c->cut.max_dx_um = cli_number(run, "max-dx-um")) > 0))
    return cli_usage(run, "--max-dx-um is %g; allowed: above 0", c->cut.max_dx_um);
  if (cli_given(run, "d-lambda") && !((c->cut.d_lambda = cli_number(run, "d-lambda")) > 0))
    return cli_usage(run, "--d-lambda is %g; allowed: above 0", c->cut.d_lambda);
  if (cli_given(run, "nseg") && (c->cut.n_per_section = cli_count(run, "nseg")) == 0)
    return cli_usage(run, "--nseg is 0; allowed: from 1");
  c->region = (cable_region){.all_types = true,
                             .axial_resistivity_ohm_cm = cli_number(run, "ra"),
                             .capacitance_uF_cm2 = cli_number(run, "cm")};
  if (!(c->region.axial_resistivity_ohm_cm > 0) || !(c->region.capacitance_uF_cm2 > 0))
    return cli_usage(run, "--ra and --cm must be above 0");
  return CLI_OK;
}

static lg_status write_all(cli_run *run, morphology_result *r, lg_morphology *m, cutting *c, const char **file) {
  lg_status status = LG_OK;
  lg_ctx *ctx = cli_ctx(run);
  const char *nodes = cli_text(run, "nodes"), *svg = cli_text(run, "svg"), *input = *file;
  cable_tree *tree = NULL;
  size_t *n = NULL;
  const cable_model model = {.morphology = m, .n_regions = 1, .regions = &c->region};
  if (c->wanted) {
    LG_NEW(ctx, n, m->n_sections);
    LG_TRY(lg_cable_cut_count(ctx, &model, &c->cut, n));
    for (size_t k = 0; k < m->n_sections; k++) r->n_compartments += n[k];
    r->n = n;
  }
  if (nodes) {
    LG_TRY(lg_cable_tree_create(ctx, &model, &c->cut, &tree));
    *file = nodes;
    LG_TRY(cli_morphology_nodes(run, nodes, tree));
  }
  if (svg) {
    *file = svg;
    LG_TRY(cli_morphology_draw(run, svg, m));
  }
  *file = input;
  if (cli_json(run)) cli_morphology_json(run, r);
  else if (!(nodes && strcmp(nodes, "-") == 0) && !(svg && strcmp(svg, "-") == 0)) cli_morphology_table(r);
done:
  lg_cable_tree_destroy(ctx, tree);
  lg_free(ctx, n);
  return status;
}

static int run_morphology(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  const char *path = cli_positional(run, 0), *file = path;
  lg_morphology *m = NULL;
  lg_swc_options o = {.keep_soma_tree = cli_flag(run, "keep-soma-tree")};
  cutting c;
  int code = take_cutting(run, &c);
  if (code != CLI_OK) return code;
  morphology_result r = {.swc = path, .soma = cli_text(run, "soma")};
  lg_status status = lg_swc_soma_from_name(ctx, r.soma, &o.soma);
  if (status == LG_OK) status = cli_provenance(run) ? LG_OK : LG_ERR_MEMORY;
  if (status == LG_OK) status = lg_swc_read(ctx, path, &o, &m);
  r.m = m;
  if (status == LG_OK) status = lg_provenance_add_input(ctx, cli_provenance(run), "morphology", path);
  if (status == LG_OK) {
    status = write_all(run, &r, m, &c, &file);
  } else if (m && m->n_sections == 0 && cli_json(run)) { /* a refusal is an answer too */
    char refused[600];
    (void)snprintf(refused, sizeof refused, "%s", lg_ctx_message(ctx));
    r.refused = refused;
    LG_IGNORE(lg_provenance_add_input(ctx, cli_provenance(run), "morphology", path));
    cli_morphology_json(run, &r);
  }
  code = status == LG_OK ? CLI_OK : cli_report(run, file, status);
  lg_morphology_destroy(ctx, m);
  return code;
}

const cli_command cli_neuron_morphology_command = {
    .name = "neuron morphology",
    .arguments = "CELL.swc [--soma g1|import3d|arbor] [--max-dx-um L | --d-lambda F | --nseg N] [--svg FILE.svg]",
    .summary = "Read a reconstructed cell: sections, lengths, areas, every repair; cut it; draw it.",
    .example = "loligo neuron morphology cell.swc --svg cell.svg\n"
               "loligo neuron morphology cell.swc --max-dx-um 10 --json",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 1,
    .max_positional = 1,
    .run = run_morphology,
};
