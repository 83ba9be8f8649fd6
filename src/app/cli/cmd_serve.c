/* loligo serve: the page and the API, from this machine. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/cli/run.h"
#include "app/cli/serve_demo.h"
#include "app/serve/job_commands.h"
#include "app/serve/launcher.h"
#include "app/serve/live_program.h"
#include "app/serve/serve.h"
#include "app/serve/store_accounts.h"
#include "app/serve/worker.h"

#include "base/base.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const cli_option options[] = {
    {"data", "DIR", CLI_OUTPUT, NULL, "Folder of users, jobs and files; made where it is missing."},
    {"address", "ADDRESS", CLI_TEXT, "127.0.0.1", "Where to listen; others than this machine's need TLS or a proxy."},
    {"port", "PORT", CLI_COUNT, "8080", "Port; 0: any free one."},
    {"certificate", "FILE", CLI_INPUT, NULL, "TLS certificate, PEM."},
    {"key", "FILE", CLI_INPUT, NULL, "Its key, PEM."},
    {"behind-proxy", NULL, CLI_FLAG, NULL, "TLS ends before us; X-Forwarded-For is believed."},
    {"workers", "N", CLI_COUNT, "0", "Processes that work; 0: one a core. One more is for what somebody waits for."},
    {"live", "N", CLI_COUNT, "4", "Live streams at once; each simulates a cell and may take a core."},
    {"live-idle", "TIME", CLI_TIME, "30s", "A live stream that nobody looks at ends after that."},
    {"worker", "NAME", CLI_TEXT, NULL, "Be one more worker of the server in that folder, and no server."},
    {"launcher", NULL, CLI_FLAG, NULL, "Be what starts the programs of a worker, which starts it so; no server."},
    {"live-program", NULL, CLI_FLAG, NULL, "Be the program of a live stream, which the server starts so; no server."},
    {"quick-only", NULL, CLI_FLAG, NULL, "As a worker: only what somebody waits for."},
    {"demo", NULL, CLI_FLAG, NULL,
     "Fill an empty folder with the examples that ship, and an account; without --data one that is removed at the "
     "end."},
    {"url", "URL", CLI_TEXT, NULL, "The address by which browsers come, https://twin.lab.example."},
};

/* Whoever starts the server for the first time makes the first administrator, by a link that works once. */
static lg_status offer_first_account(cli_run *run, serve *server) {
  lg_ctx *ctx = cli_ctx(run);
  char secret[STORE_SECRET];
  int64_t n;
  lg_status status = accounts_count(ctx, serve_store(server), &n);
  if (status != LG_OK || n > 0) return status;
  status = accounts_invite(ctx, serve_store(server), NULL, ROLE_ADMIN, store_now() + (int64_t)24 * 3600 * 1000, secret);
  if (status == LG_OK)
    (void)printf("Make the first account (an administrator), within a day:\n%s/#/join/%s\n", serve_url(server), secret);
  return status;
}

/* Programs of jobs run in folders of their own: a path from here would lead them elsewhere. */
static lg_status make_absolute(lg_ctx *ctx, const char *folder, char out[4096]) {
  char here[4096];
  if (folder[0] == '/') here[0] = 0;
  else if (!getcwd(here, sizeof here)) return lg_fail(ctx, LG_ERR_IO, "the folder we are in is gone");
  if (snprintf(out, 4096, "%s%s%s", here, here[0] ? "/" : "", folder) >= 4096)
    return lg_fail(ctx, LG_ERR_ARGUMENT, "the path of the folder is too long");
  return LG_OK;
}

static lg_status offer_demo(cli_run *run, serve *server, const char *password) {
  if (!password[0]) return offer_first_account(run, server);
  (void)printf("A demonstration with the examples that ship. Come in by this link (name demo, password %s):\n"
               "%s/#/sign-in?name=demo&password=%s\n"
               "To review studies as somebody else: name reviewer, the same password.\n",
               password, serve_url(server), password);
  return LG_OK;
}

/* What the program of a job may read beside libraries and its own folder: what ships. */
static const char *const *shipped_places(const char *program) {
  static char beside[4096];
  static const char *places[8];
  size_t n = 0;
  const char *own = getenv("LOLIGO_DATA_DIR"), *slash = strrchr(program, '/');
  if (own && own[0]) places[n++] = own;
  if (slash &&
      snprintf(beside, sizeof beside, "%.*s/../share/loligo", (int)(slash - program), program) < (int)sizeof beside)
    places[n++] = beside;
  places[n++] = LG_SOURCE_DIR "/data";
  places[n++] = LG_SOURCE_DIR "/models";
  places[n++] = LG_DATA_DIR;
  places[n] = NULL;
  return places;
}

