# Under a sanitizer the same work takes ten to twenty times as long.
if(LOLIGO_SANITIZE)
  set(LOLIGO_TEST_SECONDS 900)
else()
  set(LOLIGO_TEST_SECONDS 300)
endif()

# Every tests/unit/test_*.c is one cmocka program; every tests/cli/*.sh is one script run with the program's path.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)
set(LG_SHARED_DIR "${CMAKE_SOURCE_DIR}/../shared" CACHE PATH "shared data of the developers, for some tests")
file(GLOB TEST_SOURCES CONFIGURE_DEPENDS tests/unit/test_*.c)
foreach(file IN LISTS TEST_SOURCES)
  get_filename_component(name ${file} NAME_WE)
  add_executable(${name} ${file})
  target_include_directories(${name} PRIVATE include src ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE LG_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
    LG_SHARED_DIR="${LG_SHARED_DIR}" LG_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE loligo_serve loligo_sweep loligo_static loligo_dependencies loligo_flags ${CMOCKA_LIBRARY})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${LOLIGO_TEST_SECONDS} ENVIRONMENT
    "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tools/lsan.supp:print_suppressions=0")
endforeach()
file(GLOB CLI_TESTS CONFIGURE_DEPENDS tests/cli/test_*.sh)
foreach(file IN LISTS CLI_TESTS)
  get_filename_component(name ${file} NAME_WE)
  add_test(NAME cli_${name} COMMAND sh ${file} $<TARGET_FILE:loligo> WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(cli_${name} PROPERTIES TIMEOUT ${LOLIGO_TEST_SECONDS}
    ENVIRONMENT
    "LOLIGO_SHARED=${LG_SHARED_DIR};LG_TEST_DATA=${CMAKE_SOURCE_DIR}/tests/data;XDG_CONFIG_HOME=/nonexistent;LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tools/lsan.supp:print_suppressions=0")
endforeach()

# The commands of docs/tutorials, as a reader would type them, and what they print.
if(NOT LOLIGO_SANITIZE)
  add_test(NAME docs_tutorials COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/docs/run_tutorials.py $<TARGET_FILE:loligo>)
  set_tests_properties(docs_tutorials PROPERTIES TIMEOUT ${LOLIGO_TEST_SECONDS})
endif()

# Long runs of numbers through code that other tests go through too: under a sanitizer they take most of the time and
# find nothing more. `make asan` leaves them out, `make asan-all` does not.
set(LOLIGO_LONG_TESTS test_validate test_learn_tm test_trial test_identify_izhikevich test_axon_population test_screening
  test_neuron_batch_full cli_test_drug_delta cli_test_drug_apply cli_test_calcium_validate cli_test_calcium_state
  cli_test_validate cli_test_axon_map cli_test_axon_sweep cli_test_axon_train cli_test_axon_population
  cli_test_axon_grid cli_test_axon_learn cli_test_axon_sample cli_test_clone_posterior cli_test_neuron_network
  cli_test_neuron_mechanism cli_test_ranks cli_test_cable_reduce cli_test_trial cli_test_screen
  test_culture_graph_ode cli_test_culture_pinn cli_test_culture_coupling test_culture_unet test_culture_align
  test_culture_amortised test_differential test_axon_ramps test_calcium_rodas4 test_cable_reduce test_clone_net
  test_clone_net_mixed test_neuron_sensitivity cli_test_axon_strain cli_test_validate_axon)
set_tests_properties(${LOLIGO_LONG_TESTS} PROPERTIES LABELS long)
