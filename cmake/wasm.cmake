# The core as WebAssembly modules (tools/build_wasm.sh says what is missing where it cannot be built), and its tests.
set(LG_WASM ${CMAKE_BINARY_DIR}/wasm)
add_custom_target(wasm COMMAND sh ${CMAKE_SOURCE_DIR}/tools/build_wasm.sh ${LG_WASM}
  COMMENT "Building the WebAssembly modules" VERBATIM)
if(LOLIGO_TESTS AND NOT LOLIGO_SANITIZE)
  find_program(NODE NAMES node nodejs)
  if(NOT NODE)
    set(NODE "no-node")
  endif()
  add_test(NAME wasm_build COMMAND sh ${CMAKE_SOURCE_DIR}/tools/build_wasm.sh ${LG_WASM})
  add_test(NAME wasm_bits COMMAND sh ${CMAKE_SOURCE_DIR}/tests/wasm/run.sh ${NODE} bits.mjs $<TARGET_FILE:loligo> ${LG_WASM})
  set_tests_properties(wasm_build PROPERTIES FIXTURES_SETUP wasm SKIP_RETURN_CODE 77 TIMEOUT 300)
  set_tests_properties(wasm_bits PROPERTIES FIXTURES_REQUIRED wasm SKIP_RETURN_CODE 77 TIMEOUT 300)
endif()