static int run_worker(cli_run *run, const char *program) {
  const bool ours = !isatty(STDIN_FILENO) && !isatty(STDOUT_FILENO); /* the server's: pipes */
  char *whole = realpath(cli_text(run, "data"), NULL); /* programs of jobs start in folders of their own */
  const worker_options o = {.folder = whole ? whole : cli_text(run, "data"),
                            .program = program,
                            .name = cli_text(run, "worker"),
                            .quick_only = cli_flag(run, "quick-only"),
                            .threads = (unsigned)cli_count(run, "threads"),
                            .wake = ours ? STDIN_FILENO : -1,
                            .events = ours ? STDOUT_FILENO : -1};
  if (strlen(o.name) >= JOB_WORKER) {
    free(whole);
    return cli_usage(run, "a worker's name has at most %d bytes", JOB_WORKER - 1);
  }
  const lg_status status = worker_run(cli_ctx(run), &o);
  free(whole);
  return status == LG_OK ? CLI_OK : cli_report(run, cli_text(run, "data"), status);
}

static int run_launcher(cli_run *run, const char *program) {
  const launcher_options o = {
      .socket = STDIN_FILENO, .program = program, .readable = shipped_places(program), .run = cli_main};
  const lg_status status = launcher_serve(cli_ctx(run), &o);
  return status == LG_OK ? CLI_OK : cli_report(run, NULL, status);
}

static int run_live_program(cli_run *run, const char *program) {
  const live_program_options o = {.program = program, .readable = shipped_places(program), .run = cli_main};
  return cli_report(run, NULL, live_program(cli_ctx(run), &o)); /* it returns on failure only */
}

static int run_serve(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  serve *server = NULL;
  char program[4096], folder[4096], own[SERVE_DEMO_FOLDER] = "", password[STORE_FACT] = "";
  const ssize_t n_program = readlink("/proc/self/exe", program, sizeof program - 1);
  if (n_program <= 0) return cli_report(run, NULL, lg_fail(ctx, LG_ERR_IO, "/proc/self/exe cannot be read"));
  program[n_program] = 0;
  serve_commands commands = {.parse_quantity = cli_parse_quantity};
  commands.table = cli_commands(&commands.n);
  commands.common = cli_common_options(&commands.n_common);
  const struct timespec tick = {0, 100 * 1000 * 1000};
  serve_options o = {.folder = cli_text(run, "data"),
                     .address = cli_text(run, "address"),
                     .port = (uint16_t)cli_count(run, "port"),
                     .certificate = cli_text(run, "certificate"),
                     .key = cli_text(run, "key"),
                     .behind_proxy = cli_flag(run, "behind-proxy"),
                     .public_url = cli_text(run, "url"),
                     .workers = (unsigned)cli_count(run, "workers"),
                     .streams = (unsigned)cli_count(run, "live"),
                     .stream_idle_ms = (uint64_t)cli_number(run, "live-idle"),
                     .commands = &commands,
                     .program = program};
  const bool demo = cli_flag(run, "demo");
  if (!o.folder && !demo) return cli_usage(run, "where do users and files live? give --data DIR");
  if (o.folder) {
    LG_TRY(make_absolute(ctx, o.folder, folder));
    o.folder = folder;
  }
  if (cli_flag(run, "launcher")) return run_launcher(run, program);
  if (cli_flag(run, "live-program")) return run_live_program(run, program);
  if (cli_text(run, "worker")) return run_worker(run, program);
  if (cli_count(run, "workers") > 63) return cli_usage(run, "--workers: at most 63");
  if (cli_count(run, "live") < 1 || cli_count(run, "live") > 32) return cli_usage(run, "--live: 1 to 32");
  if (!(cli_number(run, "live-idle") >= 100.0 && cli_number(run, "live-idle") <= 86400e3))
    return cli_usage(run, "--live-idle: 0.1 s to a day");
  if (cli_count(run, "port") > 65535) return cli_usage(run, "a port is 0 to 65535");
  if (demo && !o.folder) {
    LG_TRY(serve_demo_folder(ctx, own));
    o.folder = own;
  }
  if (demo) LG_TRY(serve_demo_fill(ctx, &commands, o.folder, password));
  LG_TRY(serve_start(ctx, &o, &server));
  (void)printf("Loligo is at %s (Ctrl-C ends it)\n", serve_url(server));
  LG_TRY(offer_demo(run, server, password));
  (void)fflush(stdout);
  while (!lg_cancelled(ctx)) (void)nanosleep(&tick, NULL);
done:
  serve_stop(ctx, server);
  if (own[0]) worker_remove_tree(own);
  return status == LG_OK ? CLI_OK : cli_report(run, status == LG_ERR_ARGUMENT ? NULL : o.folder, status);
}

const cli_command cli_serve_command = {
    .name = "serve",
    .arguments = "--data DIR [--port PORT] [--demo]",
    .summary = "The page and the API for browsers and programs, from this machine.",
    .example = "loligo serve --data lab\nloligo serve --demo",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_serve,
};
