# SPDX-License-Identifier: BSD-2-Clause
# Host tests: each test/unit/test_*.c is one cmocka executable under ASan and UBSan. A comment
# "// sources: path path" in its first lines names the files of the tree it is linked with;
# test/unit/support/*.c is linked where it is needed. Target unit-tests builds them all.
find_path(QUIRE_CMOCKA_INCLUDE cmocka.h)
if(NOT QUIRE_CMOCKA_INCLUDE)
  message(STATUS "cmocka is not installed: unit tests are not built")
  add_custom_target(unit-tests COMMAND ${CMAKE_COMMAND} -E echo "cmocka is not installed"
                               COMMAND ${CMAKE_COMMAND} -E false)
  return()
endif()
add_custom_target(unit-tests)

set(unit_flags -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined
               -fno-sanitize-recover=all)
set(unit_includes ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/libl4/include ${CMAKE_SOURCE_DIR}/test/unit)
set(unit_defines QUIRE_HOST=1 QUIRE_ASSERT=1 QUIRE_CHECK=1 QUIRE_LOG_MAX=3 QUIRE_FASTPATH=1)

function(quire_unit_settings target)
  target_include_directories(${target} PRIVATE ${unit_includes})
  target_compile_definitions(${target} PRIVATE ${unit_defines})
  target_compile_options(${target} PRIVATE ${unit_flags} ${QUIRE_WARNINGS} -Wno-frame-larger-than)
endfunction()

file(GLOB unit_support CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/unit/support/*.c)
set(unit_libraries)
if(unit_support)
  add_library(unit_support STATIC EXCLUDE_FROM_ALL ${unit_support})
  quire_unit_settings(unit_support)
  set(unit_libraries unit_support)
endif()

file(GLOB unit_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/unit/test_*.c)
foreach(test IN LISTS unit_tests)
  get_filename_component(name ${test} NAME_WE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${test})
  file(STRINGS ${test} line REGEX "^// sources:" LIMIT_COUNT 1)
  string(REGEX REPLACE "^// sources: *" "" line "${line}")
  separate_arguments(sources UNIX_COMMAND "${line}")
  list(TRANSFORM sources PREPEND ${CMAKE_SOURCE_DIR}/)
  add_executable(${name} EXCLUDE_FROM_ALL ${test} ${sources})
  quire_unit_settings(${name})
  target_link_libraries(${name} PRIVATE ${unit_libraries} cmocka)
  target_link_options(${name} PRIVATE ${unit_flags})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unit)
  add_dependencies(unit-tests ${name})
endforeach()
