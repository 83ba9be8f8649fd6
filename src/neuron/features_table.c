#include <loligo/features.h>

static const lg_feature_info sweep_table[LG_SWEEP_FEATURES] = {
#define ROW(id, name, unit, efel, ipfx, doc) {name, unit, efel, ipfx, doc},
    LG_SWEEP_FEATURE_LIST(ROW)};

static const lg_feature_info cell_table[LG_CELL_FEATURES] = {LG_CELL_FEATURE_LIST(ROW)
#undef ROW
};

const lg_feature_info *lg_features_sweep_table(void) { return sweep_table; }

const lg_feature_info *lg_features_cell_table(void) { return cell_table; }

size_t lg_features_sweep_count(void) { return LG_SWEEP_FEATURES; }

size_t lg_features_cell_count(void) { return LG_CELL_FEATURES; }
