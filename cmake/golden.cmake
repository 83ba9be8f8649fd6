# The same numbers by every way into the program (tests/golden); after wasm.cmake and python.cmake.
if(LOLIGO_TESTS AND NOT LOLIGO_SANITIZE)
  add_test(NAME golden_numbers COMMAND ${LOLIGO_PYTHON} ${CMAKE_SOURCE_DIR}/tests/golden/golden_test.py $<TARGET_FILE:loligo>
    ${LG_WASM}/point.wasm ${NODE})
  set_tests_properties(golden_numbers PROPERTIES ENVIRONMENT "${LG_PYTHON_ENV}" TIMEOUT 300)
  set_tests_properties(golden_numbers PROPERTIES DEPENDS wasm_build)
endif()
