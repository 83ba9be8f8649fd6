/** @file commands.h @brief One line per command; each is defined in its own cmd_*.c. */
#ifndef LG_COMMANDS_H
#define LG_COMMANDS_H

#include "app/cli/cli.h"

extern const cli_command cli_axon_grid_command;
extern const cli_command cli_axon_learn_command;
extern const cli_command cli_axon_map_command;
extern const cli_command cli_axon_population_command;
extern const cli_command cli_axon_predict_command;
extern const cli_command cli_axon_protocol_command;
extern const cli_command cli_axon_sample_command;
extern const cli_command cli_axon_sensitivity_command;
extern const cli_command cli_axon_simulate_command;
extern const cli_command cli_axon_spread_command;
extern const cli_command cli_axon_strain_command;
extern const cli_command cli_axon_threshold_command;
extern const cli_command cli_calcium_clamp_command;
extern const cli_command cli_calcium_fit_command;
extern const cli_command cli_calcium_learn_command;
extern const cli_command cli_calcium_reduction_command;
extern const cli_command cli_calcium_simulate_command;
extern const cli_command cli_clone;
extern const cli_command cli_compare_command;
extern const cli_command cli_completion_command;
extern const cli_command cli_convert_command;
extern const cli_command cli_culture_graph_command;
extern const cli_command cli_culture_identify_command;
extern const cli_command cli_culture_learn_coupling_command;
extern const cli_command cli_culture_pinn_command;
extern const cli_command cli_culture_run_command;
extern const cli_command cli_culture_segment_command;
extern const cli_command cli_culture_simulate_command;
extern const cli_command cli_culture_traces_command;
extern const cli_command cli_describe_command;
extern const cli_command cli_drug_apply_command;
extern const cli_command cli_drug_delta_command;
extern const cli_command cli_drug_fit_command;
extern const cli_command cli_drug_import_command;
extern const cli_command cli_drug_learn_command;
extern const cli_command cli_drug_list_command;
extern const cli_command cli_drug_pk_command;
extern const cli_command cli_drug_predict_command;
extern const cli_command cli_drug_show_command;
extern const cli_command cli_export_onnx;
extern const cli_command cli_features_command;
extern const cli_command cli_help_command;
extern const cli_command cli_info_command;
extern const cli_command cli_merge_command;
extern const cli_command cli_models_command;
extern const cli_command cli_neuron_design_command;
extern const cli_command cli_neuron_fit_command;
extern const cli_command cli_neuron_mechanism_command;
extern const cli_command cli_neuron_morphology_command;
extern const cli_command cli_neuron_plot_command;
extern const cli_command cli_neuron_protocol_command;
extern const cli_command cli_neuron_reduce_command;
extern const cli_command cli_neuron_rheobase_command;
extern const cli_command cli_neuron_sample_command;
extern const cli_command cli_neuron_simulate_command;
extern const cli_command cli_plot_command;
extern const cli_command cli_population_command;
extern const cli_command cli_report_command;
extern const cli_command cli_sweep_command;
extern const cli_command cli_screen_command;
extern const cli_command cli_serve_command;
extern const cli_command cli_train;
extern const cli_command cli_trial_command;
extern const cli_command cli_validate_axon_command;
extern const cli_command cli_validate_axon_learn_command;
extern const cli_command cli_validate_cable_command;
extern const cli_command cli_validate_cable_fit_command;
extern const cli_command cli_validate_cable_gradient_command;
extern const cli_command cli_validate_cable_reduce_command;
extern const cli_command cli_validate_calcium_command;
extern const cli_command cli_validate_calcium_learn_command;
extern const cli_command cli_validate_clone_izhikevich_command;
extern const cli_command cli_validate_clone_tm_command;
extern const cli_command cli_validate_culture_command;
extern const cli_command cli_validate_drug_delta_command;
extern const cli_command cli_validate_drug_fit_command;
extern const cli_command cli_validate_drug_runs_command;
extern const cli_command cli_validate_drug_verdicts;
extern const cli_command cli_validate_wrong_family_command;
extern const cli_command cli_verify_command;

#endif
