/* The one piece of global state of the library: libhdf5 has its own and is not thread-safe, so its lock is global too.
 */
#define _XOPEN_SOURCE 700
#include "io/h5_read.h"

#include <pthread.h>

static pthread_mutex_t h5_lock = PTHREAD_MUTEX_INITIALIZER;

void lg_h5_lock(void) { (void)pthread_mutex_lock(&h5_lock); }
void lg_h5_unlock(void) { (void)pthread_mutex_unlock(&h5_lock); }
