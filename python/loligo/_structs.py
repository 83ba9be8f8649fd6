"""The structures of the public headers. tests/test_layout.py compares every field with the C compiler's idea of it.

A class has the name of its C type. Option structures begin with their own size; `_init_` are the defaults of `_macro_`.
"""

from __future__ import annotations

import ctypes as c

MAX_FIELDS, MAX_STATES, PARAMETERS = 80, 24, 9
MAX_TITRATION, MAX_DESIGN = 64, 16

D, Z, I, S = c.c_double, c.c_size_t, c.c_int, c.c_char_p
PD = c.POINTER(c.c_double)


def options(kind, /, **given):
    """An option structure with its size, its defaults, and what is given (None: the default)."""
    values = dict(kind._init_, size=c.sizeof(kind))
    values.update((name, value) for name, value in given.items() if value is not None)
    return kind(**values)


class lg_field(c.Structure):
    _header_ = "model.h"
    _fields_ = [("name", S), ("unit", S), ("default_value", D), ("low", D), ("high", D), ("doc", S)]


class lg_model_info(c.Structure):
    _header_ = "model.h"
    _fields_ = [
        ("room", S),
        ("model", S),
        ("variant", S),
        ("summary", S),
        ("reference", S),
        ("fields", c.POINTER(lg_field)),
        ("n_fields", Z),
        ("states", c.POINTER(S)),
        ("n_states", Z),
    ]


class lg_neuron(c.Structure):
    _header_ = "neuron.h"
    _fields_ = [("info", c.POINTER(lg_model_info)), ("value", D * MAX_FIELDS), ("initial", D * MAX_STATES)]


class lg_izhikevich_facts(c.Structure):
    _header_ = "neuron.h"
    _fields_ = [
        ("g_rest_nS", D),
        ("g_steady_nS", D),
        ("tau_ms", D),
        ("v_saddle_mV", D),
        ("v_hopf_mV", D),
        ("rheobase_pA", D),
        ("hopf_first", I),
    ]


class lg_simulate_options(c.Structure):
    _header_ = "neuron.h"
    _macro_ = "LG_SIMULATE_OPTIONS_INIT"
    _init_ = {"rtol": 1e-12, "atol": 1e-11}
    _fields_ = [
        ("size", Z),
        ("solver", I),
        ("dt_ms", D),
        ("rtol", D),
        ("atol", D),
        ("all_states", I),
        ("no_trace", I),
    ]


class lg_simulation(c.Structure):
    _header_ = "neuron.h"
    _fields_ = [
        ("sample_ms", D),
        ("n_samples", Z),
        ("n_columns", Z),
        ("columns", c.POINTER(S)),
        ("states", PD),
        ("n_spikes", Z),
        ("spikes_ms", PD),
        ("spike_u_pA", PD),
        ("n_steps", Z),
        ("n_rejected", Z),
    ]


class lg_segment(c.Structure):
    _header_ = "protocol.h"
    _fields_ = [
        ("type", I),
        ("t0_ms", D),
        ("t1_ms", D),
        ("amp_pA", D),
        ("mean_pA", D),
        ("from_pA", D),
        ("to_pA", D),
        ("f0_Hz", D),
        ("f1_Hz", D),
        ("phase_turn", D),
        ("rate_Hz", D),
        ("width_ms", D),
        ("dt_ms", D),
        ("n_values", Z),
        ("values_pA", PD),
    ]


class lg_synaptic_event(c.Structure):
    _header_ = "protocol.h"
    _fields_ = [("t_ms", D), ("receptor", I), ("weight", D)]


class lg_protocol(c.Structure):
    _header_ = "protocol.h"
    _fields_ = [
        ("duration_ms", D),
        ("sample_ms", D),
        ("n_segments", Z),
        ("segments", c.POINTER(lg_segment)),
        ("n_events", Z),
        ("events", c.POINTER(lg_synaptic_event)),
    ]


class lg_ou_options(c.Structure):
    _header_ = "protocol.h"
    _macro_ = "LG_OU_OPTIONS_INIT"
    _init_ = {"tau_ms": 3.0, "dt_ms": 0.05}
    _fields_ = [
        ("size", Z),
        ("t0_ms", D),
        ("t1_ms", D),
        ("mean_pA", D),
        ("sd_pA", D),
        ("tau_ms", D),
        ("dt_ms", D),
        ("seed", c.c_uint64),
    ]


