# SPDX-License-Identifier: BSD-2-Clause
# Build options and the compiler flags of each kind of code. The four presets set QUIRE_BUILD and
# QUIRE_WERROR; CMAKE_BUILD_TYPE is left empty so that no flags come from CMake itself.
set(QUIRE_BUILD release CACHE STRING "Kind of build: release, debug or check")
set_property(CACHE QUIRE_BUILD PROPERTY STRINGS release debug check)
option(QUIRE_WERROR "Treat every warning as an error (preset ci)" OFF)
if(NOT QUIRE_BUILD MATCHES "^(release|debug|check)$")
  message(FATAL_ERROR "QUIRE_BUILD is '${QUIRE_BUILD}'; it must be release, debug or check")
endif()

# QUIRE_ASSERT: ASSERT() tests at run time. QUIRE_CHECK: books are recounted after operations.
# QUIRE_LOG_MAX: highest log level compiled in (0 error, 1 warn, 2 info, 3 debug).
set(quire_defines_release QUIRE_ASSERT=0 QUIRE_CHECK=0 QUIRE_LOG_MAX=2)
set(quire_defines_debug QUIRE_ASSERT=1 QUIRE_CHECK=0 QUIRE_LOG_MAX=3)
set(quire_defines_check QUIRE_ASSERT=1 QUIRE_CHECK=1 QUIRE_LOG_MAX=2)
set(QUIRE_DEFINES ${quire_defines_${QUIRE_BUILD}})
# QUIRE_FAIL_ALLOC: a program may make the kernel's n-th allocation fail (POOL_FAIL).
option(QUIRE_FAIL_ALLOC "Allocations of the kernel fail on demand, also in other builds than check" OFF)
if(QUIRE_FAIL_ALLOC OR QUIRE_BUILD STREQUAL "check")
  list(APPEND QUIRE_DEFINES QUIRE_FAIL_ALLOC=1)
endif()
# The NASM paths of IPC (arch/x86_64/entry/fast.asm); without them every call takes the slow path, with the same result.
option(QUIRE_FASTPATH "Fast paths of IPC" ON)
if(QUIRE_FASTPATH)
  list(APPEND QUIRE_DEFINES QUIRE_FASTPATH=1)
else()
  list(APPEND QUIRE_DEFINES QUIRE_FASTPATH=0)
endif()
set(QUIRE_OPTIMISE $<IF:$<STREQUAL:${QUIRE_BUILD},debug>,-O1,-O2>)

# A file of compiler flags: one per line, '#' begins a comment.
function(quire_read_flags file out)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} lines)
  set(flags)
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "#.*" "" line "${line}")
    string(STRIP "${line}" line)
    if(line)
      list(APPEND flags ${line})
    endif()
  endforeach()
  set(${out} ${flags} PARENT_SCOPE)
endfunction()

quire_read_flags(${CMAKE_SOURCE_DIR}/conf/warnings-c.txt QUIRE_WARNINGS)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  quire_read_flags(${CMAKE_SOURCE_DIR}/conf/warnings-gcc.txt quire_warnings_more)
else()
  quire_read_flags(${CMAKE_SOURCE_DIR}/conf/warnings-clang.txt quire_warnings_more)
endif()
list(APPEND QUIRE_WARNINGS ${quire_warnings_more})
quire_read_flags(${CMAKE_SOURCE_DIR}/conf/warnings-nasm.txt QUIRE_NASM_WARNINGS)
if(QUIRE_WERROR)
  list(APPEND QUIRE_WARNINGS -Werror)
  list(APPEND QUIRE_NASM_WARNINGS -Werror)
endif()

# Paths in the objects are relative to the tree, so that two folders give the same bytes.
set(QUIRE_PATHS -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}=.)

set(quire_flags_common
    -std=c11 -g ${QUIRE_OPTIMISE} ${QUIRE_PATHS}
    -ffreestanding -fno-pie -fno-common -fno-strict-aliasing -fno-stack-protector
    -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fcf-protection=none
    -ffunction-sections -fdata-sections)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  list(APPEND quire_flags_common --target=x86_64-linux-gnu)
endif()
# The kernel is compiled for size: its text has a budget (conf/limits.txt), and what is cold in the
# caches costs more than what -O2 gains.
set(QUIRE_SIZE -Oz)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  set(QUIRE_SIZE -Os) # -Oz calls functions of a library that is not there
endif()
set(QUIRE_KERNEL_FLAGS
    ${quire_flags_common} $<IF:$<STREQUAL:${QUIRE_BUILD},debug>,-O1,${QUIRE_SIZE}> -mcmodel=kernel -mno-red-zone -mgeneral-regs-only
    -fno-delete-null-pointer-checks -fstack-usage)
# What these passes save in time costs text.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND QUIRE_KERNEL_FLAGS -fno-move-loop-invariants -fno-tree-loop-im -fno-caller-saves -fno-tree-dominator-opts -fno-shrink-wrap)
endif()
# Frame pointers are 6 % of its text. Without them the backtrace of a panic shows what looks like a return address.
if(QUIRE_BUILD STREQUAL "release")
  list(APPEND QUIRE_KERNEL_FLAGS -fomit-frame-pointer)
endif()
# The kernel uses no vector registers, so its frames need no more alignment than a word.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND QUIRE_KERNEL_FLAGS -mpreferred-stack-boundary=3)
else()
  list(APPEND QUIRE_KERNEL_FLAGS -mstack-alignment=8)
endif()
set(QUIRE_USER_FLAGS ${quire_flags_common} -fstack-clash-protection)
# Fault handlers leave the vector registers of their client alone (docs/abi.md): the pager and
# the library are compiled without them.
set(QUIRE_NOVECTOR_FLAGS -mgeneral-regs-only)
set(QUIRE_LINK_FLAGS
    -nostdlib -static -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096
    -Wl,--fatal-warnings)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND QUIRE_LINK_FLAGS -no-pie)
endif()
set(QUIRE_NASM_FLAGS -g -Fdwarf ${QUIRE_NASM_WARNINGS})
