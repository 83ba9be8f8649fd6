/**
 * @file live_record.h
 * @brief A record of a live stream: 64 bytes of header, then the payload, all little-endian (docs/server.md).
 *
 * | at | bytes | what |
 * |---|---|---|
 * | 0 | 4 | "LGLV" |
 * | 4 | 2 | version, 1 |
 * | 6 | 2 | bytes of the header, 64 |
 * | 8 | 8 | number of the frame, from 0; of words: of the next frame |
 * | 16 | 8 | t, ms of the simulation, double |
 * | 24 | 8 | dt, ms, double: the step of the simulation |
 * | 32 | 4 | n, values of the payload |
 * | 36 | 1 | quantity: 0 words (JSON), 1 potential, mV, 2 states of a point neuron |
 * | 37 | 1 | type: 0 bytes, 1 int16, 2 float32 |
 * | 38 | 2 | flags: 1 paused, 2 the last record |
 * | 40 | 8 | scale, double: value = offset + scale * stored |
 * | 48 | 8 | offset, double |
 * | 56 | 4 | bytes of the payload, a multiple of 8; zeros behind the n values or bytes of words |
 * | 60 | 4 | 0 |
 */
#ifndef LG_SERVE_LIVE_RECORD_H
#define LG_SERVE_LIVE_RECORD_H

#include "base/base.h"

enum { LIVE_HEADER = 64, LIVE_VERSION = 1, LIVE_MOST_PAYLOAD = 8 << 20 };
typedef enum live_quantity { LIVE_WORDS = 0, LIVE_V, LIVE_STATES } live_quantity;
typedef enum live_type { LIVE_BYTES = 0, LIVE_INT16, LIVE_FLOAT32 } live_type;
enum { LIVE_PAUSED = 1, LIVE_LAST = 2 };

typedef struct live_header {
  uint64_t number;
  double t_ms, dt_ms, scale, offset;
  uint32_t n, payload; /* payload: bytes */
  live_quantity quantity;
  live_type type;
  unsigned flags;
} live_header;

/** @brief Bytes of n values of a type, rounded up to a multiple of 8. */
size_t live_payload(live_type type, size_t n);
void live_put_header(const live_header *header, unsigned char bytes[LIVE_HEADER]);
/** @brief False: these are no header, or one that does not fit itself. */
LG_MUST_CHECK bool live_get_header(const unsigned char bytes[LIVE_HEADER], live_header *header);
/** @brief n values of type int16 or float32 behind each other, zeros up to header->payload. What int16 cannot hold
 * becomes its nearest. */
void live_put_values(const live_header *header, const double *values, unsigned char *bytes);

#endif
