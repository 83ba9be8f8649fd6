#include <loligo/status.h>

const char *lg_status_name(lg_status status) {
  switch (status) {
#define LG_STATUS_NAME(name, number, sentence)                                                                         \
  case name:                                                                                                           \
    return #name;
    LG_STATUS_LIST(LG_STATUS_NAME)
#undef LG_STATUS_NAME
  }
  return "LG_ERR_UNKNOWN";
}

const char *lg_status_sentence(lg_status status) {
  switch (status) {
#define LG_STATUS_SENTENCE(name, number, sentence)                                                                     \
  case name:                                                                                                           \
    return sentence;
    LG_STATUS_LIST(LG_STATUS_SENTENCE)
#undef LG_STATUS_SENTENCE
  }
  return "unknown status";
}
