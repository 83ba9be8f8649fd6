# Every fuzz/fuzz_<x>.c defines LLVMFuzzerTestOneInput; seeds lie in fuzz/seeds/<x>/.
# LOLIGO_FUZZ: libFuzzer (clang). Otherwise: fuzz/standalone.c mutates the seeds, with any compiler, and a short run is
# part of the tests.
file(GLOB FUZZ_SOURCES CONFIGURE_DEPENDS fuzz/fuzz_*.c)
foreach(file IN LISTS FUZZ_SOURCES)
  get_filename_component(name ${file} NAME_WE)
  string(REPLACE "fuzz_" "" subject ${name})
  add_executable(${name} ${file})
  target_include_directories(${name} PRIVATE include src ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE loligo_sweep loligo_static loligo_dependencies loligo_flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  if(LOLIGO_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE fuzz/standalone.c)
    set(rounds 2000)
    if(subject STREQUAL nwb) # one child process per input
      set(rounds 300)
    endif()
    if(subject STREQUAL axon_profiles) # one for each HDF5 among them
      set(rounds 600)
    endif()
    add_test(NAME ${name} COMMAND ${name} ${rounds} fuzz/seeds/${subject} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 300)
  endif()
endforeach()
