# SPDX-License-Identifier: BSD-2-Clause
# libl4.a and the programs. A folder is a program; its place in the boot archive:
#   pager/*.c                  pager
#   roottask/*.c               roottask
#   roottask/servers/NAME/*.c  servers/NAME
#   roottask/bin/NAME/*.c      bin/NAME
#   test/system/NAME/*.c       test/NAME; test/system/support/*.c: linked to those that need it
#   test/bench/NAME/*.c        bin/NAME; test/bench/plugin is for the host (bench.cmake)
set(QUIRE_ARCHIVE_MEMBERS)
set(QUIRE_ARCHIVE_FILES)
add_custom_target(programs)

file(GLOB_RECURSE libl4_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/libl4/src/*.c
     ${CMAKE_SOURCE_DIR}/arch/x86_64/user/*.c ${CMAKE_SOURCE_DIR}/arch/x86_64/user/*.asm)
list(FILTER libl4_sources EXCLUDE REGEX "/offsets\\.c$")
list(FILTER libl4_sources EXCLUDE REGEX "/crt0\\.asm$")
if(NOT libl4_sources)
  message(STATUS "No sources of libl4: programs are not built")
  return()
endif()
add_library(l4 STATIC)
# It is linked to programs with vector registers: its stubs are those that hide them (l4/stub.h).
target_compile_definitions(l4 PRIVATE $<$<COMPILE_LANGUAGE:C>:L4_VECTORS=1>)
quire_target_sources(l4 "${QUIRE_USER_FLAGS};${QUIRE_NOVECTOR_FLAGS}" ${libl4_sources})
add_custom_command(TARGET l4 POST_BUILD
  COMMAND ${QUIRE_PYTHON} ${QUIRE_SCRIPTS}/mksize $<TARGET_FILE:l4> ${CMAKE_BINARY_DIR}/libl4.size
  VERBATIM)

# crt0 is linked first and by name: an archive member nobody refers to would be dropped.
set(crt0)
if(EXISTS ${CMAKE_SOURCE_DIR}/arch/x86_64/user/crt0.asm)
  add_library(l4_crt0 OBJECT)
  quire_target_sources(l4_crt0 "${QUIRE_USER_FLAGS}" ${CMAKE_SOURCE_DIR}/arch/x86_64/user/crt0.asm)
  set(crt0 $<TARGET_OBJECTS:l4_crt0>)
endif()

file(GLOB support_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/system/support/*.c)
add_library(test_support STATIC)
quire_target_sources(test_support "${QUIRE_USER_FLAGS}" ${support_sources})

# One program out of all C files of a folder. The unstripped file stays in symbols/.
function(quire_program member folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c
       ${CMAKE_SOURCE_DIR}/${folder}/*.asm)
  if(NOT sources)
    return()
  endif()
  string(REPLACE "/" "_" target "program_${member}")
  get_filename_component(directory ${QUIRE_SYMBOLS}/${member} DIRECTORY)
  get_filename_component(name ${member} NAME)
  add_executable(${target} ${crt0})
  quire_target_sources(${target} "${QUIRE_USER_FLAGS};${ARGN}" ${sources})
  if(member MATCHES "^test/")
    target_link_libraries(${target} PRIVATE test_support)
  endif()
  target_link_libraries(${target} PRIVATE l4)
  target_link_options(${target} PRIVATE ${QUIRE_LINK_FLAGS}
                      "SHELL:-T \"${CMAKE_SOURCE_DIR}/conf/user.ld\"")
  set_target_properties(
    ${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${directory}
                         LINK_DEPENDS ${CMAKE_SOURCE_DIR}/conf/user.ld)
  set(staged ${QUIRE_STAGE}/${member})
  get_filename_component(staged_directory ${staged} DIRECTORY)
  file(MAKE_DIRECTORY ${staged_directory})
  add_custom_command(
    OUTPUT ${staged}
    COMMAND ${QUIRE_OBJCOPY} --strip-all $<TARGET_FILE:${target}> ${staged}
    DEPENDS ${target}
    COMMENT "Staging ${member}"
    VERBATIM)
  add_dependencies(programs ${target})
  set(QUIRE_ARCHIVE_MEMBERS ${QUIRE_ARCHIVE_MEMBERS} ${member}=${staged} PARENT_SCOPE)
  set(QUIRE_ARCHIVE_FILES ${QUIRE_ARCHIVE_FILES} ${staged} PARENT_SCOPE)
endfunction()

quire_program(pager pager ${QUIRE_NOVECTOR_FLAGS})
quire_program(roottask roottask ${QUIRE_NOVECTOR_FLAGS})
# Programs without vector registers, whose calls are shorter for it (l4/stub.h).
set(QUIRE_NOVECTOR_PROGRAMS servers/console servers/vfs bin/ipcbench test/queue)
foreach(place IN ITEMS roottask/servers=servers roottask/bin=bin test/system=test test/bench=bin)
  string(REPLACE "=" ";" place ${place})
  list(GET place 0 folder)
  list(GET place 1 prefix)
  file(GLOB names CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${folder} ${CMAKE_SOURCE_DIR}/${folder}/*)
  foreach(name IN LISTS names)
    if(IS_DIRECTORY ${CMAKE_SOURCE_DIR}/${folder}/${name} AND NOT name STREQUAL "support"
       AND NOT "${folder}/${name}" STREQUAL "test/bench/plugin")
      set(novector)
      if(${prefix}/${name} IN_LIST QUIRE_NOVECTOR_PROGRAMS)
        set(novector ${QUIRE_NOVECTOR_FLAGS})
      endif()
      quire_program(${prefix}/${name} ${folder}/${name} ${novector})
    endif()
  endforeach()
endforeach()

# A test that runs a program for Linux (linux.cmake).
if(TARGET program_test_foreign)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/test/system/foreign/main.c PROPERTIES
                              COMPILE_DEFINITIONS "MUSL_VERSION=\"${QUIRE_MUSL_VERSION}\"")
  if(QUIRE_LINUX_OBJECT)
    set_source_files_properties(${QUIRE_LINUX_OBJECT} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
    target_sources(program_test_foreign PRIVATE ${QUIRE_LINUX_OBJECT})
  endif()
endif()
