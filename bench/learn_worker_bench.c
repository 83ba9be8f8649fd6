/*
 * Our side of the learning engine's benchmark: times one net on request, as learn_torch.py does.
 *
 * usage: learn_worker_bench THREADS    reads "NET REPEATS" lines on stdin, prints {"net":…, "seconds":…}
 * Without arguments (make bench runs every program) it says so and ends; learn_bench.py is what starts it.
 */
#define _GNU_SOURCE /* affinity */
#include "learn/encoder.h"
#include "learn/frozen.h"
#include "learn/mlp.h"
#include "learn/train.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "learn/real_f32.h"

#include "bench/learn_nets.tmpl.h"

static double now_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_s(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static lg_ctx *ctx;

static void check(lg_status status) {
  if (status == LG_OK) return;
  (void)fprintf(stderr, "learn_worker_bench: %s\n", lg_ctx_message(ctx));
  exit(3);
}

static float *normals(size_t n, uint64_t stream) {
  float *x = lg_alloc(ctx, n, sizeof *x);
  if (!x) exit(3);
  lg_rng rng = lg_rng_make(1, stream, 0);
  for (size_t i = 0; i < n; i++) x[i] = (float)lg_rng_normal(&rng);
  return x;
}

/* One net ready to be stepped. */
typedef struct job {
  nets_f32 net;
  lg_encoder encoder;
  lg_f32_model model;
  lg_f32_batch batch;
  lg_f32_trainer *trainer;
} job;

static void start(job *j, size_t chunk) {
  lg_train_options o = LG_TRAIN_OPTIONS;
  o.schedule = LG_SCHEDULE_CONSTANT;
  o.decay = 0;
  o.clip_norm = 0;
  o.chunk = chunk;
  j->model.params = &j->net.params;
  j->model.user = j;
  check(lg_f32_trainer_create(ctx, &j->model, &o, &j->trainer));
}

static void make_a(job *j) {
  check(create_a_f32(ctx, &j->net));
  j->model.loss = loss_a_f32;
  j->batch =
      (lg_f32_batch){.n = 64, .field = {normals(64 * 2000, 1), normals(64 * 9, 2)}, .width = {2000, 9}, .steps = 1000};
  start(j, 8);
}

static void make_b(job *j) {
  int32_t *classes = lg_alloc(ctx, 128, sizeof *classes);
  if (!classes) exit(3);
  for (int32_t i = 0; i < 128; i++) classes[i] = i % 4;
  check(create_b_f32(ctx, &j->net));
  j->model.loss = loss_b_f32;
  j->batch =
      (lg_f32_batch){.n = 128, .field = {normals(128 * 200, 1)}, .width = {200}, .steps = 200, .classes = classes};
  start(j, 8);
}

static void make_d(job *j) {
  float *t = normals(80, 1), *one = normals(80, 2), *weight = normals(80, 3);
  for (int i = 0; i < 80; i++) {
    t[i] = (float)(i / 79.0 * 2);
    one[i] = 1;
    weight[i] = i == 0 ? 80 : 0;
  }
  check(create_d_f32(ctx, &j->net));
  j->model.loss = loss_d_f32;
  j->batch = (lg_f32_batch){.n = 80, .field = {t, one, weight}, .width = {1, 1, 1}};
  start(j, 80);
}

static lg_var loss_t(void *user, lg_f32_tape *t, const lg_f32_batch *b, size_t begin, size_t end) {
  const job *j = user;
  const size_t x_dim[3] = {end - begin, b->steps, 5}, f_dim[2] = {end - begin, 40};
  const lg_var x = lg_f32_input(t, 3, x_dim, lg_f32_batch_at(b, 0, begin), false);
  const lg_var f = lg_f32_input(t, 2, f_dim, lg_f32_batch_at(b, 1, begin), false);
  const lg_var h = lg_f32_dense(t, &j->net.dense[0], lg_f32_encoder(t, &j->encoder, x, f), LG_ACT_NONE);
  return lg_f32_loss_beta_nll(t, h, lg_f32_batch_at(b, 2, begin), 0, NULL);
}

static void make_t(job *j) {
  lg_encoder_options o;
  check(lg_encoder_parse(ctx,
                         "channels=5 conv=32:12:4,48:9:4,64:6:3 lstm=64 pool=last,mean,max features=40 "
                         "dense=160,160 act=relu",
                         &o));
  check(lg_encoder_create(ctx, &j->net.params, "encoder", &o, &j->encoder));
  check(lg_dense_create(ctx, &j->net.params, "head", j->encoder.width, 18, &j->net.dense[0]));
  j->model.loss = loss_t;
  j->batch = (lg_f32_batch){.n = 64,
                            .field = {normals(64 * 5 * 4800, 1), normals(64 * 40, 2), normals(64 * 9, 3)},
                            .width = {5 * 4800, 40, 9},
                            .steps = 4800};
  start(j, 8);
  j->model.user = j;
}

/* Net U: a U-Net of two levels on images of 256 × 256 pixels, one image per chunk. */
enum { SIDE = 256, U_CONVS = 11 };
static lg_conv2d u_conv[U_CONVS];

static lg_var twice(lg_f32_tape *t, size_t i, lg_var x) {
  return lg_f32_conv2d(t, &u_conv[i + 1], lg_f32_conv2d(t, &u_conv[i], x, LG_ACT_RELU), LG_ACT_RELU);
}

static lg_var up(lg_f32_tape *t, lg_var skip, lg_var x) {
  const lg_var both[2] = {skip, lg_f32_upsample_image(t, x, 2)};
  return lg_f32_concat(t, 2, both);
}

static lg_var loss_u(void *user, lg_f32_tape *t, const lg_f32_batch *b, size_t begin, size_t end) {
  const size_t dim[4] = {end - begin, SIDE, SIDE, 1}, flat[2] = {end - begin, SIDE * SIDE};
  (void)user;
  const lg_var a = twice(t, 0, lg_f32_input(t, 4, dim, lg_f32_batch_at(b, 0, begin), false));
  const lg_var c = twice(t, 2, lg_f32_pool_image(t, a, 2));
  const lg_var d = twice(t, 4, lg_f32_pool_image(t, c, 2));
  const lg_var e = twice(t, 8, up(t, a, twice(t, 6, up(t, c, d))));
  const lg_var y = lg_f32_reshape(t, lg_f32_conv2d(t, &u_conv[10], e, LG_ACT_NONE), 2, flat);
  return lg_f32_loss_mse(t, y, lg_f32_batch_at(b, 1, begin), NULL);
}

static void make_u(job *j) {
  static const size_t widths[U_CONVS][2] = {{1, 16},  {16, 16}, {16, 32}, {32, 32}, {32, 64}, {64, 64},
                                            {96, 32}, {32, 32}, {48, 16}, {16, 16}, {16, 1}};
  for (size_t i = 0; i < U_CONVS; i++) {
    char name[16];
    const size_t kernel = i + 1 < U_CONVS ? 3 : 1;
    const lg_conv2d shape = {.in = widths[i][0], .out = widths[i][1], .kernel = kernel, .stride = 1, .pad = kernel / 2};
    (void)snprintf(name, sizeof name, "conv.%zu", i);
    check(lg_conv2d_create(ctx, &j->net.params, name, &shape, &u_conv[i]));
  }
  j->model.loss = loss_u;
  j->batch = (lg_f32_batch){
      .n = 2, .field = {normals(2 * SIDE * SIDE, 1), normals(2 * SIDE * SIDE, 2)}, .width = {SIDE * SIDE, SIDE * SIDE}};
  start(j, 1);
}

/* Net C: frozen, on 10,000 rows or on one. */
static lg_f32_mlp *mlp;
static float *rows_in, *rows_out;

static void make_c(void) {
  static const size_t sizes[4] = {3, 32, 32, 1};
  static const char *const names[3] = {"a", "b", "c"};
  const lg_act acts[3] = {LG_ACT_TANH, LG_ACT_TANH, LG_ACT_NONE};
  lg_params params = {0};
  lg_dense layers[3];
  for (size_t i = 0; i < 3; i++) check(lg_dense_create(ctx, &params, names[i], sizes[i], sizes[i + 1], &layers[i]));
  float *theta = normals(params.count, 1);
  lg_f32_init(&params, 1, theta);
  check(lg_f32_mlp_create(ctx, 3, layers, acts, theta, &mlp));
  rows_in = normals(30000, 2);
  rows_out = normals(10000, 3);
  lg_free(ctx, theta);
  lg_params_clear(ctx, &params);
}

/* Each call on one row reads what the call before wrote, so that calls cannot overlap: it is the time of one. */
static void run_c(bool one, int repeats) {
  if (!mlp) make_c();
  for (int k = 0; k < repeats; k++) {
    if (one) rows_in[0] = rows_out[0];
    lg_f32_mlp_eval(mlp, one ? 1 : 10000, rows_in, rows_out);
  }
}

/* Net T1: the twins' encoder, frozen, on one sample; the result goes into the next input. */
static lg_f32_frozen *frozen;
static float *sample, *scratch;

static void make_t1(void) {
  job j = {0};
  make_t(&j);
  check(lg_f32_frozen_create(ctx, &j.encoder, &j.net.dense[0], lg_f32_trainer_current(j.trainer), 4800, &frozen));
  sample = normals(5 * 4800 + 40, 1);
  scratch = normals(lg_f32_frozen_scratch(frozen), 2);
}

static void run_t1(int repeats) {
  float y[18];
  if (!frozen) make_t1();
  for (int k = 0; k < repeats; k++) {
    check(lg_f32_frozen_eval(frozen, scratch, 4800, sample, sample + 5 * 4800, y));
    sample[0] = y[0];
  }
}

/* Nets that only run forward. */
static void run(const char *name, int repeats) {
  if (name[0] == 'T') run_t1(repeats);
  else run_c(name[1] == '1', repeats);
}

static void step(job *j) {
  double loss = 0;
  check(lg_f32_trainer_step(ctx, j->trainer, &j->batch, &loss));
}

/*
 * Give each thread a core of its own, as learn_bench.py asks of PyTorch's: among many other processes the scheduler
 * may keep a thread that was woken on the core of the one that woke it.
 */
static void pin_threads(void) {
  cpu_set_t allowed, one;
  DIR *tasks = opendir("/proc/self/task");
  size_t cpu = CPU_SETSIZE - 1;
  if (!tasks || sched_getaffinity(0, sizeof allowed, &allowed) != 0) exit(3);
  for (const struct dirent *d; (d = readdir(tasks));) {
    if (d->d_name[0] == '.') continue;
    do cpu = (cpu + 1) % CPU_SETSIZE;
    while (!CPU_ISSET(cpu, &allowed));
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity((pid_t)strtol(d->d_name, NULL, 10), sizeof one, &one) != 0) exit(3);
  }
  (void)closedir(tasks);
}

