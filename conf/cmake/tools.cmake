# SPDX-License-Identifier: BSD-2-Clause
# Programs the build calls besides compiler and assembler. Those of the image are looked for when
# the image is built (scripts/image says what is missing), so that the rest builds without them.
find_program(QUIRE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT QUIRE_PYTHON)
  find_program(QUIRE_PYTHON python3 REQUIRED)
endif()
find_program(QUIRE_OBJCOPY objcopy REQUIRED)
find_program(QUIRE_OBJDUMP objdump REQUIRED)
find_program(QUIRE_NM nm REQUIRED)

set(QUIRE_SCRIPTS ${CMAKE_SOURCE_DIR}/scripts)
set(QUIRE_GENERATED ${CMAKE_BINARY_DIR}/generated)
# The tree of files as they go into the boot archive (stripped), and the same unstripped.
set(QUIRE_STAGE ${CMAKE_BINARY_DIR}/stage)
set(QUIRE_SYMBOLS ${CMAKE_BINARY_DIR}/symbols)
file(MAKE_DIRECTORY ${QUIRE_GENERATED} ${QUIRE_STAGE} ${QUIRE_SYMBOLS})

set(QUIRE_INCLUDES ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/libl4/include ${QUIRE_GENERATED})
