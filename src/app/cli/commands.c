#include "app/cli/commands.h"

/* clang-format off */
static const cli_command *const table[] = {
    &cli_calcium_simulate_command,
    &cli_clone,
    &cli_compare_command,
    &cli_completion_command,
    &cli_convert_command,
    &cli_describe_command,
    &cli_drug_apply_command,
    &cli_drug_delta_command,
    &cli_drug_fit_command,
    &cli_drug_import_command,
    &cli_drug_learn_command,
    &cli_drug_list_command,
    &cli_drug_pk_command,
    &cli_drug_predict_command,
    &cli_drug_show_command,
    &cli_export_onnx,
    &cli_features_command,
    &cli_help_command,
    &cli_info_command,
    &cli_merge_command,
    &cli_models_command,
    &cli_neuron_design_command,
    &cli_neuron_mechanism_command,
    &cli_neuron_morphology_command,
    &cli_neuron_plot_command,
    &cli_neuron_protocol_command,
    &cli_neuron_reduce_command,
    &cli_neuron_rheobase_command,
    &cli_neuron_sample_command,
    &cli_neuron_simulate_command,
    &cli_plot_command,
    &cli_population_command,
    &cli_report_command,
    &cli_sweep_command,
    &cli_screen_command,
    &cli_train,
    &cli_trial_command,
    &cli_validate_cable_command,
    &cli_validate_cable_reduce_command,
    &cli_validate_cable_gradient_command,
    &cli_validate_clone_izhikevich_command,
    &cli_validate_clone_tm_command,
    &cli_validate_drug_delta_command,
    &cli_validate_drug_fit_command,
    &cli_validate_drug_runs_command,
    &cli_validate_drug_verdicts,
    &cli_validate_wrong_family_command,
    &cli_verify_command,
};
/* clang-format on */

const cli_command *const *cli_commands(size_t *n) {
  *n = sizeof table / sizeof table[0];
  return table;
}