class lg_sweep(c.Structure):
    _header_ = "recording.h"
    _fields_ = [
        ("n", Z),
        ("dt_ms", D),
        ("t0_ms", D),
        ("v_mV", PD),
        ("i_pA", PD),
        ("current_origin", I),
        ("number", I),
        ("has_step", I),
        ("step_hold_pA", D),
        ("step_pA", D),
        ("step_on", Z),
        ("step_off", Z),
    ]


class lg_recording(c.Structure):
    _header_ = "recording.h"
    _fields_ = [
        ("n_sweeps", Z),
        ("sweeps", c.POINTER(lg_sweep)),
        ("source", S),
        ("format", S),
        ("pairing", S),
        ("protocol", S),
        ("n_warnings", Z),
        ("warnings", c.POINTER(S)),
        ("n_files", Z),
        ("files", c.POINTER(S)),
    ]


class lg_features_opts(c.Structure):
    _header_ = "features.h"
    _macro_ = "LG_FEATURES_OPTS_INIT"
    _init_ = {"window_extra_ms": 2.0, "spike_level_mV": -20.0, "min_peak_mV": -15.0, "max_above_ms": 15.0}
    _fields_ = [
        ("size", Z),
        ("definition", I),
        ("all_spikes", I),
        ("window_extra_ms", D),
        ("spike_level_mV", D),
        ("min_peak_mV", D),
        ("max_above_ms", D),
    ]


class lg_spike(c.Structure):
    _header_ = "features.h"
    _fields_ = [(name, Z) for name in ("i_cross", "i_peak", "i_fall", "i_threshold")] + [
        (name, D)
        for name in (
            "t_cross_ms",
            "t_peak_ms",
            "t_threshold_ms",
            "threshold_mV",
            "peak_mV",
            "amplitude_mV",
            "half_width_ms",
            "rise_ms",
            "fall_ms",
            "upstroke_V_s",
            "downstroke_V_s",
            "phase_slope_per_ms",
            "fast_ahp_mV",
            "fast_ahp_ms",
            "trough_mV",
            "trough_ms",
        )
    ]


class lg_feature_value(c.Structure):
    _header_ = "features.h"
    _fields_ = [("value", D), ("reason", S)]


class lg_feature_info(c.Structure):
    _header_ = "features.h"
    _fields_ = [("name", S), ("unit", S), ("efel", S), ("ipfx", S), ("doc", S)]


class lg_batch_input(c.Structure):
    _header_ = "batch.h"
    _fields_ = [("n_neurons", Z), ("n_steps", Z), ("dt_ms", D), ("waveform", PD), ("scale", PD), ("offset", PD)]


class lg_batch_options(c.Structure):
    _header_ = "batch.h"
    _macro_ = "LG_BATCH_OPTIONS_INIT"
    _init_ = {"kind": 1}
    _fields_ = [
        ("size", Z),
        ("kind", I),
        ("isa", I),
        ("single_precision", I),
        ("stop_after_spikes", c.c_uint32),
        ("shape_step0", Z),
    ]


class lg_batch_output(c.Structure):
    _header_ = "batch.h"
    _fields_ = [
        ("n_spikes", c.POINTER(c.c_uint32)),
        ("max_spikes", Z),
        ("spikes_ms", PD),
        ("sample_every", Z),
        ("v_mV", PD),
        ("last_v_mV", PD),
        ("peaks_mV", PD),
        ("first_spike", c.c_void_p),
        ("n_probes", Z),
        ("probe_steps", c.POINTER(Z)),
        ("probe_v_mV", PD),
        ("n_windows", Z),
        ("windows", c.c_void_p),
        ("window_sums", c.c_void_p),
        ("failed", c.POINTER(c.c_ubyte)),
    ]


class lg_sensitivity_options(c.Structure):
    _header_ = "sensitivity.h"
    _macro_ = "LG_SENSITIVITY_OPTIONS_INIT"
    _init_ = {"rtol": 1e-10, "atol": 1e-10}
    _fields_ = [("size", Z), ("rtol", D), ("atol", D), ("all_states", I)]


class lg_sensitivity(c.Structure):
    _header_ = "sensitivity.h"
    _fields_ = [
        ("sample_ms", D),
        ("n_samples", Z),
        ("n_columns", Z),
        ("n_parameters", Z),
        ("n_spikes", Z),
        ("columns", c.POINTER(S)),
        ("parameters", c.POINTER(Z)),
        ("states", PD),
        ("d_states", PD),
        ("spikes_ms", PD),
        ("d_spikes", PD),
    ]


