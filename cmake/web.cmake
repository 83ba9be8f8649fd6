# The page: web/ built by npm where it is there, then turned into one C source. -DLOLIGO_WEB=OFF leaves it out.
option(LOLIGO_WEB "embed the page" ON)
add_executable(embed_assets tools/embed_assets.c)
target_link_libraries(embed_assets PRIVATE PkgConfig::ZLIB PkgConfig::SODIUM loligo_flags)
set(LG_ASSETS ${CMAKE_BINARY_DIR}/generated/assets_data.c)
if(LOLIGO_WEB)
  file(GLOB_RECURSE WEB_SOURCES CONFIGURE_DEPENDS web/src/* web/public/* examples/calcium/* examples/axon/*)
  add_custom_command(OUTPUT ${LG_ASSETS}
    COMMAND sh ${CMAKE_SOURCE_DIR}/tools/build_web.sh
    COMMAND embed_assets ${CMAKE_SOURCE_DIR}/web/dist ${LG_ASSETS}
    DEPENDS embed_assets tools/build_web.sh web/package.json web/package-lock.json web/tsconfig.json web/vite.config.ts
      web/index.html data/drugs.csv ${WEB_SOURCES}
    COMMENT "Building the page" VERBATIM)
else()
  add_custom_command(OUTPUT ${LG_ASSETS} COMMAND embed_assets /nonexistent ${LG_ASSETS} DEPENDS embed_assets VERBATIM)
endif()
target_sources(loligo_serve PRIVATE ${LG_ASSETS})
add_custom_target(web DEPENDS ${LG_ASSETS})
if(LOLIGO_TESTS AND LOLIGO_WEB AND NOT LOLIGO_SANITIZE)
  add_test(NAME web_page COMMAND sh ${CMAKE_SOURCE_DIR}/web/tests/run.sh $<TARGET_FILE:loligo> ${CMAKE_BINARY_DIR}/screenshots)
  set_tests_properties(web_page PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()
