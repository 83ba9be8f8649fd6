# Everything from Debian's packages (tools/debian-packages.txt), found by pkg-config.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(TIFF REQUIRED IMPORTED_TARGET libtiff-4)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(GEOS REQUIRED IMPORTED_TARGET geos) # 3.11: polygons
pkg_check_modules(IGRAPH REQUIRED igraph) # 0.10: headers only, io/graphml.c loads the library when it writes
pkg_check_modules(KISSFFT REQUIRED kissfft-float) # 131.1, BSD-3: FFTs; num/fft2.c defines what its flags would
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3) # the program only, not the library
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd) # the program only
pkg_check_modules(MPI IMPORTED_TARGET ompi-c) # optional: ranks
find_library(LBFGS_LIBRARY lbfgs REQUIRED)
find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)
add_library(loligo_dependencies INTERFACE)
target_include_directories(loligo_dependencies SYSTEM INTERFACE ${RANDOM123_INCLUDE} ${IGRAPH_INCLUDE_DIRS} ${KISSFFT_INCLUDE_DIRS})
target_link_libraries(loligo_dependencies INTERFACE PkgConfig::HDF5 PkgConfig::JANSSON PkgConfig::EXPAT PkgConfig::SODIUM
  PkgConfig::SECCOMP PkgConfig::CAIRO PkgConfig::TIFF PkgConfig::ZLIB PkgConfig::GEOS ${KISSFFT_LINK_LIBRARIES}
  ${LBFGS_LIBRARY} Threads::Threads ${CMAKE_DL_LIBS} m)
