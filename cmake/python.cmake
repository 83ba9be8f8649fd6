# The Python package: plain files. Debian's Python looks into PREFIX/lib/python3.x/dist-packages.
set(LOLIGO_PYTHON /usr/bin/python3 CACHE FILEPATH "Python with NumPy that runs the tests of the package")
execute_process(COMMAND ${LOLIGO_PYTHON} -c "import sys; print('python%d.%d' % sys.version_info[:2])"
  OUTPUT_VARIABLE LG_PYTHON_VERSION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT LG_PYTHON_VERSION)
  set(LG_PYTHON_VERSION python3)
endif()
set(LOLIGO_PYTHON_DIR lib/${LG_PYTHON_VERSION}/dist-packages CACHE STRING "where make install puts the Python package")
install(DIRECTORY python/loligo DESTINATION ${LOLIGO_PYTHON_DIR} FILES_MATCHING PATTERN "*.py" PATTERN py.typed
  PATTERN __pycache__ EXCLUDE)

if(LOLIGO_TESTS AND NOT LOLIGO_SANITIZE MATCHES thread)
  set(LG_PYTHON_ENV PYTHONDONTWRITEBYTECODE=1 LOLIGO_SHARED=${LG_SHARED_DIR} XDG_CONFIG_HOME=/nonexistent
    LIBLOLIGO=$<TARGET_FILE:loligo_shared> LOLIGO_PROGRAM=$<TARGET_FILE:loligo>)
  if(LOLIGO_SANITIZE MATCHES address)
    # The interpreter itself is not instrumented: the run-time library must come first, and what Python leaks is its own.
    execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libasan.so OUTPUT_VARIABLE LG_ASAN OUTPUT_STRIP_TRAILING_WHITESPACE)
    list(APPEND LG_PYTHON_ENV LD_PRELOAD=${LG_ASAN} ASAN_OPTIONS=detect_leaks=0 LOLIGO_TEST_SANITIZED=1)
  endif()
  add_test(NAME python COMMAND ${LOLIGO_PYTHON} ${CMAKE_SOURCE_DIR}/python/tests/run.py)
  add_test(NAME python_notebook COMMAND ${LOLIGO_PYTHON} ${CMAKE_SOURCE_DIR}/python/tests/notebook.py)
  set_tests_properties(python python_notebook PROPERTIES ENVIRONMENT "${LG_PYTHON_ENV}" SKIP_RETURN_CODE 77
    TIMEOUT ${LOLIGO_TEST_SECONDS})
  if(LOLIGO_SANITIZE)
    set_tests_properties(python python_notebook PROPERTIES LABELS long)
  endif()
endif()