class lg_trace(c.Structure):
    _header_ = "identify.h"
    _fields_ = [("v_mV", PD), ("i_pA", PD), ("n", Z), ("dt_ms", D)]


class lg_identify_opts(c.Structure):
    _header_ = "identify.h"
    _macro_ = "LG_IDENTIFY_OPTS_INIT"
    _init_ = {"sigma_mV": float("nan"), "max_starts": 8, "max_iterations": 60, "seed": 1}
    _fields_ = [
        ("size", Z),
        ("sigma_mV", D),
        ("closed_form_only", I),
        ("max_starts", I),
        ("max_iterations", I),
        ("starts", PD),
        ("n_starts", Z),
        ("seed", c.c_ulonglong),
    ]


class lg_izhikevich_fit(c.Structure):
    _header_ = "identify.h"
    _fields_ = [
        ("parameters", D * PARAMETERS),
        ("sd", D * PARAMETERS),
        ("ci95", D * 2 * PARAMETERS),
        ("z", D * PARAMETERS),
        ("covariance_z", D * PARAMETERS * PARAMETERS),
        ("closed_form", D * PARAMETERS),
        ("sigma_mV", D),
        ("chi2_per_sample", D),
        ("accepted", I),
        ("stage", I),
        ("n_spikes", Z),
        ("n_samples", Z),
        ("starts", I),
        ("iterations", I),
    ]


class lg_lsq_options(c.Structure):
    _header_ = "lsq.h"
    _macro_ = "LG_LSQ_OPTIONS_INIT"
    _init_ = {"tolerance": 1e-12, "max_iterations": 500}
    _fields_ = [("size", Z), ("method", I), ("tolerance", D), ("max_iterations", c.c_uint)]


class lg_lsq_result(c.Structure):
    _header_ = "lsq.h"
    _fields_ = [
        ("cost", D),
        ("cost_trf", D),
        ("optimality", D),
        ("iterations", c.c_uint),
        ("iterations_active", c.c_uint),
        ("n_active", Z),
        ("rank", Z),
        ("converged", I),
    ]


class lg_titration(c.Structure):
    _header_ = "titration.h"
    _fields_ = [
        ("low", D),
        ("high", D),
        ("low_is_tested", I),
        ("high_is_tested", I),
        ("resolution", D),
        ("n_sweeps", c.c_uint),
        ("max_sweeps", c.c_uint),
    ]


class lg_rheobase_options(c.Structure):
    _header_ = "titration.h"
    _macro_ = "LG_RHEOBASE_OPTIONS_INIT"
    _init_ = {"duration_ms": 500.0, "max_sweeps": 8, "solver": 1}
    _fields_ = [
        ("size", Z),
        ("duration_ms", D),
        ("low", D),
        ("high", D),
        ("resolution", D),
        ("max_sweeps", c.c_uint),
        ("solver", I),
    ]


class lg_rheobase(c.Structure):
    _header_ = "titration.h"
    _fields_ = [
        ("bracket", lg_titration),
        ("estimate", D),
        ("tried", D * MAX_TITRATION),
        ("spikes", c.c_uint * MAX_TITRATION),
        ("fires_at_rest", I),
    ]


class lg_features(c.Structure):
    _header_ = "features.h"
    _open_ = True  # as many cell features follow as lg_features_cell_count() says
    _fields_ = [
        ("n_sweeps", Z),
        ("sweeps", c.POINTER(lg_feature_value)),
        ("numbers", c.POINTER(I)),
        ("cell", lg_feature_value * 1),
    ]


class lg_array(c.Structure):
    _header_ = "result.h"
    _fields_ = [("name", S), ("type", I), ("n_dims", Z), ("shape", Z * 4), ("data", c.c_void_p)]


class lg_figure_line(c.Structure):
    _header_ = "figure.h"
    _fields_ = [("label", S), ("n", Z), ("x", PD), ("x0", D), ("dx", D), ("y", PD), ("dots", I)]


class lg_figure_options(c.Structure):
    _header_ = "figure.h"
    _macro_ = "LG_FIGURE_OPTIONS_INIT"
    _init_ = {"title": b"figure", "width": 640.0, "height": 300.0, "id": b"fig"}
    _fields_ = [
        ("size", Z),
        ("title", S),
        ("description", S),
        ("x_label", S),
        ("y_label", S),
        ("width", D),
        ("height", D),
        ("id", S),
    ]


