include(CMakePackageConfigHelpers)
install(TARGETS loligo loligo_static loligo_shared)
if(TARGET loligo_mpi)
  install(TARGETS loligo_mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/loligo)
endif()
install(DIRECTORY include/loligo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
# What the program needs at run time lies in share/loligo/{models,data}; it finds them relative to itself. The examples
# are there for the tour of the Python package.
foreach(folder models data examples)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${folder})
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_DATADIR}/loligo)
  endif()
endforeach()

# Manual pages and completions come from the option tables of the program itself (target man, which make install builds).
set(LG_SHELLS ${CMAKE_BINARY_DIR}/completion)
add_custom_target(man
  COMMAND loligo help --man -o ${CMAKE_BINARY_DIR}/man
  COMMAND ${CMAKE_COMMAND} -E make_directory ${LG_SHELLS}
  COMMAND sh -c "$<TARGET_FILE:loligo> completion bash >${LG_SHELLS}/loligo"
  COMMAND sh -c "$<TARGET_FILE:loligo> completion zsh >${LG_SHELLS}/_loligo"
  COMMAND sh -c "$<TARGET_FILE:loligo> completion fish >${LG_SHELLS}/loligo.fish"
  VERBATIM)
install(FILES ${LG_SHELLS}/loligo DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions OPTIONAL)
install(FILES ${LG_SHELLS}/_loligo DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions OPTIONAL)
install(FILES ${LG_SHELLS}/loligo.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d OPTIONAL)
install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL FILES_MATCHING PATTERN "*.1")

# The documentation as a site, when make docs has built it.
install(DIRECTORY ${CMAKE_BINARY_DIR}/docs/html DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/loligo OPTIONAL)

# pkg-config and CMake packages with relative prefixes, so that an installation may be moved.
file(RELATIVE_PATH LG_PC_TO_PREFIX /x/${CMAKE_INSTALL_LIBDIR}/pkgconfig /x)
file(RELATIVE_PATH LG_CMAKE_TO_PREFIX /x/${CMAKE_INSTALL_LIBDIR}/cmake/loligo /x)
string(REGEX REPLACE "/$" "" LG_PC_TO_PREFIX "${LG_PC_TO_PREFIX}")
string(REGEX REPLACE "/$" "" LG_CMAKE_TO_PREFIX "${LG_CMAKE_TO_PREFIX}")
configure_file(cmake/loligo.pc.in loligo.pc @ONLY)
configure_file(cmake/loligoConfig.cmake.in loligoConfig.cmake @ONLY)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/loligoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/loligo.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${CMAKE_BINARY_DIR}/loligoConfig.cmake ${CMAKE_BINARY_DIR}/loligoConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/loligo)
