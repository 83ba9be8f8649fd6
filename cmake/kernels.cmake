# Kernels opt in to an instruction set by file name: x_v3.c (AVX2+FMA), x_v4.c (AVX-512). They are chosen at run time.
function(lg_set_kernel_flags sources)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    return()
  endif()
  # long straight loops over vectors: scheduling before register allocation (4 % on the Traub-Miles batch, 5 % on the
  # Izhikevich lanes; it does nothing for the Traub-Miles lanes)
  set(schedule "")
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    set(schedule "-fschedule-insns;-fsched-pressure")
  endif()
  foreach(file IN LISTS sources)
    if(file MATCHES "_v3\\.c$")
      set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS
        "-march=x86-64-v3;-mtune=generic;-fno-trapping-math")
    elseif(file MATCHES "_v4\\.c$")
      set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS
        "-march=x86-64-v4;-mtune=generic;-mprefer-vector-width=512;-fno-trapping-math")
    endif()
    if(file MATCHES "/neuron/(batch|lanes_izhikevich)_v[34]\\.c$")
      set_property(SOURCE ${file} APPEND PROPERTY COMPILE_OPTIONS ${schedule})
    endif()
    # The plain build of the same template goes through UBSan; on wide vectors its checks triple the time of compiling
    # (38 s for one file) and find the same. AddressSanitizer stays on.
    if(LOLIGO_SANITIZE MATCHES undefined AND file MATCHES "_v[34]\\.c$")
      set_property(SOURCE ${file} APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize=undefined)
    endif()
  endforeach()
endfunction()

# -DLOLIGO_CPU_MOST=v3 or plain: as on a CPU without AVX-512, or without AVX2 (tools/check_bits.sh).
set(LOLIGO_CPU_MOST "" CACHE STRING "widest kernels that are chosen: v3 or plain; otherwise what the CPU can")
if(LOLIGO_CPU_MOST)
  string(TOUPPER "LG_CPU_${LOLIGO_CPU_MOST}" level)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/base/cpu.c PROPERTIES COMPILE_DEFINITIONS LG_CPU_MOST=${level})
endif()