class lg_bath_options(c.Structure):
    _header_ = "drug.h"
    _macro_ = "LG_BATH_OPTIONS_INIT"
    _init_ = {"gaba_synaptic_uM": 1000.0, "EGABA_mV": float("nan")}
    _fields_ = [
        ("size", Z),
        ("gaba_tonic_uM", D),
        ("gGABA_tonic_nS", D),
        ("gaba_synaptic_uM", D),
        ("EGABA_mV", D),
        ("gGIRK_max_nS", D),
        ("one_site", I),
    ]


class lg_clone_options(c.Structure):
    _header_ = "twin.h"
    _macro_ = "LG_CLONE_OPTIONS_INIT"
    _init_ = {"seed": 1}
    _fields_ = [
        ("size", Z),
        ("model", S),
        ("networks", S),
        ("all_sweeps", I),
        ("laplace", I),
        ("network_only", I),
        ("seed", c.c_uint64),
    ]


class lg_trial_options(c.Structure):
    _header_ = "twin.h"
    _macro_ = "LG_TRIAL_OPTIONS_INIT"
    _init_ = {
        "n_members": 20,
        "seed": 1,
        "step_ms": 1000.0,
        "plateau_ms": 30000.0,
    }
    _fields_ = [
        ("size", Z),
        ("drugs", c.POINTER(S)),
        ("n_drugs", Z),
        ("per_dose", PD),
        ("doses", S),
        ("learned", S),
        ("bath", c.POINTER(lg_bath_options)),
        ("n_members", Z),
        ("seed", c.c_uint64),
        ("step_ms", D),
        ("plateau_ms", D),
        ("quick", I),
        ("epileptic", I),
        ("trace_factor", D),
    ]


class lg_screen_options(c.Structure):
    _header_ = "twin.h"
    _macro_ = "LG_SCREEN_OPTIONS_INIT"
    _init_ = {"doses": b"0.01:100uM:10log"}
    _fields_ = [
        ("size", Z),
        ("doses", S),
        ("learned", S),
        ("bath", c.POINTER(lg_bath_options)),
        ("one_step", I),
        ("epileptic", I),
    ]


class lg_cell_options(c.Structure):
    _header_ = "cell.h"
    _macro_ = "LG_CELL_OPTIONS_INIT"
    _init_ = {"scheme": b"sdirk2", "seed": 1}
    _fields_ = [
        ("size", Z),
        ("scheme", S),
        ("dt_ms", D),
        ("tolerance_mV", D),
        ("max_dx_um", D),
        ("d_lambda", D),
        ("n_per_section", Z),
        ("exact_spikes", I),
        ("fine_rates", I),
        ("seed", c.c_uint64),
        ("frames_ms", PD),
        ("n_frames", Z),
    ]


class lg_calcium_options(c.Structure):
    _header_ = "calcium.h"
    _macro_ = "LG_CALCIUM_OPTIONS_INIT"
    _init_ = {"scheme": b"imex2", "gate": b"kl"}
    _fields_ = [
        ("size", Z),
        ("scheme", S),
        ("gate", S),
        ("dt_s", D),
        ("max_dx_um", D),
        ("sample_s", D),
        ("tolerance", D),
        ("space_order", c.c_uint),
        ("film_places", Z),
        ("film_times", Z),
    ]


class lg_axon_options(c.Structure):
    _header_ = "axon.h"
    _macro_ = "LG_AXON_OPTIONS_INIT"
    _init_ = {"preset": b"male"}
    _fields_ = [
        ("size", Z),
        ("preset", S),
        ("names", c.POINTER(S)),
        ("values", PD),
        ("n_constants", Z),
        ("exact", I),
        ("second_order", I),
        ("most_strain_step", D),
        ("trace", I),
    ]


class lg_culture_options(c.Structure):
    _header_ = "culture.h"
    _macro_ = "LG_CULTURE_OPTIONS_INIT"
    _init_ = {"method": b"soe"}
    _fields_ = [
        ("size", Z),
        ("method", S),
        ("law", S),
        ("network", S),
        ("replicates", Z),
        ("block_frames", Z),
        ("seed", c.c_uint64),
    ]


class lg_movie_options(c.Structure):
    _header_ = "culture.h"
    _macro_ = "LG_MOVIE_OPTIONS_INIT"
    _init_ = {"dark": float("nan"), "least_area_px": 500.0, "least_border_px": 5.0}
    _fields_ = [
        ("size", Z),
        ("network", S),
        ("masks", S),
        ("align", I),
        ("median", I),
        ("dark", D),
        ("least_area_px", D),
        ("least_border_px", D),
    ]
