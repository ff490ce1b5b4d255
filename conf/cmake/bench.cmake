# SPDX-License-Identifier: BSD-2-Clause
# The QEMU plugin of scripts/bench, rounds.so: a library for the host, which QEMU loads. Target bench-plugin; not part
# of the default build, because it needs the host's C library, which the rest does not.
file(GLOB plugin_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/bench/plugin/*.c)
add_library(rounds MODULE EXCLUDE_FROM_ALL ${plugin_sources})
target_include_directories(rounds PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(rounds PRIVATE -std=gnu11 -g -O2 -fPIC -fvisibility=hidden ${QUIRE_PATHS} ${QUIRE_WARNINGS}
                                      -Wno-frame-larger-than)
set_target_properties(rounds PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
add_custom_target(bench-plugin DEPENDS rounds)
