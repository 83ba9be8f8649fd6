#define _XOPEN_SOURCE 700
#include "app/serve/rates.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

enum { SETS = 2048, WAYS = 8 };

typedef struct bucket {
  uint64_t key; /* 0: none */
  double left;
  int64_t seen;
} bucket;

struct rates {
  pthread_mutex_t lock;
  unsigned char secret[crypto_shorthash_KEYBYTES]; /* so that nobody can choose whose bucket to push out */
  bucket set[SETS][WAYS];
};

lg_status rates_create(lg_ctx *ctx, rates **out) {
  rates *r = *out = lg_alloc(ctx, 1, sizeof *r);
  if (!r) return LG_ERR_MEMORY;
  (void)pthread_mutex_init(&r->lock, NULL);
  randombytes_buf(r->secret, sizeof r->secret);
  return LG_OK;
}

void rates_destroy(lg_ctx *ctx, rates *r) {
  if (!r) return;
  (void)pthread_mutex_destroy(&r->lock);
  lg_free(ctx, r);
}

static uint64_t key_of(const rates *r, rate_kind kind, const char *name) {
  unsigned char words[160], hash[crypto_shorthash_BYTES];
  uint64_t key;
  const size_t n = strnlen(name, sizeof words - 1);
  words[0] = (unsigned char)kind;
  memcpy(words + 1, name, n);
  (void)crypto_shorthash(hash, words, n + 1, r->secret);
  memcpy(&key, hash, sizeof key);
  return key ? key : 1;
}

/* The bucket of a key; *is_new: it held somebody else's until now. */
static bucket *find(rates *r, uint64_t key, bool *is_new) {
  bucket *set = r->set[key % SETS], *oldest = &set[0];
  *is_new = false;
  for (size_t k = 0; k < WAYS; k++) {
    if (set[k].key == key) return &set[k];
    if (set[k].seen < oldest->seen) oldest = &set[k];
  }
  *is_new = true;
  return oldest;
}

int64_t rates_take(rates *r, rate_kind kind, const char *name, double per_s, double burst, int64_t now_ms) {
  const uint64_t key = key_of(r, kind, name);
  int64_t wait_ms = 0;
  bool is_new;
  (void)pthread_mutex_lock(&r->lock);
  bucket *b = find(r, key, &is_new);
  if (is_new) *b = (bucket){key, burst, now_ms};
  const double passed_s = now_ms > b->seen ? 1e-3 * (double)(now_ms - b->seen) : 0;
  b->left += passed_s * per_s;
  if (b->left > burst) b->left = burst;
  b->seen = now_ms;
  if (b->left >= 1) b->left -= 1;
  else wait_ms = 1 + (int64_t)(1e3 * (1 - b->left) / per_s);
  (void)pthread_mutex_unlock(&r->lock);
  return wait_ms;
}

void rates_give(rates *r, rate_kind kind, const char *name, double burst) {
  const uint64_t key = key_of(r, kind, name);
  bool is_new;
  (void)pthread_mutex_lock(&r->lock);
  bucket *b = find(r, key, &is_new);
  if (!is_new && b->left + 1 <= burst) b->left += 1;
  (void)pthread_mutex_unlock(&r->lock);
}
