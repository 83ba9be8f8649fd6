/**
 * @file features_list.h
 * @brief The one table of features: X(identifier, name, unit, name in eFEL, name in IPFX, sentence).
 *
 * Names of eFEL and IPFX stand where the quantity is the same up to the unit and the definition chosen.
 * "Step" is the main current step of the sweep, [t_on, t_off); the spike window is the step and 2 ms more.
 */
#ifndef LOLIGO_FEATURES_LIST_H
#define LOLIGO_FEATURES_LIST_H

#ifdef __cplusplus
extern "C" {
#endif

/** Features of one sweep. */
#define LG_SWEEP_FEATURE_LIST(X)                                                                                       \
  X(I_HOLD, "I_hold_pA", "pA", "holding_current", "", "Holding current outside the step.")                             \
  X(I_STEP, "I_step_pA", "pA", "", "stim_amp", "Amplitude of the step, from the holding current.")                     \
  X(T_ON, "t_on_ms", "ms", "stim_start", "", "Start of the step, from the start of the sweep.")                        \
  X(T_OFF, "t_off_ms", "ms", "stim_end", "", "End of the step, from the start of the sweep.")                          \
  X(V_BASE, "V_base_mV", "mV", "voltage_base", "v_baseline", "Median of the 50 ms before the step.")                   \
  X(V_SS, "V_ss_mV", "mV", "steady_state_voltage_stimend", "", "Median of the last 20 % of a step without spikes.")    \
  X(V_EXT, "V_ext_mV", "mV", "", "peak_deflect",                                                                       \
    "Extreme potential in a step without spikes: minimum for a negative step, maximum for a positive one.")            \
  X(N_SPIKES, "n_spikes", "1", "Spikecount_stimint", "n_spikes", "Number of spikes in the window.")                    \
  X(RATE, "rate_Hz", "Hz", "", "avg_rate", "Number of spikes over the length of the step.")                            \
  X(LATENCY, "latency_ms", "ms", "time_to_first_spike", "", "Start of the step to the first spike's peak.")            \
  X(AP1_THR, "AP1_thr_mV", "mV", "AP_begin_voltage", "threshold_v", "Threshold of the first spike.")                   \
  X(AP1_PEAK, "AP1_peak_mV", "mV", "peak_voltage", "peak_v", "Peak of the first spike.")                               \
  X(AP1_AMP, "AP1_amp_mV", "mV", "AP1_amp", "", "Peak minus threshold of the first spike.")                            \
  X(AP1_HW, "AP1_hw_ms", "ms", "AP_duration_half_width", "width",                                                      \
    "Width of the first spike at threshold + amplitude/2, linear interpolation.")                                      \
  X(AP1_UPSTROKE, "AP1_upstroke_V_s", "V/s", "AP_peak_upstroke", "upstroke", "Largest dV/dt of the first spike.")      \
  X(AP1_DOWNSTROKE, "AP1_downstroke_V_s", "V/s", "AP_peak_downstroke", "downstroke",                                   \
    "Smallest dV/dt within 5 ms after the first spike's peak.")                                                        \
  X(AP1_FAST_AHP, "AP1_fastAHP_mV", "mV", "", "",                                                                      \
    "Threshold minus the minimum within 5 ms after the first spike's peak, or up to the next peak.")                   \
  X(MEAN_AMP, "mean_AP_amp_mV", "mV", "mean_AP_amplitude", "", "Mean amplitude of the spikes.")                        \
  X(MEAN_HW, "mean_hw_ms", "ms", "", "", "Mean half-width of the spikes.")                                             \
  X(MEAN_TROUGH, "mean_trough_mV", "mV", "", "trough_v", "Mean of the minima between successive peaks.")               \
  X(ISI1, "ISI1_ms", "ms", "", "first_isi", "First interval between peaks.")                                           \
  X(ISI_LAST, "ISIlast_ms", "ms", "", "", "Last interval between peaks.")                                              \
  X(ISI_MEAN, "ISI_mean_ms", "ms", "", "mean_isi", "Mean interval between peaks.")                                     \
  X(ISI_CV, "ISI_CV", "1", "ISI_CV", "isi_cv", "Standard deviation (n-1) of the intervals over their mean.")           \
  X(ADAPTATION, "adaptation_index", "1", "", "adapt",                                                                  \
    "Mean of (next interval - interval) / (next interval + interval).")                                                \
  X(DT, "dt_ms", "ms", "", "", "Sampling interval.")                                                                   \
  X(DURATION, "duration_ms", "ms", "", "", "Length of the sweep.")                                                     \
  X(V_NOISE, "V_noise_mV", "mV", "", "",                                                                               \
    "Noise of one sample before the step: robust standard deviation of successive differences over sqrt 2.")           \
  X(V_BASE_SD, "V_base_sd_mV", "mV", "", "", "Standard deviation of the 50 ms before the step.")                       \
  X(V_MIN, "V_min_mV", "mV", "", "", "Minimum during the step.")                                                       \
  X(V_MAX, "V_max_mV", "mV", "maximum_voltage", "", "Maximum during the step.")                                        \
  X(V_STEP_MEDIAN, "V_step_median_mV", "mV", "", "", "Median during the step, spikes included.")                       \
  X(DV_SS, "dV_ss_mV", "mV", "voltage_deflection", "", "Steady state minus baseline.")                                 \
  X(RIN, "Rin_MOhm", "MOhm", "ohmic_input_resistance", "input_resistance", "(V_ss - V_base) / I_step.")                \
  X(RIN_PEAK, "Rin_peak_MOhm", "MOhm", "", "", "(V_ext - V_base) / I_step.")                                           \
  X(SAG_MV, "sag_mV", "mV", "sag_amplitude", "", "Steady state minus minimum of a negative step.")                     \
  X(SAG, "sag_ratio", "1", "sag_ratio1", "sag", "(V_ext - V_ss) / (V_ext - V_base) of a negative step.")               \
  X(SAG_TIME, "sag_time_ms", "ms", "", "", "Start of a negative step to its minimum (1-ms means).")                    \
  X(TAU, "tau_ms", "ms", "time_constant", "tau",                                                                       \
    "Time constant of one exponential, least squares from 10 % of the deflection to its extreme.")                     \
  X(TAU_R2, "tau_fit_R2", "1", "", "", "Share of the variance that this exponential explains.")                        \
  X(CAPACITANCE, "C_pF", "pF", "", "", "tau over the resistance of the fitted exponential.")                           \
  X(TAU_OFF, "tau_off_ms", "ms", "decay_time_constant_after_stim", "",                                                 \
    "Time constant of the return after the step, least squares over at most 200 ms.")                                  \
  X(REBOUND, "rebound_mV", "mV", "", "",                                                                               \
    "Largest potential (spikes cut at threshold) within 150 ms after a negative step, minus baseline.")                \
  X(N_REBOUND, "n_rebound_spikes", "1", "", "", "Spikes within 150 ms after a negative step.")                         \
  X(REBOUND_LATENCY, "rebound_latency_ms", "ms", "", "", "End of a negative step to the first rebound spike.")         \
  X(N_BEFORE, "n_spikes_before", "1", "", "", "Spikes before the step.")                                               \
  X(N_AFTER, "n_spikes_after", "1", "", "", "Spikes after the window.")                                                \
  X(N_TOTAL, "n_spikes_total", "1", "Spikecount", "", "Spikes of the whole sweep.")                                    \
  X(LATENCY_THR, "latency_thr_ms", "ms", "", "latency", "Start of the step to the first threshold, sub-sample.")       \
  X(I_AP1, "I_AP1_pA", "pA", "", "", "Current (from holding) in the 1 ms before the first threshold, as on a ramp.")   \
  X(T_LAST, "t_last_ms", "ms", "time_to_last_spike", "", "Start of the step to the last spike's peak.")                \
  X(AP1_THR_REL, "AP1_thr_rel_mV", "mV", "", "", "Threshold of the first spike minus baseline.")                       \
  X(AP1_RISE, "AP1_rise_ms", "ms", "AP_rise_time", "", "Threshold to peak of the first spike.")                        \
  X(AP1_FALL, "AP1_fall_ms", "ms", "", "", "Peak back to the threshold potential, first spike.")                       \
  X(AP1_WIDTH, "AP1_width_ms", "ms", "", "", "Width of the first spike at its threshold potential.")                   \
  X(AP1_UPDOWN, "AP1_updown_ratio", "1", "", "upstroke_downstroke_ratio", "Upstroke over |downstroke|, first spike.")  \
  X(AP1_PHASE_SLOPE, "AP1_phase_slope_per_ms", "1/ms", "AP_phaseslope", "",                                            \
    "Slope of dV/dt against V at the first threshold, over two samples either side.")                                  \
  X(AP1_FAST_AHP_TIME, "AP1_fastAHP_time_ms", "ms", "", "", "Peak to the fast AHP's minimum, first spike.")            \
  X(AP1_TROUGH, "AP1_trough_mV", "mV", "min_between_peaks_values", "trough_v",                                         \
    "Minimum between the first and the second peak.")                                                                  \
  X(AP1_TROUGH_TIME, "AP1_trough_time_ms", "ms", "", "", "First peak to that minimum.")                                \
  X(AP1_SLOW_AHP, "AP1_slowAHP_mV", "mV", "", "",                                                                      \
    "Threshold minus the minimum from 5 ms after the first peak to the second.")                                       \
  X(AP1_SLOW_AHP_TIME, "AP1_slowAHP_time_ms", "ms", "", "", "First peak to the slow AHP's minimum.")                   \
  X(AP1_ADP, "AP1_ADP_mV", "mV", "", "adp_v",                                                                          \
    "After-depolarisation: largest rise above the fast AHP before the slow AHP's minimum, first spike.")               \
  X(AHP_DEPTH, "AHP_depth_mV", "mV", "", "", "Mean trough minus baseline.")                                            \
  X(AP2_AMP, "AP2_amp_mV", "mV", "AP2_amp", "", "Amplitude of the second spike.")                                      \
  X(AP2_HW, "AP2_hw_ms", "ms", "", "", "Half-width of the second spike.")                                              \
  X(APL_THR, "APlast_thr_mV", "mV", "", "", "Threshold of the last spike.")                                            \
  X(APL_AMP, "APlast_amp_mV", "mV", "APlast_amp", "", "Amplitude of the last spike.")                                  \
  X(APL_HW, "APlast_hw_ms", "ms", "", "", "Half-width of the last spike.")                                             \
  X(AMP_CHANGE, "AP_amp_change", "1", "", "", "(Last - first amplitude) / first amplitude.")                           \
  X(HW_CHANGE, "hw_change", "1", "", "", "(Last - first half-width) / first half-width.")                              \
  X(THR_CHANGE, "thr_change_mV", "mV", "", "", "Last minus first threshold.")                                          \
  X(AMP_SD, "AP_amp_sd_mV", "mV", "", "", "Standard deviation (n-1) of the amplitudes.")                               \
  X(MEAN_THR, "mean_thr_mV", "mV", "", "", "Mean threshold of the spikes.")                                            \
  X(MEAN_PEAK, "mean_peak_mV", "mV", "", "", "Mean peak of the spikes.")                                               \
  X(MEAN_UPSTROKE, "mean_upstroke_V_s", "V/s", "", "", "Mean largest dV/dt of the spikes.")                            \
  X(MEAN_DOWNSTROKE, "mean_downstroke_V_s", "V/s", "", "", "Mean smallest dV/dt of the spikes.")                       \
  X(MEAN_FAST_AHP, "mean_fastAHP_mV", "mV", "", "", "Mean fast AHP of the spikes.")                                    \
  X(ISI2, "ISI2_ms", "ms", "", "", "Second interval between peaks.")                                                   \
  X(ISI_MEDIAN, "ISI_median_ms", "ms", "", "", "Median interval between peaks.")                                       \
  X(ISI_MIN, "ISI_min_ms", "ms", "", "", "Shortest interval between peaks.")                                           \
  X(ISI_MAX, "ISI_max_ms", "ms", "", "", "Longest interval between peaks.")                                            \
  X(RATE_FIRST, "rate_first_Hz", "Hz", "inv_first_ISI", "", "Instantaneous rate of the first interval.")               \
  X(RATE_SECOND, "rate_second_Hz", "Hz", "inv_second_ISI", "", "Instantaneous rate of the second interval.")           \
  X(RATE_LAST, "rate_last_Hz", "Hz", "inv_last_ISI", "", "Instantaneous rate of the last interval.")                   \
  X(RATE_MAX, "rate_max_Hz", "Hz", "", "", "Largest instantaneous rate.")                                              \
  X(RATE_STEADY, "rate_steady_Hz", "Hz", "", "", "Spikes in the second half of the step over its length.")             \
  X(RATE_SPIKING, "rate_spiking_Hz", "Hz", "mean_frequency", "", "Spikes over the time from step start to the last.")  \
  X(ISI_RATIO, "ISI_first_last_ratio", "1", "", "", "First over last interval.")                                       \
  X(ISI_LOG_SLOPE, "ISI_log_slope", "1", "ISI_log_slope", "",                                                          \
    "Slope of log interval against log of its number, least squares.")                                                 \
  X(IRREGULARITY, "irregularity_ms", "ms", "irregularity_index", "",                                                   \
    "Mean absolute difference of successive intervals.")                                                               \
  X(LOCAL_VARIATION, "local_variation", "1", "", "",                                                                   \
    "Mean of 3 ((next - interval) / (next + interval))^2 (Shinomoto 2003).")                                           \
  X(N_BURSTS, "n_bursts", "1", "", "num_bursts",                                                                       \
    "Bursts: at least 3 spikes at intervals up to 20 ms, with neighbours at least twice as far.")                      \
  X(BURST_SHARE, "burst_spike_share", "1", "", "", "Share of the spikes that belong to bursts.")                       \
  X(BURST_RATE, "burst_rate_Hz", "Hz", "", "", "Mean instantaneous rate within bursts.")                               \
  X(DEPOL_BLOCK, "depol_block", "1", "", "",                                                                           \
    "1 when the step ends in depolarisation block (50 ms or more, silent, above threshold), 0 otherwise.")             \
  X(DEPOL_BLOCK_TIME, "depol_block_time_ms", "ms", "", "", "Start of the step to the last spike before the block.")    \
  X(V_END, "V_end_mV", "mV", "", "", "Median of the last 20 % of the step, spikes included.")                          \
  X(RAMP_SLOPE, "ramp_slope_pA_s", "pA/s", "", "", "Slope of the current when it rises linearly up to the spike.")     \
  X(CHIRP_F0, "chirp_f0_Hz", "Hz", "", "", "Frequency of the slowest cycle of a chirp stimulus.")                      \
  X(CHIRP_F1, "chirp_f1_Hz", "Hz", "", "", "Frequency of the fastest cycle of a chirp stimulus.")                      \
  X(Z_PEAK, "Z_peak_MOhm", "MOhm", "", "", "Largest impedance magnitude over the chirp's frequencies.")                \
  X(Z_PEAK_F, "Z_peak_Hz", "Hz", "impedance", "", "Frequency of the largest impedance: resonance.")                    \
  X(Z_PEAK_PHASE, "Z_peak_phase_deg", "deg", "", "", "Phase of the impedance there; positive when V leads.")           \
  X(Z_MAX_PHASE, "Z_max_phase_deg", "deg", "", "", "Largest phase lead over the chirp's frequencies.")                 \
  X(Z_Q, "Z_Q", "1", "", "", "Largest impedance over that at the lowest frequency.")

/** Features of the cell, from all sweeps of a recording. */
#define LG_CELL_FEATURE_LIST(X)                                                                                        \
  X(N_SWEEPS, "n_sweeps", "1", "", "", "Number of sweeps.")                                                            \
  X(V_REST, "V_rest_mV", "mV", "", "v_baseline", "Median of the sweeps' baselines.")                                   \
  X(RIN, "Rin_MOhm", "MOhm", "", "input_resistance",                                                                   \
    "Least squares through the origin of V_ss - V_base on I for steps below -5 pA (other subthreshold steps if fewer " \
    "than 2).")                                                                                                        \
  X(SAG, "sag_ratio", "1", "", "sag", "(V_ext - V_ss) / (V_ext - V_base) at the most negative step.")                  \
  X(RHEOBASE, "rheobase_pA", "pA", "", "rheobase_i", "Smallest positive step with a spike.")                           \
  X(RHEO_SWEEP, "rheo_sweep", "1", "", "", "That sweep, from 0.")                                                      \
  X(MAX_RATE, "max_rate_Hz", "Hz", "", "", "Largest rate of any step.")                                                \
  X(I_AT_MAX, "I_at_max_pA", "pA", "", "", "Smallest step with that rate.")                                            \
  X(FI_SLOPE, "fI_slope_Hz_per_nA", "Hz/nA", "", "fi_fit_slope", "Linear fit from rheobase to the first maximum.")     \
  X(RHEO_THR, "rheo_AP1_thr_mV", "mV", "", "threshold_v", "Threshold of the first spike at rheobase.")                 \
  X(RHEO_AMP, "rheo_AP1_amp_mV", "mV", "", "", "Amplitude of the first spike at rheobase.")                            \
  X(RHEO_HW, "rheo_AP1_hw_ms", "ms", "", "width", "Half-width of the first spike at rheobase.")                        \
  X(RHEO_UPSTROKE, "rheo_AP1_upstroke_V_s", "V/s", "", "upstroke", "Upstroke of the first spike at rheobase.")         \
  X(RHEO_FAST_AHP, "rheo_AP1_fastAHP_mV", "mV", "", "", "Fast AHP of the first spike at rheobase.")                    \
  X(I_2RHEO, "I_2rheo_pA", "pA", "", "", "Step nearest 2 x rheobase with at least 4 spikes.")                          \
  X(CV_2RHEO, "ISI_CV_2rheo", "1", "", "isi_cv", "ISI_CV of that step.")                                               \
  X(ADAPT_2RHEO, "adapt_2rheo", "1", "", "adapt", "Adaptation index of that step.")                                    \
  X(TAU, "tau_ms", "ms", "", "tau", "Membrane time constant at the smallest step whose exponential fits.")             \
  X(TAU_SWEEP, "tau_sweep", "1", "", "", "That sweep, from 0.")                                                        \
  X(CAPACITANCE, "C_pF", "pF", "", "", "tau over the resistance of that exponential.")                                 \
  X(V_NOISE, "V_noise_mV", "mV", "", "", "Median of the sweeps' noise.")                                               \
  X(V_REST_SD, "V_rest_sd_mV", "mV", "", "", "Standard deviation (n-1) of the sweeps' baselines.")                     \
  X(RHEO_LATENCY, "rheo_latency_ms", "ms", "", "latency", "Latency at rheobase.")                                      \
  X(RHEO_PEAK, "rheo_AP1_peak_mV", "mV", "", "peak_v", "Peak of the first spike at rheobase.")                         \
  X(RHEO_DOWNSTROKE, "rheo_AP1_downstroke_V_s", "V/s", "", "downstroke", "Downstroke of the first spike at rheobase.") \
  X(RHEO_PHASE_SLOPE, "rheo_AP1_phase_slope_per_ms", "1/ms", "", "", "Phase slope of the first spike at rheobase.")    \
  X(RATE_AREA, "fI_area_Hz_nA", "Hz nA", "", "", "Area under the f-I curve over the positive steps, trapezia.")        \
  X(REBOUND_N, "n_rebound_spikes", "1", "", "", "Rebound spikes after the most negative step.")                        \
  X(BLOCK_I, "depol_block_pA", "pA", "", "", "Smallest step that ends in depolarisation block.")                       \
  X(SPONTANEOUS, "spontaneous_Hz", "Hz", "", "", "Rate of the spikes before the steps, all sweeps.")                   \
  X(RESONANCE, "resonance_Hz", "Hz", "", "", "Median frequency of the largest impedance over the chirp sweeps.")

/** Identifiers of the sweep features, LG_SF_V_BASE … */
typedef enum lg_sweep_feature {
/** Identifier of a row. */
#define LG_SWEEP_FEATURE_ID(id, name, unit, efel, ipfx, doc) LG_SF_##id,
  LG_SWEEP_FEATURE_LIST(LG_SWEEP_FEATURE_ID)
#undef LG_SWEEP_FEATURE_ID
      LG_SWEEP_FEATURES /**< their number */
} lg_sweep_feature;

/** Identifiers of the cell features, LG_CF_V_REST … */
typedef enum lg_cell_feature {
/** Identifier of a row. */
#define LG_CELL_FEATURE_ID(id, name, unit, efel, ipfx, doc) LG_CF_##id,
  LG_CELL_FEATURE_LIST(LG_CELL_FEATURE_ID)
#undef LG_CELL_FEATURE_ID
      LG_CELL_FEATURES /**< their number */
} lg_cell_feature;

#ifdef __cplusplus
}
#endif
#endif
