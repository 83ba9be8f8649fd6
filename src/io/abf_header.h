/**
 * @file abf_header.h
 * @brief What ABF1 and ABF2 have in common, once their headers are read.
 */
#ifndef LG_ABF_HEADER_H
#define LG_ABF_HEADER_H

#include "base/base.h"
#include "io/bytes.h"
#include <loligo/recording.h>

enum { ABF_MAX_CHANNELS = 32, ABF_MAX_DACS = 16, ABF_MAX_EPOCHS = 50, ABF_MAX_SWEEPS = 200000 };

enum { ABF_MODE_GAP_FREE = 3 };
enum { ABF_SOURCE_EPOCHS = 1, ABF_SOURCE_FILE = 2 };

/** Type of an epoch of the waveform editor. */
typedef enum abf_epoch_type {
  ABF_EPOCH_OFF = 0,
  ABF_EPOCH_STEP = 1,
  ABF_EPOCH_RAMP = 2,
  ABF_EPOCH_PULSES = 3,
  ABF_EPOCH_TRIANGLES = 4,
  ABF_EPOCH_COSINES = 5,
  ABF_EPOCH_BIPHASIC = 7
} abf_epoch_type;

/** One column of the waveform editor; durations in samples of one channel. */
typedef struct abf_epoch {
  int type;
  double level, level_increment;
  int32_t duration, duration_increment;
  int32_t period, width; /* of the pulses of a train */
} abf_epoch;

/** One column of values that replaces a parameter of an epoch sweep by sweep. */
typedef struct abf_user_list {
  int parameter; /* code of the format; < 0: none */
  bool repeat;
  size_t text_offset, text_bytes; /* comma-separated values in the file */
} abf_user_list;

typedef struct abf_adc {
  int physical;
  char name[32], unit[16];
  double gain, offset; /* value = raw * gain + offset; 1 and 0 for float data */
  bool telegraphed;    /* by a MultiClamp 700, whose mode field can be believed */
  int telegraph_mode;  /* 0 voltage clamp, 1 current clamp, 2 I = 0 */
} abf_adc;

typedef struct abf_dac {
  bool present;
  char name[32], unit[16], file[260];
  double holding;
  bool enabled;
  int source;     /* ABF_SOURCE_… */
  bool keep_last; /* between sweeps the last level stays, else the holding level returns */
  double file_scale, file_offset;
  size_t n_epochs;
  abf_epoch epochs[ABF_MAX_EPOCHS];
  abf_user_list list;
} abf_dac;

typedef struct abf_header {
  const char *format; /* "ABF1", "ABF2" */
  char protocol[260];
  int mode;
  double dt_ms;
  bool is_float;
  size_t n_channels, n_sweeps;
  size_t data_offset, n_values; /* of all channels together */
  size_t synch_offset, n_synch; /* pairs of int32: start, length in values */
  double synch_unit_ms;         /* 0: starts are counted in values */
  double start_to_start_ms;     /* 0: unknown */
  size_t n_tags;
  abf_adc adc[ABF_MAX_CHANNELS];
  abf_dac dac[ABF_MAX_DACS];
} abf_header;

/** @brief Read a header (ABF1 or ABF2) and check it against the length of the image. */
LG_MUST_CHECK lg_status abf1_read_header(lg_ctx *ctx, lg_bytes *b, abf_header *h);
LG_MUST_CHECK lg_status abf2_read_header(lg_ctx *ctx, lg_bytes *b, abf_header *h);

/** @brief Check sizes and steps that both versions share. */
LG_MUST_CHECK lg_status abf_check_header(lg_ctx *ctx, const lg_bytes *b, const abf_header *h);

/** @brief File name without the folders of Windows or POSIX. */
const char *abf_base_name(const char *path);

/**
 * @brief Command of a sweep from the epoch table, in the DAC's unit.
 * @param before level that stands before the epochs; receives the level that the next sweep begins with
 * @param[out] out (n) samples
 */
LG_MUST_CHECK lg_status abf_epoch_waveform(lg_ctx *ctx, lg_bytes *b, const abf_dac *dac, size_t sweep, size_t n,
                                           double *before, double *out);

/** What was decided about channels. */
typedef struct abf_choice {
  size_t potential; /* ADC index */
  bool has_current;
  size_t current; /* ADC index */
  bool has_command;
  size_t command; /* DAC index */
} abf_choice;

/** @brief Choose channels and command; refuses voltage clamp. */
LG_MUST_CHECK lg_status abf_choose(lg_ctx *ctx, const abf_header *h, abf_choice *c);

/**
 * @brief Compare a measured current with its command: set the steps by the command's times; where the channel does not
 * follow a command in amperes at all, use the command and warn.
 */
LG_MUST_CHECK lg_status abf_follow_command(lg_ctx *ctx, lg_bytes *b, const abf_header *h, const abf_choice *c,
                                           lg_recording *rec);

/** @brief Whether a user list's code is a parameter of an epoch that abf_epoch_waveform() applies. */
bool abf_list_is_epoch(int code);

/** @brief Factor to pA or mV of a unit text; 0 when it is neither. */
double abf_unit_to_pA(const char *unit);
double abf_unit_to_mV(const char *unit);

#endif
