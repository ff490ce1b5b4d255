# SPDX-License-Identifier: BSD-2-Clause
# The kernel: quire.elf with its listing, symbol table and stack-use report beside it.
file(GLOB_RECURSE kernel_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernel/*.c
     ${CMAKE_SOURCE_DIR}/arch/x86_64/*.c ${CMAKE_SOURCE_DIR}/arch/x86_64/*.asm)
list(FILTER kernel_sources EXCLUDE REGEX "/offsets\\.c$")
list(FILTER kernel_sources EXCLUDE REGEX "/arch/x86_64/user/")

add_custom_target(kernel)
if(NOT kernel_sources)
  message(STATUS "No kernel sources: quire.elf is not built")
  return()
endif()

set(kernel_script ${CMAKE_SOURCE_DIR}/conf/kernel.ld)
add_executable(quire.elf)
quire_target_sources(quire.elf "${QUIRE_KERNEL_FLAGS}" ${kernel_sources})
target_link_options(quire.elf PRIVATE ${QUIRE_LINK_FLAGS} -Wl,-T,${kernel_script}
                    -Wl,-Map,${CMAKE_BINARY_DIR}/quire.map)
set_target_properties(quire.elf PROPERTIES LINK_DEPENDS ${kernel_script})

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
