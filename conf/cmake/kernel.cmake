# SPDX-License-Identifier: BSD-2-Clause
# The kernel: quire.elf with its listing, symbol table and stack-use report beside it.
file(GLOB_RECURSE kernel_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernel/*.c
     ${CMAKE_SOURCE_DIR}/arch/x86_64/*.c ${CMAKE_SOURCE_DIR}/arch/x86_64/*.asm)
list(FILTER kernel_sources EXCLUDE REGEX "/offsets\\.c$")
list(FILTER kernel_sources EXCLUDE REGEX "/arch/x86_64/user/")
if(NOT QUIRE_FASTPATH)
  list(FILTER kernel_sources EXCLUDE REGEX "/entry/fast(_event|_irq)?[.]asm$")
endif()

add_custom_target(kernel)
if(NOT kernel_sources)
  message(STATUS "No kernel sources: quire.elf is not built")
  return()
endif()

set(kernel_script ${CMAKE_SOURCE_DIR}/conf/kernel.ld)
add_library(quire_objects OBJECT)
quire_target_sources(quire_objects "${QUIRE_KERNEL_FLAGS}" ${kernel_sources})

# The C objects as one, optimised as a whole: that is 5 % of the text, which has a budget (conf/limits.txt). It is
# made once and then linked twice, so that both links have the same functions at the same places. Only in release
# builds, whose text counts, and by gcc, which can do it with the linker as it is.
set(kernel_objects $<TARGET_OBJECTS:quire_objects>)
if(QUIRE_BUILD STREQUAL "release" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(quire_objects PRIVATE $<$<COMPILE_LANGUAGE:C>:-flto> $<$<COMPILE_LANGUAGE:C>:-ffat-lto-objects>)
  set(c_objects $<FILTER:$<TARGET_OBJECTS:quire_objects>,INCLUDE,[.]c[.]o$>)
  set(whole ${CMAKE_BINARY_DIR}/quire.whole.o)
  add_custom_command(
    OUTPUT ${whole}
    COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -no-pie ${QUIRE_KERNEL_FLAGS} -flto -flto-partition=one
            -flinker-output=nolto-rel -frandom-seed=quire -o ${whole} ${c_objects}
    DEPENDS quire_objects ${c_objects}
    COMMAND_EXPAND_LISTS
    COMMENT "Kernel C code as one object"
    VERBATIM)
  set_source_files_properties(${whole} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  set(kernel_objects ${whole} $<FILTER:$<TARGET_OBJECTS:quire_objects>,EXCLUDE,[.]c[.]o$>)
endif()

# A link of the kernel: the objects and the SOURCES given.
function(quire_link target)
  add_executable(${target} ${kernel_objects})
  quire_target_sources(${target} "${QUIRE_KERNEL_FLAGS}" ${ARGN})
  target_link_options(${target} PRIVATE ${QUIRE_LINK_FLAGS} "SHELL:-T \"${kernel_script}\""
                      "SHELL:-Xlinker \"-Map=${CMAKE_BINARY_DIR}/${target}.map\"")
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${kernel_script} LINKER_LANGUAGE C)
endfunction()

# The kernel is linked twice: its backtraces need a table of its own function names. The table is
# read-only data behind the text, so no function moves, which mksymbols checks.
set(kernel_symbols ${QUIRE_GENERATED}/symbols.c)
quire_link(quire.first.elf)
add_custom_command(
  OUTPUT ${kernel_symbols}
  COMMAND ${QUIRE_PYTHON} ${QUIRE_SCRIPTS}/mksymbols make $<TARGET_FILE:quire.first.elf> ${kernel_symbols}
  DEPENDS quire.first.elf ${QUIRE_SCRIPTS}/mksymbols
  COMMENT "Kernel symbol table"
  VERBATIM)
quire_link(quire.elf ${kernel_symbols})
add_custom_command(
  TARGET quire.elf POST_BUILD
  COMMAND ${QUIRE_PYTHON} ${QUIRE_SCRIPTS}/mksymbols check $<TARGET_FILE:quire.first.elf> $<TARGET_FILE:quire.elf>
  VERBATIM)

add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/quire.lst ${CMAKE_BINARY_DIR}/quire.sym ${CMAKE_BINARY_DIR}/quire.su
         ${CMAKE_BINARY_DIR}/quire.boot.elf
  COMMAND ${QUIRE_PYTHON} ${QUIRE_SCRIPTS}/mkreports $<TARGET_FILE:quire.elf> ${CMAKE_BINARY_DIR}
  COMMAND ${QUIRE_OBJCOPY} --strip-all $<TARGET_FILE:quire.elf> ${CMAKE_BINARY_DIR}/quire.boot.elf
  DEPENDS quire.elf ${QUIRE_SCRIPTS}/mkreports
  COMMENT "Kernel listing, symbols, stack use"
  VERBATIM)
add_custom_target(kernel-reports ALL DEPENDS ${CMAKE_BINARY_DIR}/quire.lst)
add_dependencies(kernel quire.elf kernel-reports)
