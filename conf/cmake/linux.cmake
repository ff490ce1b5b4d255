# SPDX-License-Identifier: BSD-2-Clause
# The Linux program of test/system/foreign: compiled by musl-gcc (Debian's musl-tools) and linked with musl's libc.a
# into one relocatable object, of whose names only linux_start is left. Without musl-gcc the test skips it.
set(QUIRE_LINUX_OBJECT)
set(QUIRE_MUSL_VERSION)
find_program(QUIRE_MUSL_GCC musl-gcc)
find_path(QUIRE_MUSL_LIBRARIES NAMES crt1.o PATHS /usr/lib/x86_64-linux-musl /usr/lib/musl/lib NO_DEFAULT_PATH)
if(NOT QUIRE_MUSL_GCC OR NOT EXISTS ${QUIRE_MUSL_LIBRARIES}/libc.a)
  message(STATUS "No musl-gcc (package musl-tools): system/foreign skips its Linux program")
  return()
endif()
# musl's libc.so is its program loader as well, and says its version when it is given nothing to load.
execute_process(COMMAND ${QUIRE_MUSL_LIBRARIES}/libc.so OUTPUT_QUIET ERROR_VARIABLE musl_says RESULT_VARIABLE ignored)
if(musl_says MATCHES "Version ([0-9.]+)")
  set(QUIRE_MUSL_VERSION ${CMAKE_MATCH_1})
else()
  set(QUIRE_MUSL_VERSION unknown)
endif()
message(STATUS "Linux program of system/foreign: ${QUIRE_MUSL_GCC}, musl ${QUIRE_MUSL_VERSION}")

set(linux_source ${CMAKE_SOURCE_DIR}/test/system/foreign/linux/program.c)
set(QUIRE_LINUX_OBJECT ${QUIRE_GENERATED}/linux.o)
add_custom_command(
  OUTPUT ${QUIRE_LINUX_OBJECT}
  COMMAND ${QUIRE_MUSL_GCC} -std=c11 -Os -Wall -Wextra ${QUIRE_PATHS} -fno-pie -no-pie -fno-stack-protector
          -fno-asynchronous-unwind-tables -r -nostdlib -o ${QUIRE_LINUX_OBJECT}.all ${QUIRE_MUSL_LIBRARIES}/crt1.o
          ${linux_source} ${QUIRE_MUSL_LIBRARIES}/libc.a
  COMMAND ${QUIRE_OBJCOPY} --redefine-sym _start=linux_start --keep-global-symbol=linux_start
          --remove-section=.eh_frame --remove-section=.rela.eh_frame ${QUIRE_LINUX_OBJECT}.all ${QUIRE_LINUX_OBJECT}
  DEPENDS ${linux_source}
  COMMENT "Linux program linux.o"
  VERBATIM)