int main(int argc, char **argv) {
  static job a, b, d, t, u;
  static const struct {
    const char *name;
    job *job;
    void (*make)(job *);
  } nets[] = {{"A", &a, make_a}, {"B", &b, make_b}, {"D", &d, make_d}, {"T", &t, make_t}, {"U", &u, make_u}};
  char line[64], name[16];
  int repeats = 0;
  if (argc != 2) {
    (void)fprintf(stderr, "learn_worker_bench: started by learn_bench.py with the number of threads\n");
    return 0;
  }
  if (lg_ctx_create(&ctx) != LG_OK) return 3;
  check(lg_ctx_set_threads(ctx, (unsigned)strtoul(argv[1], NULL, 10)));
  pin_threads();
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "%15s %d", name, &repeats) != 2 || repeats < 1) return 2;
    job *j = NULL;
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
      if (strcmp(nets[i].name, name) != 0) continue;
      j = nets[i].job;
      if (!j->trainer) {
        nets[i].make(j);
        for (int k = 0; k < 3; k++) step(j);
      }
    }
    if (!j) run(name, 3);
    const double wall = now_s(), cpu = cpu_s();
    if (!j) run(name, repeats);
    for (int k = 0; j && k < repeats; k++) step(j);
    (void)printf("{\"net\": \"%s\", \"seconds\": %.9g, \"cpu_seconds\": %.9g}\n", name, (now_s() - wall) / repeats,
                 (cpu_s() - cpu) / repeats);
    (void)fflush(stdout);
  }
  return 0;
}
