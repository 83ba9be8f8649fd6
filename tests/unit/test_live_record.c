/* Records of live streams: there and back, and what is no header. */
#include "tests/test.h"

#include "app/serve/live_record.h"

#include <string.h>

static live_header made(live_quantity quantity, live_type type, uint32_t n) {
  return (live_header){.number = 0x0102030405060708u,
                       .t_ms = 12.3,
                       .dt_ms = 0.025,
                       .scale = type == LIVE_INT16 ? 0.01 : 1.0,
                       .offset = -1.5,
                       .n = n,
                       .payload = (uint32_t)live_payload(type, n),
                       .quantity = quantity,
                       .type = type,
                       .flags = LIVE_PAUSED};
}

static void there_and_back(void **state) {
  (void)state;
  unsigned char bytes[LIVE_HEADER];
  const live_header kinds[] = {made(LIVE_V, LIVE_INT16, 5), made(LIVE_STATES, LIVE_FLOAT32, 3),
                               made(LIVE_WORDS, LIVE_BYTES, 17), made(LIVE_V, LIVE_INT16, 0)};
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    live_header h;
    live_put_header(&kinds[k], bytes);
    assert_true(live_get_header(bytes, &h));
    assert_true(h.number == kinds[k].number && h.t_ms == 12.3 && h.dt_ms == 0.025);
    assert_true(h.n == kinds[k].n && h.payload == kinds[k].payload && h.payload % 8 == 0);
    assert_true(h.quantity == kinds[k].quantity && h.type == kinds[k].type && h.flags == LIVE_PAUSED);
    assert_true(h.scale == kinds[k].scale && h.offset == -1.5);
  }
  live_put_header(&kinds[0], bytes);
  assert_memory_equal(bytes, "LGLV\1\0\100\0\10\7\6\5\4\3\2\1", 16); /* little-endian on every machine */
}

/* Every field that does not fit the others. */
static void no_headers(void **state) {
  (void)state;
  static const struct {
    size_t at;
    unsigned char value;
  } wrong[] = {{0, 'X'}, {4, 2},  {6, 63},   {36, 3},  {36, 0}, {37, 3},
               {37, 0},  {32, 6}, {35, 255}, {56, 24}, {59, 1}, {60, 1}};
  const live_header good = made(LIVE_V, LIVE_INT16, 4);
  unsigned char bytes[LIVE_HEADER];
  live_header h;
  for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
    live_put_header(&good, bytes);
    assert_true(live_get_header(bytes, &h));
    bytes[wrong[k].at] = wrong[k].value;
    assert_false(live_get_header(bytes, &h));
  }
}

static void values(void **state) {
  (void)state;
  static const double v[5] = {-65.004, 40.006, 1e6, -1e6, -1.5};
  static const int expected[5] = {-6350, 4151, 32767, -32768, 0};
  const live_header h = made(LIVE_V, LIVE_INT16, 5);
  unsigned char bytes[16];
  memset(bytes, 255, sizeof bytes);
  assert_int_equal(h.payload, 16);
  live_put_values(&h, v, bytes);
  for (size_t k = 0; k < 5; k++) assert_int_equal((int16_t)(bytes[2 * k] | bytes[2 * k + 1] << 8), expected[k]);
  for (size_t k = 10; k < 16; k++) assert_int_equal(bytes[k], 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(no_headers),
                                     cmocka_unit_test(values)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
