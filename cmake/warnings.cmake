# Flags of our own code. -ffp-contract=off: the same bits from every compiler (docs/decisions/0002-bits.md).
add_library(loligo_flags INTERFACE)
target_compile_options(loligo_flags INTERFACE -ffp-contract=off -fno-math-errno -Wall -Wextra -Wpedantic -Wshadow
  -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wcast-qual -Wformat=2
  -Wpointer-arith -Wwrite-strings -Wunused-result)
if(LOLIGO_WERROR)
  target_compile_options(loligo_flags INTERFACE -Werror)
endif()
if(LOLIGO_SANITIZE)
  target_compile_options(loligo_flags INTERFACE -fsanitize=${LOLIGO_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(loligo_flags INTERFACE -fsanitize=${LOLIGO_SANITIZE})
  add_link_options(-fsanitize=${LOLIGO_SANITIZE})
  find_program(LLD ld.lld)
  if(LLD) # 230 programs with their sanitizers: a third of the usual linker's time
    add_link_options(-fuse-ld=lld)
  endif()
endif()
