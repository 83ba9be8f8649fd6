/** @file launcher_internal.h @brief What a worker and its launcher say to each other, over a stream socket. */
#ifndef LG_SERVE_LAUNCHER_INTERNAL_H
#define LG_SERVE_LAUNCHER_INTERNAL_H

#include "app/serve/launcher.h"

enum { LAUNCH_MOST_BYTES = 4 << 20, LAUNCH_MOST_WORDS = 1024 };

/** First, with the descriptor of the standard error; then `bytes` of strings that end in 0: folder, out, words.
 * Answered by the number of the child (int32, below 0: -errno), by how it ended (int32) when it has, and that by one
 * byte: the child's number may be used again. */
typedef struct launch_head {
  uint64_t memory;
  uint32_t n, bytes;
  uint32_t nice;
} launch_head;

/** @brief All n bytes or false. */
bool launcher_send(int socket, const void *bytes, size_t n);
bool launcher_receive(int socket, void *bytes, size_t n);

#endif
