# Checks of the whole build, as tests with the label "gate". The layout and the layers are checked before the build
# (Makefile): they need none.
function(lg_add_gate name)
  add_test(NAME gate_${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(gate_${name} PROPERTIES LABELS gate TIMEOUT 300)
endfunction()
lg_add_gate(headers sh tools/check_headers.sh)
if(NOT LOLIGO_SANITIZE)
  lg_add_gate(symbols sh tools/check_symbols.sh ${CMAKE_BINARY_DIR})
  lg_add_gate(install sh tools/check_install.sh ${CMAKE_BINARY_DIR})
  lg_add_gate(docs sh tools/check_docs.sh ${CMAKE_BINARY_DIR})
  set_tests_properties(gate_docs PROPERTIES SKIP_RETURN_CODE 77)
endif()
