/* loligo serve: the page and the API, from this machine. */
#define _XOPEN_SOURCE 700
#include "app/cli/commands.h"
#include "app/serve/serve.h"
#include "app/serve/store_accounts.h"

#include "base/base.h"
#include <stdio.h>
#include <time.h>

static const cli_option options[] = {
    {"data", "DIR", CLI_OUTPUT, NULL, "Folder of users, jobs and files; made where it is missing."},
    {"address", "ADDRESS", CLI_TEXT, "127.0.0.1", "Where to listen; others than this machine's need TLS or a proxy."},
    {"port", "PORT", CLI_COUNT, "8080", "Port; 0: any free one."},
    {"certificate", "FILE", CLI_INPUT, NULL, "TLS certificate, PEM."},
    {"key", "FILE", CLI_INPUT, NULL, "Its key, PEM."},
    {"behind-proxy", NULL, CLI_FLAG, NULL, "TLS ends before us; X-Forwarded-For is believed."},
    {"url", "URL", CLI_TEXT, NULL, "The address by which browsers come, https://twin.lab.example."},
};

/* Whoever starts the server for the first time makes the first administrator, by a link that works once. */
static lg_status offer_first_account(cli_run *run, serve *server) {
  lg_ctx *ctx = cli_ctx(run);
  char secret[STORE_SECRET];
  int64_t n;
  lg_status status = accounts_count(ctx, serve_store(server), &n);
  if (status != LG_OK || n > 0) return status;
  status = accounts_invite(ctx, serve_store(server), ROLE_ADMIN, store_now() + (int64_t)24 * 3600 * 1000, secret);
  if (status == LG_OK)
    (void)printf("Make the first account (an administrator), within a day:\n%s/#/join/%s\n", serve_url(server), secret);
  return status;
}

static int run_serve(cli_run *run) {
  lg_ctx *ctx = cli_ctx(run);
  lg_status status = LG_OK;
  serve *server = NULL;
  const struct timespec tick = {0, 100 * 1000 * 1000};
  const serve_options o = {.folder = cli_text(run, "data"),
                           .address = cli_text(run, "address"),
                           .port = (uint16_t)cli_count(run, "port"),
                           .certificate = cli_text(run, "certificate"),
                           .key = cli_text(run, "key"),
                           .behind_proxy = cli_flag(run, "behind-proxy"),
                           .public_url = cli_text(run, "url"),
                           .program = cli_argv(run)[0]};
  if (!o.folder) return cli_usage(run, "where do users and files live? give --data DIR");
  if (cli_count(run, "port") > 65535) return cli_usage(run, "a port is 0 to 65535");
  LG_TRY(serve_start(ctx, &o, &server));
  (void)printf("Loligo is at %s (Ctrl-C ends it)\n", serve_url(server));
  LG_TRY(offer_first_account(run, server));
  (void)fflush(stdout);
  while (!lg_cancelled(ctx)) (void)nanosleep(&tick, NULL);
done:
  serve_stop(ctx, server);
  return status == LG_OK ? CLI_OK : cli_report(run, status == LG_ERR_ARGUMENT ? NULL : o.folder, status);
}

const cli_command cli_serve_command = {
    .name = "serve",
    .arguments = "--data DIR [--port PORT]",
    .summary = "The page and the API for browsers and programs, from this machine.",
    .example = "loligo serve --data lab",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .min_positional = 0,
    .max_positional = 0,
    .run = run_serve,
};
