/* loligo axon map: what an impact does to the axons of every voxel of a white matter. */
#define _XOPEN_SOURCE 700
#include "app/cli/axon_map_job.h"
#include "app/cli/commands.h"

#include <string.h>

static const cli_option options[] = {
    {"output", "MAP.h5", CLI_OUTPUT, NULL, "The map, HDF5."},
    {"direct", NULL, CLI_FLAG, NULL, "Simulate every voxel; ask no network."},
    {"both", NULL, CLI_FLAG, NULL, "Ask the network and simulate every voxel: errors of the network."},
    {"no-fallback", NULL, CLI_FLAG, NULL, "Show the network where it is out of its range, too (exit 1 when it is)."},
    {"net", "NET.safetensors", CLI_INPUT, NULL, "The network; otherwise the one that ships for the male axon."},
    {"params", "P.json", CLI_INPUT, NULL, "Constants of the axon; those that are not there are the male axon's."},
    {"injury-threshold", "STRAIN", CLI_NUMBER, "0.2", "Peak strain of microtubules from which an axon is injured."},
    {"regions", "REGIONS.csv", CLI_INPUT, NULL, "Regions as boxes, points or names; otherwise cut by geometry."},
    {"summary", "OUT.csv", CLI_OUTPUT, NULL, "One row for each region."},
    {"slices", "DIR", CLI_OUTPUT, NULL, "Pictures of three planes, SVG and PNG, of all that the map holds."},
    {"at", "X,Y,Z", CLI_TEXT, "0,15,10", "Planes of the pictures in mm: coronal x, sagittal y, axial z."},
    {"points", "POINTS.bin", CLI_OUTPUT, NULL, "Points for a page: floats, and a header POINTS.json."},
    {"report", "DIR", CLI_OUTPUT, NULL, "A page with maps, scatter plots, regions and times."},
    {"impact", "K", CLI_COUNT, NULL, "Which impact of a file of several, from 0."},
    {"every", "K", CLI_COUNT, "1", "Only every K-th plane of voxels along each axis: a coarse map at once."},
    {"resume", "DIR", CLI_OUTPUT, NULL, "Keep the journal here; otherwise beside MAP and gone when the map is there."},
};

static int run_map(cli_run *run) {
  axon_map_job job = {.rank = 0};
  const char *out = cli_text(run, "output");
  if (!out || strcmp(out, "-") == 0) return cli_usage(run, "where to? give -o MAP.h5");
  if (cli_flag(run, "direct") && (cli_flag(run, "both") || cli_given(run, "net")))
    return cli_usage(run, "--direct asks no network; leave out --both and --net");
  if (cli_flag(run, "no-fallback") && (cli_flag(run, "direct") || cli_flag(run, "both")))
    return cli_usage(run, "--no-fallback simulates nothing; leave out --direct and --both");
  if (cli_positionals(run) == 0 && !cli_given(run, "seed"))
    return cli_usage(run, "of which impact? give a file of kinematics or profiles, or --seed N");
  if (!(cli_number(run, "injury-threshold") > 0.0 && cli_number(run, "injury-threshold") <= 1.0))
    return cli_usage(run, "--injury-threshold is %g; a strain above 0, at most 1, is needed",
                     cli_number(run, "injury-threshold"));
  if (!axon_map_job_planes(cli_text(run, "at"), job.at_mm))
    return cli_usage(run, "--at '%s'; three numbers in mm are needed: 0,15,10", cli_text(run, "at"));
  if (cli_count(run, "every") < 1 || cli_count(run, "every") > 20) return cli_usage(run, "--every is 1 to 20");
  if (!cli_provenance(run)) return cli_report(run, NULL, LG_ERR_MEMORY);
  int code = axon_map_job_work(run, &job);
  if (code == CLI_OK && job.rank == 0) code = axon_map_job_write(run, &job);
  if (code == CLI_OK && cli_flag(run, "no-fallback") && lg_axon_map_out_of_range(job.map) > 0) code = CLI_NEGATIVE;
  if (code == CLI_OK && job.n_failed > 0) code = CLI_PARTIAL;
  axon_map_job_forget(cli_ctx(run), &job);
  return code;
}

const cli_command cli_axon_map_command = {
    .name = "axon map",
    .arguments = "KINEMATICS.csv|PROFILES.h5|--seed N -o MAP.h5 [--direct|--both] [--slices DIR] [--report DIR]",
    .summary = "Say what an impact does to the axons of a whole white matter: by the network, and directly where it is "
               "out of range.",
    .example = "loligo axon map --seed 500 -o map.h5 --slices slices/ --summary regions.csv\n"
               "  loligo axon map --seed 500 -o map.h5 --both --report report/\n"
               "  mpirun -n 8 loligo axon map impact.csv -o map.h5 --direct",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 1,
    .run = run_map,
};
